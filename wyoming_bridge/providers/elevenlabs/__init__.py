"""ElevenLabs Scribe realtime: base64 audio in JSON, commits, partial and committed transcripts."""

from ...errors import ConfigError
from ...options import Settings
from ..contract import ClientProtocol
from .behaviour import ElevenLabsBehaviour
from .settings import CAPABILITIES, ElevenLabsSettings

__all__ = ["CAPABILITIES", "ElevenLabsBehaviour", "ElevenLabsSettings", "new_client"]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:  # noqa: ARG001 - the service fetches no streams
    """Return a client for one session."""
    from .client import ElevenLabsClient

    if not isinstance(settings, ElevenLabsSettings):
        raise ConfigError(f"{type(settings).__name__} are no settings of ElevenLabs")
    return ElevenLabsClient(settings)
