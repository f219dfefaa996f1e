"""The server side of an ElevenLabs session, as the local realtime server implements it."""

from .closing import refused
from .config import AUDIO_FORMATS
from .server import ElevenLabsServer

__all__ = ["AUDIO_FORMATS", "ElevenLabsServer", "refused"]
