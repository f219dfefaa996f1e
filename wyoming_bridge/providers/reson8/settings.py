"""What can be configured for Reson8, and what the service can do."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...errors import ConfigError
from ...options import URL_DOC, Settings, option, options_of, with_room
from ..contract import Capabilities

__all__ = [
    "CAPABILITIES",
    "FILLER_MODES",
    "LANGUAGES",
    "MAX_PHRASES",
    "MAX_SPEAKERS",
    "PATH",
    "PROVIDER",
    "Reson8Settings",
    "first_wrong_pattern",
]

PROVIDER: Final = "reson8"

PATH: Final = "/v1/speech-to-text/realtime"
"""Of the websocket, below the base address; from the service's realtime page."""

LANGUAGES: Final = ("de", "en", "es", "fr", "fy", "it", "nl", "pl", "pt", "sv")
"""From docs.reson8.dev; its own plugin refuses others before a request."""

MAX_PHRASES: Final = 250
"""Of one session; from the service's own plugin, 0.3."""

MAX_SPEAKERS: Final = 4
"""From docs.reson8.dev."""

FILLER_MODES: Final = ("clean", "natural", "verbatim")
"""From the service's own plugin, 0.3."""

_SUBPROTOCOL: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A ``token`` of RFC 9110, section 5.6.2, as RFC 6455, section 4.1, wants each subprotocol."""

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
    """One Reson8 account."""

    url: str = option("wss://api.reson8.dev", doc=URL_DOC)
    auth: str = option(
        "api_key",
        choices=("api_key", "access_token", "subprotocol"),
        doc="How the token is sent: as an API key, as a bearer access token, or as an access "
        "token in the websocket subprotocol, as browsers do.",
    )
    secondary_languages: tuple[str, ...] = option(
        (),
        doc="Other languages that may be spoken; which one it was is told with each result.",
        choices=LANGUAGES,
    )
    custom_model_id: str | None = option(
        None,
        doc="Custom model that biases the transcription; overrides the account's own.",
        unit="characters",
        minimum=1,
    )
    phrases: tuple[str, ...] = option(
        (),
        doc="Phrases to bias the transcription towards; none has a comma.",
        unit="characters",
        minimum=1,
        max_items=MAX_PHRASES,
    )
    bias_strength: float | None = option(
        None, doc="How much it is biased; the service has its own default.", minimum=0
    )
    filler_mode: str | None = option(
        None,
        doc="Whether filler words and false starts are left out (`clean`) or kept (`verbatim`); "
        "the service has its own default.",
        choices=FILLER_MODES,
    )
    patterns: tuple[str, ...] = option(
        (),
        doc="Regular expressions of short codes that are likely to be said, such as order "
        "numbers; none has a comma.",
        unit="characters",
        minimum=1,
    )
    diarize: bool = option(False, doc="Tell speakers apart.")
    max_speakers: int | None = option(
        None, doc="Most speakers to tell apart.", minimum=1, maximum=MAX_SPEAKERS
    )

    def __post_init__(self) -> None:
        """Refuse what cannot work, before a socket is opened.

        Raises:
            ConfigError: A value is out of range; the message names it and what is allowed.
        """
        Settings.__post_init__(self)  # no super() in a dataclass with slots before 3.14
        if self.auth == "subprotocol" and not _SUBPROTOCOL.fullmatch(self.token or "none"):
            raise ConfigError("token: has characters that a websocket subprotocol cannot have")
        for name, entries in (("phrases", self.phrases), ("patterns", self.patterns)):
            with_comma = next((each for each in entries if "," in each), None)
            if with_comma is not None:
                raise ConfigError(
                    f"{name}: {with_comma!r} has a comma, with which the service separates them"
                )
        wrong = first_wrong_pattern(self.patterns)
        if wrong is not None:
            raise ConfigError(f"patterns: {self.patterns[wrong]!r} is no regular expression")
        if self.max_speakers is not None and not self.diarize:
            raise ConfigError("max_speakers: only with diarize; set that to true")

    def with_bias_terms(self, terms: Sequence[str]) -> tuple[Settings, tuple[str, ...]]:
        """More phrases; one with a comma would be two."""
        whole = [term for term in terms if "," not in term]
        phrases, left = with_room(self.phrases, whole, declared=_PHRASES)
        return replace(self, phrases=phrases), (*left, *(t for t in terms if "," in t))

    @property
    def languages(self) -> tuple[str, ...]:
        """All that may be spoken, the likeliest first; none leaves it to the service."""
        first = (self.base_language,) if self.base_language else ()
        return tuple(dict.fromkeys((*first, *self.secondary_languages)))


_PHRASES: Final = dict(options_of(Reson8Settings))["phrases"]


def first_wrong_pattern(patterns: Sequence[str]) -> int | None:
    """The place of the first one that is no regular expression, or None."""
    for place, pattern in enumerate(patterns):
        try:
            with warnings.catch_warnings(action="ignore"):  # of what may change its meaning
                re.compile(pattern)
        except (re.error, OverflowError, RecursionError):  # {99999999999}, and deep brackets
            return place
    return None
