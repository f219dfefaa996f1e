"""What can be configured for Scriptix, and what the service can do."""

from dataclasses import dataclass
from typing import Final

from ..contract import Capabilities
from ..options import URL_DOC, Settings, option

__all__ = ["CAPABILITIES", "PATH", "PROVIDER", "TOKEN_HEADERS", "TYPES", "ScriptixSettings"]

PROVIDER: Final = "scriptix"

PATH: Final = "/v2/realtime"
"""Of the websocket for microphone input, below the base address; from the connection pages."""

TOKEN_HEADERS: Final = ("x-zoom-s2t-key", "x-api-key", "api-key")
"""Any of these may carry the token; from the service's "Start a connection" page."""

TYPES: Final = ("fast", "quality")

CAPABILITIES: Final = Capabilities(
    partials=True,
    flush=False,
    flush_ids=False,
    word_times=True,
    confidence=True,
    stability=True,
    speakers=True,
    server_vad=False,
    url_source=True,
    bias_terms=0,
    binary_audio=True,
    min_flush_ms=0,
    max_segment_ms=None,
    languages=("en", "nl", "fr", "de"),  # the examples of its connection page
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptixSettings(Settings):
    """One Scriptix account."""

    url: str = option("wss://realtime.scriptix.io", doc=URL_DOC)
    type: str = option("fast", choices=TYPES, doc="Model type.")
    auth: str = option(
        "header",
        choices=("header", "query"),
        doc="How the token is sent: in a header, or in the address, as browsers must.",
    )
