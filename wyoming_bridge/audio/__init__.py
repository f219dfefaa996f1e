"""Audio as a value: formats, conversion, WAV files."""

from .convert import Converter
from .format import AudioFormat, Encoding
from .wav import WavReader

__all__ = ["AudioFormat", "Converter", "Encoding", "WavReader"]
