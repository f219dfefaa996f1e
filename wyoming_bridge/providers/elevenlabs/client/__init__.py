"""The bridge's end of an ElevenLabs session."""

from .client import ElevenLabsClient

__all__ = ["ElevenLabsClient"]
