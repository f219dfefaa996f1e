"""The services that the local server plays, one module each."""

from .elevenlabs import ElevenLabsFace
from .face import Answer, Face
from .reson8 import Reson8Face
from .scriptix import ScriptixFace

__all__ = ["Answer", "ElevenLabsFace", "Face", "Reson8Face", "ScriptixFace"]
