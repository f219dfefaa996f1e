"""The settings of a Reson8 account, and the capabilities of the service."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...capabilities import Capabilities
from ...errors import ConfigError
from ...options import option, options_of, shown
from ..bias_terms import with_room
from ..settings import URL_DOC, Settings, check_subprotocol_token

__all__ = [
    "CAPABILITIES",
    "FILLER_MODES",
    "LANGUAGES",
    "MAX_PATTERNS",
    "MAX_PATTERN_CHARACTERS",
    "MAX_PHRASES",
    "MAX_SPEAKERS",
    "PATH",
    "PROVIDER",
    "Reson8Settings",
    "wrong_pattern",
]

PROVIDER: Final = "reson8"

PATH: Final = "/v1/speech-to-text/realtime"
"""The path of the websocket, from the service's realtime page."""

LANGUAGES: Final = ("de", "en", "es", "fr", "fy", "it", "nl", "pl", "pt", "sv")
"""The languages in docs.reson8.dev. The service's plugin for LiveKit refuses all others."""

MAX_PHRASES: Final = 250
"""The maximum per session, from the service's plugin, version 0.3."""

MAX_SPEAKERS: Final = 4
"""The maximum per session, from docs.reson8.dev."""

FILLER_MODES: Final = ("clean", "natural", "verbatim")
"""The values of ``filler_mode``, from the service's plugin, version 0.3."""

MAX_PATTERNS: Final = 20
MAX_PATTERN_CHARACTERS: Final = 64
"""The service documents no limits for patterns. These two limits are the bridge's own. They are
enough for short codes."""

_LAST_LATIN: Final = "\u024f"
"""The last character that a pattern may contain: the last letter of Latin Extended-B. All languages
of the service use Latin letters. With more characters, a pattern could have a range of thousands of
characters, which takes 10 ms to compile.
"""

_ESCAPE: Final = re.compile(r"\\(.)")
_BY_NUMBER: Final = frozenset("0123456789NUux")
"""If one of these follows a backslash, the number or the name of a character begins. That is
refused, because such characters could be the ends of a long range."""

_FLAGS: Final = re.compile(r"\(\?[^:=!<>P]")
"""Flags, such as ``(?i)``. They are refused, because with flags Python compiles each character of a
range separately, which takes long."""

