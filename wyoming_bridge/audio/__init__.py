"""Audio formats, conversion, and the pace of audio. ``wav`` reads WAV files."""

from .convert import Converter
from .format import PCM_16K_MONO, AudioFormat, Encoding
from .pace import AudioPace, PausableClock
from .resample import load_resampler

__all__ = [
    "PCM_16K_MONO",
    "AudioFormat",
    "AudioPace",
    "Converter",
    "Encoding",
    "PausableClock",
    "load_resampler",
]
