"""Converts raw audio to 16-bit mono, chunk by chunk.

Hard rules:

- The output depends only on the samples, never on the sizes of the chunks.
- audioop, soxr and numpy are imported only by a conversion that needs them: numpy takes memory
  on a Raspberry Pi, and most satellites already send the format that most services accept.
"""

from ..errors import AudioFormatError
from .format import AudioFormat, Encoding
from .resample import new_resampler
from .samples import to_mono, to_s16

__all__ = ["Converter"]


class Converter:
    """Converts a stream of one format to 16-bit mono at any rate.

    It drops low bits and averages channels; both round down.
    """

    def __init__(self, *, source: AudioFormat, target: AudioFormat) -> None:
        """Create a converter from one format to another.

        Raises:
            AudioFormatError: The target is not `PCM_S16LE` with one channel.
            DependencyError: The conversion needs a library that is not installed.
        """
        if target.encoding is not Encoding.PCM_S16LE or target.channels != 1:
            raise AudioFormatError(
                f"cannot convert to {target.encoding} with {target.channels} channels; "
                f"allowed: {Encoding.PCM_S16LE} with 1 channel, at any rate"
            )
        self._passthrough = source == target
        self._bytes_per_frame = source.bytes_per_frame
        self._carry = b""
        self._to_s16 = to_s16(source.encoding)
        self._to_mono = to_mono(source.channels)
        self._resampler = new_resampler(source.sample_rate_hz, target.sample_rate_hz)

    @property
    def passthrough(self) -> bool:
        """Whether source and target are the same format.

        `convert` then returns each chunk of whole frames as the same object.
        """
        return self._passthrough

    def convert(self, data: bytes) -> bytes:
        """Convert the next piece of the stream, which may end inside a frame.

        Return the audio that is ready, which may be empty. An incomplete frame waits for its
        remaining bytes, and the resampler holds back some tens of milliseconds.
        """
        if self._carry or len(data) % self._bytes_per_frame:
            data = self._whole_frames(data)
        if self._passthrough or not data:
            return data
        samples = self._to_mono(self._to_s16(data))
        return samples if self._resampler is None else self._resampler.feed(samples)

    def flush(self) -> bytes:
        """End the stream, and return the audio that is left in the resampler.

        An incomplete last frame is dropped. After that, the converter is ready for another
        stream of the same format.
        """
        self._carry = b""
        return b"" if self._resampler is None else self._resampler.finish()

    def _whole_frames(self, data: bytes) -> bytes:
        joined = self._carry + data
        whole = len(joined) - len(joined) % self._bytes_per_frame
        self._carry = joined[whole:]
        return joined[:whole]
