"""ElevenLabs Scribe realtime: base64 audio in JSON, commits, partial and committed transcripts."""

from .client import ElevenLabsClient
from .settings import CAPABILITIES, ElevenLabsSettings

__all__ = ["CAPABILITIES", "ElevenLabsClient", "ElevenLabsSettings"]
