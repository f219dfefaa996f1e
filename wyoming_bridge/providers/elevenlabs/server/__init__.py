"""The server side of an ElevenLabs session, as the local realtime server implements it."""

from .server import AUDIO_FORMATS, ElevenLabsServer, refused

__all__ = ["AUDIO_FORMATS", "ElevenLabsServer", "refused"]
