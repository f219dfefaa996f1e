"""What can be configured for Reson8, and what the service can do."""

import re
from dataclasses import dataclass
from typing import Final

from ...errors import ConfigError
from ..contract import Capabilities
from ..options import URL_DOC, Settings, option

__all__ = [
    "CAPABILITIES",
    "FILLER_MODES",
    "MAX_PHRASES",
    "MAX_SPEAKERS",
    "PATH",
    "PROVIDER",
    "Reson8Settings",
]

PROVIDER: Final = "reson8"

PATH: Final = "/v1/speech-to-text/realtime"
"""Of the websocket, below the base address; from the service's realtime page."""

_SUBPROTOCOL: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A ``token`` of RFC 9110, section 5.6.2, as RFC 6455, section 4.1, wants each subprotocol."""

MAX_PHRASES: Final = 250
FILLER_MODES: Final = ("clean", "natural", "verbatim")
"""Both from the service's own plugin."""

MAX_SPEAKERS: Final = 4
"""From the service's documentation."""

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
    languages=("de", "en", "es", "fr", "fy", "it", "nl", "pl", "pt", "sv"),  # docs.reson8.dev
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reson8Settings(Settings):
    """One Reson8 account."""

    url: str = option("wss://api.reson8.dev", doc=URL_DOC)
    custom_model_id: str | None = option(
        None, doc="Custom model that biases the transcription; overrides the account's own."
    )
    phrases: tuple[str, ...] = option(
        (),
        doc="Phrases to bias the transcription towards.",
        unit="characters",
        minimum=1,
        maximum=200,
        max_items=MAX_PHRASES,
    )
    bias_strength: float = option(
        1.0, doc="How strongly the phrases bias; 0 not at all.", minimum=0, maximum=100
    )
    filler_mode: str | None = option(
        None,
        choices=FILLER_MODES,
        doc="Whether filler words and false starts are left out (`clean`) or kept (`verbatim`).",
    )
    diarize: bool = option(False, doc="Tell speakers apart.")
    max_speakers: int = option(
        MAX_SPEAKERS, doc="At most so many speakers are told apart.", minimum=1, maximum=4
    )
    auth: str = option(
        "api_key",
        choices=("api_key", "access_token", "subprotocol"),
        doc="How the token is sent: as an API key, as a bearer access token, or as an access "
        "token in the websocket subprotocol, as browsers do.",
    )

    def __post_init__(self) -> None:
        """Refuse what cannot work, before a socket is opened.

        Raises:
            ConfigError: A value is out of range; the message names it and what is allowed.
        """
        Settings.__post_init__(self)  # no super() in a dataclass with slots before 3.14
        if any("," in phrase for phrase in self.phrases):
            raise ConfigError("phrases: must not contain a comma, which separates them")
        if self.auth == "subprotocol" and not _SUBPROTOCOL.fullmatch(self.token or "none"):
            raise ConfigError("token: has characters that a websocket subprotocol cannot have")
