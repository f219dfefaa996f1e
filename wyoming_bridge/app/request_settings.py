"""A service's settings for one utterance: the profile's, bent to what a client wants."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final

from ..endpointing import Endpointing, EndpointSource
from ..errors import ConfigError, RequestError, one_line
from ..options import Settings
from ..transcriber import RequestOptions

__all__ = ["resolver", "with_language"]

_log = logging.getLogger(__name__)

_KEPT: Final = 16
"""Clients want the same each time; a house has a few of them."""


def resolver(
    settings: Settings, *, profile: str
) -> Callable[[RequestOptions, Endpointing], Settings]:
    """What gives the settings of each utterance of a profile.

    It raises ``RequestError`` where the language is none, or the service cannot end utterances.
    """
    bend = lru_cache(maxsize=_KEPT)(partial(_resolve, settings, profile=profile, told=set()))

    def settings_for(options: RequestOptions, endpointing: Endpointing) -> Settings:
        bent = bend(options.language, endpointing)
        return with_bias_terms(bent, options.terms, profile=profile) if options.terms else bent

    return settings_for


def _resolve(
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
    settings = with_language(settings, language)
    if endpointing.source == EndpointSource.PROVIDER or (
        endpointing.source == EndpointSource.RACE and settings.ends_turns
    ):
        settings = with_server_vad(settings, endpointing, profile=profile, told=told)
    return settings


def with_bias_terms(settings: Settings, terms: Sequence[str], *, profile: str) -> Settings:
    """The settings with which these terms are likelier, as far as they have room."""
    settings, left_out = settings.with_bias_terms(terms)
    if left_out and _log.isEnabledFor(logging.INFO):  # a house has hundreds of names
        _log.info(
            "profile %s: %d of %d terms have no room with the service: %s",
            profile,
            len(left_out),
            len(terms),
            one_line(", ".join(left_out)),
        )
    return settings


def with_language(settings: Settings, language: str | None) -> Settings:
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


def with_server_vad(
    settings: Settings, endpointing: Endpointing, *, profile: str, told: set[str]
) -> Settings:
    """The settings with which the service ends turns.

    Raises:
        RequestError: It cannot.
    """
    try:
        settings, bent = settings.with_server_vad(
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
