"""The services that the local server plays, one module each."""

from .elevenlabs import ElevenLabsEmulator
from .emulator import Answer, ServiceEmulator
from .reson8 import Reson8Emulator
from .scriptix import ScriptixEmulator

__all__ = ["Answer", "ElevenLabsEmulator", "Reson8Emulator", "ScriptixEmulator", "ServiceEmulator"]
