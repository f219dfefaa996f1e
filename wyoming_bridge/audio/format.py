"""The format of raw audio, and conversions between bytes, samples and milliseconds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..errors import AudioFormatError

__all__ = [
    "MAX_CHANNELS",
    "MAX_SAMPLE_RATE_HZ",
    "MIN_SAMPLE_RATE_HZ",
    "PCM_16K_MONO",
    "AudioFormat",
    "Encoding",
]

MIN_SAMPLE_RATE_HZ: Final = 4_000
"""Below this rate, speech cannot be recognised."""

MAX_SAMPLE_RATE_HZ: Final = 192_000
"""The highest rate that audio hardware offers."""

MAX_CHANNELS: Final = 8
"""The largest microphone array that is sold for voice satellites has 8 channels."""


class Encoding(StrEnum):
    """The encoding of one sample. Channels are interleaved; samples are little endian."""

    PCM_U8 = "pcm_u8"
    """8-bit unsigned, as in WAV files."""
    PCM_S8 = "pcm_s8"
    """8-bit signed. Wyoming calls this format width 1."""
    PCM_S16LE = "pcm_s16le"
    PCM_S24LE = "pcm_s24le"
    PCM_S32LE = "pcm_s32le"
    MULAW = "mulaw"
    """8-bit G.711 mu-law."""
    ALAW = "alaw"
    """8-bit G.711 A-law."""

    @property
    def bytes_per_sample(self) -> int:
        """Size of one sample of one channel, in bytes."""
        return _BYTES_PER_SAMPLE[self]


_BYTES_PER_SAMPLE: Final = {
    Encoding.PCM_U8: 1,
    Encoding.PCM_S8: 1,
    Encoding.PCM_S16LE: 2,
    Encoding.PCM_S24LE: 3,
    Encoding.PCM_S32LE: 4,
    Encoding.MULAW: 1,
    Encoding.ALAW: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """The format of raw audio. An instance is always a format that can be converted."""

    encoding: Encoding
    sample_rate_hz: int
    """4,000 to 192,000."""
    channels: int
    """1 to 8, interleaved."""

    def __post_init__(self) -> None:
        """Refuse formats that no microphone delivers.

        Raises:
            AudioFormatError: The rate or the channel count is out of range.
        """
        if not MIN_SAMPLE_RATE_HZ <= self.sample_rate_hz <= MAX_SAMPLE_RATE_HZ:
            raise AudioFormatError(
                f"sample rate must be {MIN_SAMPLE_RATE_HZ} to {MAX_SAMPLE_RATE_HZ} Hz, "
                f"got {self.sample_rate_hz} Hz"
            )
        if not 1 <= self.channels <= MAX_CHANNELS:
            raise AudioFormatError(
                f"audio must have 1 to {MAX_CHANNELS} channels, got {self.channels}"
            )

    @property
    def bytes_per_frame(self) -> int:
        """Size of a frame, which is one sample of every channel, in bytes."""
        return self.encoding.bytes_per_sample * self.channels

    @property
    def bytes_per_second(self) -> int:
        """Size of one second of audio, in bytes."""
        return self.bytes_per_frame * self.sample_rate_hz

    def bytes_of(self, duration_ms: float) -> int:
        """Return the size in bytes of the whole frames that fit into a duration."""
        return int(self.sample_rate_hz * duration_ms / 1000) * self.bytes_per_frame

    def duration_ms(self, size: int) -> float:
        """Return the duration of ``size`` bytes, in milliseconds."""
        return size * 1000 / self.bytes_per_second


PCM_16K_MONO: Final = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
"""16-bit little-endian samples at 16 kHz, one channel.

Satellites record it, most services accept it, and the speech detector and the offline engines use
it.
"""
