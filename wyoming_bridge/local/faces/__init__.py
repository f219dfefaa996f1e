"""The services that the local server plays, one module each."""

from .elevenlabs import ElevenLabsFace
from .face import Face
from .reson8 import Reson8Face
from .scriptix import ScriptixFace

__all__ = ["ElevenLabsFace", "Face", "Reson8Face", "ScriptixFace"]
