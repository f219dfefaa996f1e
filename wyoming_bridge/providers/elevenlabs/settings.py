"""What can be configured for ElevenLabs, and what the service can do."""

from dataclasses import dataclass
from typing import Final

from ..contract import Capabilities
from ..options import URL_DOC, Settings, option

__all__ = ["CAPABILITIES", "MIN_COMMIT_MS", "PATH", "PROVIDER", "ElevenLabsSettings"]

PROVIDER: Final = "elevenlabs"

PATH: Final = "/v1/speech-to-text/realtime"
"""Of the websocket, below the base address; from the service's realtime page."""

MIN_COMMIT_MS: Final = 300
"""A commit of less audio is answered with ``commit_throttled`` and a close. Observed, not
documented."""

CAPABILITIES: Final = Capabilities(
    partials=True,
    flush=True,
    flush_ids=False,
    word_times=True,
    confidence=True,
    stability=False,
    speakers=False,
    server_vad=True,
    bias_terms=50,
    binary_audio=False,
    min_flush_ms=MIN_COMMIT_MS,
    # Sessions with 35 s of uncommitted audio were seen to stall; 30 s keeps clear of it.
    max_segment_ms=30_000,
    # Those that a reseller of the model lists (docs.livekit.io, ElevenLabs STT).
    languages=(
        "en",
        "ar",
        "bg",
        "cs",
        "cy",
        "da",
        "de",
        "el",
        "es",
        "et",
        "fi",
        "fr",
        "ga",
        "he",
        "hi",
        "hr",
        "hu",
        "id",
        "is",
        "it",
        "ja",
        "ko",
        "lt",
        "lv",
        "ms",
        "mt",
        "nl",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sk",
        "sl",
        "sr",
        "sv",
        "th",
        "tr",
        "uk",
        "vi",
        "zh",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevenLabsSettings(Settings):
    """One ElevenLabs account."""

    url: str = option("wss://api.elevenlabs.io", doc=URL_DOC)
    model: str = option("scribe_v2_realtime", doc="Model to transcribe with.", minimum=1)
    keyterms: tuple[str, ...] = option(
        (),
        doc="Terms to bias the model towards; they add 20 % to the service's price.",
        unit="characters",
        minimum=1,
        maximum=20,
        max_items=50,
    )
    no_verbatim: bool = option(False, doc="Leave out filler words, false starts and disfluencies.")
    enable_logging: bool = option(
        True, doc="Let the service keep the request; false needs an enterprise account."
    )
    auth: str = option(
        "api_key",
        choices=("api_key", "single_use"),
        doc="How the token is sent: as an API key in a header, or as a single-use token in the "
        "address.",
    )
