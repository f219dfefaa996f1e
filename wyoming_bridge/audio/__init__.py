"""Audio formats, conversion, and WAV files."""

from .convert import Converter
from .format import PCM_16K_MONO, AudioFormat, Encoding
from .wav import WavReader

__all__ = ["PCM_16K_MONO", "AudioFormat", "Converter", "Encoding", "WavReader"]
