"""Converts raw audio to 16-bit mono, chunk by chunk.

Hard rules:

- The output depends only on the samples, never on the sizes of the chunks.
- audioop, soxr and numpy are imported only by a conversion that needs them: numpy takes memory
  on a Raspberry Pi, and most satellites already send the format that most services accept.
- Without soxr, a rate can only be raised. Home Assistant runs on Alpine Linux, for which soxr has
  no builds. A raised rate is enough for OpenAI, which accepts only 24 kHz.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from ..errors import AudioFormatError, DependencyError
from .format import AudioFormat, Encoding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Converter", "load_resampler"]

_S16: Final = 2
"""Bytes per 16-bit sample. audioop calls this number the width."""

_S32: Final = 4
"""Bytes per 32-bit sample. The sum of eight 16-bit channels fits into 32 bits."""

_S32_TO_S16: Final = 1 / 65536
"""Scales 32-bit samples back to 16 bits, after audioop has widened them."""

_U8_BIAS: Final = -128
"""Offset from the silence of unsigned 8-bit audio to zero."""

_S16_MAX: Final = 32_767
"""The largest 16-bit sample. Rounding to nearest can exceed it by one."""

_BLOCK_BYTES: Final = 65_536
"""The most bytes that are resampled at once. Resampling takes 20 times the memory of its input."""

_STEREO: Final = 2
"""The number of channels that audioop mixes in a single call."""


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
        self._to_s16 = _to_s16(source.encoding)
        self._to_mono = _to_mono(source.channels)
        self._resampler = _resampler(source.sample_rate_hz, target.sample_rate_hz)

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
        frames = self._whole_frames(data)
        if self._passthrough or not frames:
            return frames
        samples = self._to_mono(self._to_s16(frames))
        return samples if self._resampler is None else self._resampler.feed(samples)

    def flush(self) -> bytes:
        """End the stream, and return the audio that is left in the resampler.

        An incomplete last frame is dropped. After that, the converter is ready for another
        stream of the same format.
        """
        self._carry = b""
        return b"" if self._resampler is None else self._resampler.finish()

    def _whole_frames(self, data: bytes) -> bytes:
        if not self._carry and len(data) % self._bytes_per_frame == 0:
            return data
        joined = self._carry + data
        whole = len(joined) - len(joined) % self._bytes_per_frame
        self._carry = joined[whole:]
        return joined[:whole]


def _unchanged(samples: bytes) -> bytes:
    return samples


def _to_s16(encoding: Encoding) -> Callable[[bytes], bytes]:
    """Return a function that converts an encoding to 16-bit samples."""
    if encoding is Encoding.PCM_S16LE:
        return _unchanged
    try:
        import audioop
    except ImportError as err:
        raise _missing_audioop(f"reading {encoding}") from err
    width = encoding.bytes_per_sample
    match encoding:
        case Encoding.MULAW:
            return lambda samples: audioop.ulaw2lin(samples, _S16)
        case Encoding.ALAW:
            return lambda samples: audioop.alaw2lin(samples, _S16)
        case Encoding.PCM_U8:
            return lambda samples: audioop.lin2lin(
                audioop.bias(samples, width, _U8_BIAS), width, _S16
            )
        case Encoding.PCM_S8 | Encoding.PCM_S24LE | Encoding.PCM_S32LE:
            return lambda samples: audioop.lin2lin(samples, width, _S16)
        case _:
            assert_never(encoding)


def _to_mono(channels: int) -> Callable[[bytes], bytes]:
    """Return a function that averages the channels of interleaved 16-bit samples."""
    if channels == 1:
        return _unchanged
    try:
        import audioop
    except ImportError as err:
        raise _missing_audioop(f"mixing {channels} channels") from err
    if channels == _STEREO:
        return lambda samples: audioop.tomono(samples, _S16, 0.5, 0.5)

    def average(samples: bytes) -> bytes:
        interleaved = memoryview(samples).cast("h")
        total = bytes(len(interleaved) // channels * _S32)
        for channel in range(channels):
            wide = audioop.lin2lin(interleaved[channel::channels].tobytes(), _S16, _S32)
            total = audioop.add(total, audioop.mul(wide, _S32, _S32_TO_S16), _S32)
        # The mean is exact although 1 / channels is not: all sums of 1 to 8 channels were tried.
        mean = audioop.mul(total, _S32, 1 / channels)
        return audioop.lin2lin(audioop.mul(mean, _S32, 1 / _S32_TO_S16), _S32, _S16)

    return average


def _missing_audioop(operation: str) -> DependencyError:
    return DependencyError(
        f"{operation} needs audioop, which Python 3.13 and later do not have: install audioop-lts",
        library="audioop-lts",
    )


class _SoxrStream(Protocol):
    """The part of `soxr.ResampleStream` that is used here; soxr has no type hints."""

    def resample_chunk(self, x: "NDArray[np.int32]", last: bool = ...) -> "NDArray[np.int32]":  # noqa: FBT001 - soxr's signature
        """Resample one piece; `last` ends the stream."""

    def clear(self) -> None:
        """Reset the resampler for another stream."""


@cache
def _soxr() -> Callable[..., _SoxrStream] | None:
    """Return what begins a stream of soxr, or None without soxr, which is not looked for again."""
    try:
        from soxr import ResampleStream  # type: ignore[import-untyped]
    except ImportError:
        return None
    new_stream: Callable[..., _SoxrStream] = ResampleStream
    return new_stream


class _Resampler(Protocol):
    """Converts 16-bit mono from one sample rate to another."""

    def feed(self, samples: bytes) -> bytes:
        """Resample whole samples."""

    def finish(self) -> bytes:
        """Return the rest and reset the resampler."""


def _resampler(source_hz: int, target_hz: int) -> _Resampler | None:
    """Return the best resampler that is installed; None if the rates are the same.

    Raises:
        DependencyError: soxr is not installed, and the rate is lowered or audioop is missing too.
    """
    if source_hz == target_hz:
        return None
    try:
        return _SoxrResampler(source_hz=source_hz, target_hz=target_hz)
    except DependencyError:
        if target_hz < source_hz:
            raise  # without soxr's filter, high frequencies would become noise in speech
        return _LinearResampler(source_hz=source_hz, target_hz=target_hz)


def load_resampler() -> None:
    """Load the library that changes a sample rate, so that no event loop waits for the import."""
    with suppress(DependencyError):  # a conversion reports what is missing
        _resampler(16_000, 24_000)


class _LinearResampler:
    """Raises the rate with audioop's linear interpolation.

    From 16 to 24 kHz it lowers the level by 0.1 dB at 1 kHz and by 2.3 dB at 4 kHz, and adds images
    of the speech above 8 kHz, which recognisers remove when they resample to 16 kHz.
    """

    def __init__(self, *, source_hz: int, target_hz: int) -> None:
        try:
            from audioop import ratecv
        except ImportError as err:
            raise _missing_audioop(f"converting {source_hz} Hz to {target_hz} Hz") from err
        self._ratecv = ratecv
        self._rates = source_hz, target_hz
        self._state: tuple[int, tuple[tuple[int, int], ...]] | None = None

    def feed(self, samples: bytes) -> bytes:
        """Resample whole samples."""
        resampled, self._state = self._ratecv(samples, _S16, 1, *self._rates, self._state)
        return resampled

    def finish(self) -> bytes:
        """Reset the resampler. Return nothing: what is left is shorter than one input sample."""
        self._state = None
        return b""


class _SoxrResampler:
    """Converts 16-bit mono from one sample rate to another.

    soxr gets 32-bit samples here, because it adds noise (dither) to 16-bit output, and this noise
    depends on the sizes of the chunks. Measured with soxr 1.1.0, 32-bit output has no such noise.
    """

    def __init__(self, *, source_hz: int, target_hz: int) -> None:
        new_stream = _soxr()
        if new_stream is None:
            raise DependencyError(
                f"converting {source_hz} Hz to {target_hz} Hz needs the library soxr",
                library="soxr",
            )
        self._stream: _SoxrStream = new_stream(source_hz, target_hz, 1, dtype="int32", quality="HQ")

    def feed(self, samples: bytes) -> bytes:
        """Resample whole samples."""
        return b"".join(
            self._resample(samples[start : start + _BLOCK_BYTES], last=False)
            for start in range(0, len(samples), _BLOCK_BYTES)
        )

    def finish(self) -> bytes:
        """Return the rest and reset the resampler."""
        rest = self._resample(b"", last=True)
        self._stream.clear()
        return rest

    def _resample(self, samples: bytes, *, last: bool) -> bytes:
        import numpy as np

        wide = np.frombuffer(samples, dtype="<i2").astype(np.int32) << 16
        resampled = self._stream.resample_chunk(wide, last=last)
        # Adding half a step before the shift would overflow at full scale.
        nearest = ((resampled >> 15) + 1) >> 1
        limited: NDArray[np.int32] = np.minimum(nearest, _S16_MAX)
        return limited.astype("<i2").tobytes()
