"""Audio formats, conversion, and the pace of audio. ``wav`` reads WAV files."""

from .convert import Converter, load_resampler
from .format import PCM_16K_MONO, AudioFormat, Encoding
from .pace import AudioPace, PausableClock

__all__ = [
    "PCM_16K_MONO",
    "AudioFormat",
    "AudioPace",
    "Converter",
    "Encoding",
    "PausableClock",
    "load_resampler",
]
