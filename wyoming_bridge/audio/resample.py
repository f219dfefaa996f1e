"""Changes the sample rate of 16-bit mono.

Without soxr, a rate can only be raised. Home Assistant runs on Alpine Linux, for which soxr has no
builds. A raised rate is enough for OpenAI, which accepts only 24 kHz.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from ..errors import DependencyError
from .samples import S16_BYTES, missing_audioop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Resampler", "load_resampler", "new_resampler"]

_S16_MAX: Final = 32_767
"""The largest 16-bit sample. Rounding to nearest can exceed it by one."""

_BLOCK_BYTES: Final = 65_536
"""The most bytes that are resampled at once. Resampling takes 20 times the memory of its input."""


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


class Resampler(Protocol):
    """Converts 16-bit mono from one sample rate to another."""

    def feed(self, samples: bytes) -> bytes:
        """Resample whole samples."""

    def finish(self) -> bytes:
        """Return the rest and reset the resampler."""


def new_resampler(source_hz: int, target_hz: int) -> Resampler | None:
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
        new_resampler(16_000, 24_000)


class _LinearResampler:
    """Raises the rate with audioop's linear interpolation.

    From 16 to 24 kHz it lowers the level by 0.1 dB at 1 kHz and by 2.3 dB at 4 kHz, and adds images
    of the speech above 8 kHz, which recognisers remove when they resample to 16 kHz.
    """

    def __init__(self, *, source_hz: int, target_hz: int) -> None:
        try:
            from audioop import ratecv
        except ImportError as err:
            raise missing_audioop(f"converting {source_hz} Hz to {target_hz} Hz") from err
        self._ratecv = ratecv
        self._rates = source_hz, target_hz
        self._state: tuple[int, tuple[tuple[int, int], ...]] | None = None

    def feed(self, samples: bytes) -> bytes:
        """Resample whole samples."""
        resampled, self._state = self._ratecv(samples, S16_BYTES, 1, *self._rates, self._state)
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
