"""ElevenLabs Scribe realtime: base64 audio in JSON, commits, partial and committed transcripts."""

from .settings import CAPABILITIES, ElevenLabsSettings

__all__ = ["CAPABILITIES", "ElevenLabsSettings"]
