"""The service's end of an ElevenLabs session, as the local realtime server runs it."""

from .server import AUDIO_FORMATS, ElevenLabsServer, refused

__all__ = ["AUDIO_FORMATS", "ElevenLabsServer", "refused"]
