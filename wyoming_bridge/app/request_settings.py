"""Combines the settings of a profile with what a client requests for one utterance."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final

from ..endpointing import Endpointing, EndpointSource
from ..errors import ConfigError, RequestError, one_line
from ..providers.settings import Settings
from ..transcriber import RequestOptions

__all__ = ["Resolve", "resolver", "with_language"]

_log = logging.getLogger(__name__)

_CACHED_SETTINGS: Final = 16
"""How many settings are cached per profile. A home has few clients, which repeat their requests."""

_MAX_LOGGED: Final = 100
"""How many logged lines are remembered, so that each of them is logged only once."""


Resolve = Callable[[RequestOptions, Endpointing], tuple[Settings, tuple[str, ...]]]
"""Returns the settings for an utterance, and the client's terms that the service does not get."""


def resolver(settings: Settings, *, profile: str, takes_terms: bool = True) -> Resolve:
    """Return a function that returns the settings for an utterance of a profile.

    ``takes_terms`` is False if the server or the engine is known to ignore terms. The returned
    function raises ``RequestError`` if the language is invalid, or if the request leaves the end of
    speech to a service that cannot detect it.
    """
    logged: set[str] = set()
    resolve = lru_cache(maxsize=_CACHED_SETTINGS)(
        partial(_resolve, settings, profile=profile, logged=logged)
    )

    def settings_for(
        options: RequestOptions, endpointing: Endpointing
    ) -> tuple[Settings, tuple[str, ...]]:
        resolved = resolve(options.language, endpointing)
        if not options.terms:
            return resolved, ()
        adapted, left_out = with_bias_terms(resolved, options.terms, profile=profile, logged=logged)
        return adapted, left_out if takes_terms else options.terms

    return settings_for


def _resolve(
    settings: Settings,
    language: str | None,
    endpointing: Endpointing,
    *,
    profile: str,
    logged: set[str],
) -> Settings:
    """Return the settings without bias terms.

    ``logged`` keeps the warnings that were already logged, so that each is logged once.

    Raises:
        RequestError: The language is invalid, or the request leaves the end of speech to a service
            that cannot detect it.
    """
    settings = with_language(settings, language)
    if endpointing.source == EndpointSource.PROVIDER or (
        endpointing.source == EndpointSource.RACE and settings.ends_turns
    ):
        settings = with_server_vad(settings, endpointing, profile=profile, logged=logged)
    return settings


def with_bias_terms(
    settings: Settings, terms: Sequence[str], *, profile: str, logged: set[str]
) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings with as many of these terms as the service allows, and the other terms.

    The other terms are logged, but equal lines only once.
    """
    settings, left_out = settings.with_bias_terms(terms)
    if left_out and _log.isEnabledFor(logging.INFO):  # joining hundreds of terms takes time
        line = (
            f"profile {profile}: left out {len(left_out)} of {len(terms)} terms, because the "
            f"service allows no more: {one_line(', '.join(left_out))}"
        )
        if line not in logged:
            if len(logged) >= _MAX_LOGGED:  # clients can send any terms
                logged.clear()
            logged.add(line)
            _log.info("%s", line)
    return settings, left_out


def with_language(settings: Settings, language: str | None) -> Settings:
    """Return the settings with the language of a request.

    Raises:
        RequestError: The language is invalid.
    """
    if not language or language == settings.language:
        return settings
    try:
        return replace(settings, language=language)
    except ConfigError as err:
        raise RequestError.of(err) from err


def with_server_vad(
    settings: Settings, endpointing: Endpointing, *, profile: str, logged: set[str]
) -> Settings:
    """Return settings that let the service detect the end of a turn.

    Raises:
        RequestError: The service cannot detect the end of a turn.
    """
    try:
        settings, adjustments = settings.with_server_vad(
            silence_ms=endpointing.silence_ms,
            min_speech_ms=endpointing.min_speech_ms,
            speech_threshold=endpointing.speech_threshold,
        )
    except ConfigError as err:
        raise RequestError.of(err) from err
    for each in adjustments:
        if (line := f"profile {profile}: {each}") not in logged:
            logged.add(line)
            _log.warning("%s", line)
    return settings
