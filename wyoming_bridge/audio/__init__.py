"""Audio formats, conversion, WAV files, and the pace of audio."""

from .convert import Converter
from .format import PCM_16K_MONO, AudioFormat, Encoding
from .pace import AudioPace, PausableClock
from .wav import WavReader

__all__ = [
    "PCM_16K_MONO",
    "AudioFormat",
    "AudioPace",
    "Converter",
    "Encoding",
    "PausableClock",
    "WavReader",
]
