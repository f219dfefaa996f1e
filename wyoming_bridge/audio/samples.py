"""Converts samples of any encoding, with any number of channels, to 16-bit mono."""

from collections.abc import Callable
from typing import Final, assert_never

from ..errors import DependencyError
from .format import Encoding

__all__ = ["S16_BYTES", "missing_audioop", "to_mono", "to_s16"]

S16_BYTES: Final = 2
"""Bytes per 16-bit sample. audioop calls this number the width."""

_S32_BYTES: Final = 4
"""Bytes per 32-bit sample. The sum of eight 16-bit channels fits into 32 bits."""

_S32_TO_S16: Final = 1 / 65536
"""Scales 32-bit samples back to 16 bits, after audioop has widened them."""

_U8_BIAS: Final = -128
"""Offset from the silence of unsigned 8-bit audio to zero."""

_STEREO: Final = 2
"""The number of channels that audioop mixes in a single call."""


def _unchanged(samples: bytes) -> bytes:
    return samples


def to_s16(encoding: Encoding) -> Callable[[bytes], bytes]:
    """Return a function that converts an encoding to 16-bit samples.

    Raises:
        DependencyError: The conversion needs audioop, which is not installed.
    """
    if encoding is Encoding.PCM_S16LE:
        return _unchanged
    try:
        import audioop
    except ImportError as err:
        raise missing_audioop(f"reading {encoding}") from err
    width = encoding.bytes_per_sample
    match encoding:
        case Encoding.MULAW:
            return lambda samples: audioop.ulaw2lin(samples, S16_BYTES)
        case Encoding.ALAW:
            return lambda samples: audioop.alaw2lin(samples, S16_BYTES)
        case Encoding.PCM_U8:
            return lambda samples: audioop.lin2lin(
                audioop.bias(samples, width, _U8_BIAS), width, S16_BYTES
            )
        case Encoding.PCM_S8 | Encoding.PCM_S24LE | Encoding.PCM_S32LE:
            return lambda samples: audioop.lin2lin(samples, width, S16_BYTES)
        case _:
            assert_never(encoding)


def to_mono(channels: int) -> Callable[[bytes], bytes]:
    """Return a function that averages the channels of interleaved 16-bit samples.

    Raises:
        DependencyError: There is more than one channel, and audioop is not installed.
    """
    if channels == 1:
        return _unchanged
    try:
        import audioop
    except ImportError as err:
        raise missing_audioop(f"mixing {channels} channels") from err
    if channels == _STEREO:
        return lambda samples: audioop.tomono(samples, S16_BYTES, 0.5, 0.5)

    def average(samples: bytes) -> bytes:
        interleaved = memoryview(samples).cast("h")
        total = bytes(len(interleaved) // channels * _S32_BYTES)
        for channel in range(channels):
            wide = audioop.lin2lin(interleaved[channel::channels].tobytes(), S16_BYTES, _S32_BYTES)
            total = audioop.add(total, audioop.mul(wide, _S32_BYTES, _S32_TO_S16), _S32_BYTES)
        # The mean is exact although 1 / channels is not: all sums of 1 to 8 channels were tried.
        mean = audioop.mul(total, _S32_BYTES, 1 / channels)
        return audioop.lin2lin(
            audioop.mul(mean, _S32_BYTES, 1 / _S32_TO_S16), _S32_BYTES, S16_BYTES
        )

    return average


def missing_audioop(operation: str) -> DependencyError:
    """Return the error for an operation that needs audioop."""
    return DependencyError(
        f"{operation} needs audioop, which Python 3.13 and later do not have: install audioop-lts",
        library="audioop-lts",
    )