CAPABILITIES: Final = Capabilities(
    partials=True,
    flush=True,
    flush_ids=True,
    word_times=True,
    confidence=True,
    stability=False,
    speakers=True,
    server_vad=False,
    url_source=False,
    bias_terms=MAX_PHRASES,
    binary_audio=True,
    min_flush_ms=0,
    max_segment_ms=None,
    languages=LANGUAGES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reson8Settings(Settings):
    """The settings of one Reson8 account."""

    url: str = option("wss://api.reson8.dev", doc=URL_DOC)
    auth: str = option(
        "api_key",
        choices=("api_key", "access_token", "subprotocol"),
        doc="How the token is sent: as an API key (`api_key`), as a bearer token (`access_token`), "
        "or as an access token in the websocket subprotocol (`subprotocol`), as browsers do.",
    )
    secondary_languages: tuple[str, ...] = option(
        (),
        doc="Other languages that may be spoken. Each result names its language.",
        choices=LANGUAGES,
    )
    custom_model_id: str | None = option(
        None,
        doc="Id of a custom model, which favours the phrases that are stored with it. It is used "
        "instead of the model that the account uses otherwise.",
        unit="characters",
        minimum=1,
    )
    phrases: tuple[str, ...] = option(
        (),
        doc="Phrases that the service favours. A phrase must not contain a comma.",
        unit="characters",
        minimum=1,
        max_items=MAX_PHRASES,
    )
    bias_strength: float | None = option(
        None,
        doc="How much the phrases are favoured. Without it, the service's default applies.",
        minimum=0,
    )
    filler_mode: str | None = option(
        None,
        doc="Whether filler words and false starts are left out (`clean`) or kept (`verbatim`). "
        "Without it, the service's default applies.",
        choices=FILLER_MODES,
    )
    patterns: tuple[str, ...] = option(
        (),
        doc="Regular expressions of short codes that are likely to be spoken, such as order "
        "numbers. A pattern must not contain a comma, a flag, or the code or the name of a "
        "character, such as `\\x41`.",
        unit="characters",
        minimum=1,
        maximum=MAX_PATTERN_CHARACTERS,
        max_items=MAX_PATTERNS,
    )
    diarize: bool = option(False, doc="Tell speakers apart.")
    max_speakers: int | None = option(
        None,
        doc="Maximum number of speakers to tell apart. Only with `diarize`.",
        minimum=1,
        maximum=MAX_SPEAKERS,
    )

    def __post_init__(self) -> None:
        """Refuse invalid values before a socket is opened.

        Raises:
            ConfigError: A value is invalid; the message names it and what is allowed.
        """
        Settings.__post_init__(self)  # super() fails with slots before Python 3.14
        if self.auth == "subprotocol":
            check_subprotocol_token(self.token, auth=self.auth)
        for name, entries in (("phrases", self.phrases), ("patterns", self.patterns)):
            with_comma = next((each for each in entries if "," in each), None)
            if with_comma is not None:
                raise ConfigError(
                    f"{name}: must not contain a comma, which separates {name} in the request, got "
                    f"{with_comma!r}"
                )
        wrong = wrong_pattern(self.patterns)
        if wrong is not None:
            index, reason = wrong
            raise ConfigError(f"patterns: {reason}, got {shown(self.patterns[index])}")
        if self.max_speakers is not None and not self.diarize:
            raise ConfigError("max_speakers: must not be set if diarize is false")

    @property
    def bias_terms(self) -> tuple[str, ...]:
        """The terms that the service favours, the most important first."""
        return self.phrases

    def with_bias_terms(self, terms: Sequence[str]) -> tuple[Settings, tuple[str, ...]]:
        """Return the settings with more phrases, and the terms that do not fit.

        A comma separates phrases in the request, so a term loses its commas.
        """
        phrases, left = with_room(
            self.phrases, [term.replace(",", " ") for term in terms], declared=_PHRASES
        )
        return replace(self, phrases=phrases), left

    @property
    def model_title(self) -> str | None:
        """The custom model; None for the account's default model."""
        return f"Custom model {self.custom_model_id}" if self.custom_model_id else None

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that may be spoken, the likeliest first; if empty, the service decides."""
        return self.languages_with(self.secondary_languages)


_PHRASES: Final = dict(options_of(Reson8Settings))["phrases"]


def wrong_pattern(patterns: Sequence[str]) -> tuple[int, str] | None:
    """Return the index of the first invalid pattern and what is allowed; None if all are valid.

    A pattern that could take long to compile is refused before it is compiled, because clients of
    the local server can send any pattern. Patterns are never matched, so the time that matching
    takes is no risk.
    """
    for index, pattern in enumerate(patterns):
        if len(pattern) > MAX_PATTERN_CHARACTERS:
            return index, f"must have at most {MAX_PATTERN_CHARACTERS} characters"
        if max(pattern, default="") > _LAST_LATIN or not pattern.isprintable():
            return index, "must consist of printable Latin characters"
        if _FLAGS.search(_ESCAPE.sub("", pattern)):
            return index, "must not have flags such as (?i)"
        if _BY_NUMBER.intersection(_ESCAPE.findall(pattern)):
            return index, r"must not have character codes or names such as \x41"
        try:
            with warnings.catch_warnings(action="ignore"):  # nested sets cause a FutureWarning
                re.compile(pattern)
        except (re.error, OverflowError, RecursionError):  # such as {99999999999} or deep nesting
            return index, "must be a regular expression"
    return None
