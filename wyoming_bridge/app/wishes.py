"""A service's settings for one utterance: the profile's, bent to what a client wants."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final

from ..errors import ConfigError, RequestError, one_line
from ..providers.options import Settings
from ..transcriber import Endpointing, Wanted, Who

__all__ = ["bending", "speaking"]

_log = logging.getLogger(__name__)

_KEPT: Final = 16
"""Clients want the same each time; a house has a few of them."""


def bending(settings: Settings, *, profile: str) -> Callable[[Wanted, Endpointing], Settings]:
    """What gives the settings of each utterance of a profile.

    It raises ``RequestError`` where the language is none, or the service cannot end utterances.
    """
    bend = lru_cache(maxsize=_KEPT)(partial(_bent, settings, profile=profile, told=set()))

    def settings_for(wanted: Wanted, endpointing: Endpointing) -> Settings:
        bent = bend(wanted.language, endpointing)
        return _listening_for(bent, wanted.terms, profile=profile) if wanted.terms else bent

    return settings_for


def _bent(
    settings: Settings,
    language: str | None,
    endpointing: Endpointing,
    *,
    profile: str,
    told: set[str],
) -> Settings:
    """The settings but for the terms. What was ``told`` of bent values is not told again.

    Raises:
        RequestError: The language is none, or the service cannot end utterances.
    """
    settings = speaking(settings, language)
    if endpointing.who is Who.PROVIDER or (endpointing.who is Who.RACE and settings.ends_turns):
        settings = _ending_turns(settings, endpointing, profile=profile, told=told)
    return settings


def _listening_for(settings: Settings, terms: Sequence[str], *, profile: str) -> Settings:
    """The settings with which these terms are likelier, as far as they have room."""
    settings, left_out = settings.listening_for(terms)
    if left_out and _log.isEnabledFor(logging.INFO):  # a house has hundreds of names
        _log.info(
            "profile %s: %d of %d terms have no room with the service: %s",
            profile,
            len(left_out),
            len(terms),
            one_line(", ".join(left_out)),
        )
    return settings


def speaking(settings: Settings, language: str | None) -> Settings:
    """The settings with the language of a request.

    Raises:
        RequestError: It is none.
    """
    if not language or language == settings.language:
        return settings
    try:
        return replace(settings, language=language)
    except ConfigError as err:
        raise RequestError(err.message) from err


def _ending_turns(
    settings: Settings, endpointing: Endpointing, *, profile: str, told: set[str]
) -> Settings:
    """The settings with which the service ends turns.

    Raises:
        RequestError: It cannot.
    """
    try:
        settings, bent = settings.ending_turns(
            silence_ms=endpointing.silence_ms,
            min_speech_ms=endpointing.min_speech_ms,
            speech_threshold=endpointing.speech_threshold,
        )
    except ConfigError as err:
        raise RequestError(err.message) from err
    for each in bent:
        if (line := f"profile {profile}: {each}") not in told:
            told.add(line)
            _log.warning("%s", line)
    return settings
