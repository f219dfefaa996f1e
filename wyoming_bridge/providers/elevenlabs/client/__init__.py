"""The bridge's side of an ElevenLabs session."""

from .client import ElevenLabsClient

__all__ = ["ElevenLabsClient"]
