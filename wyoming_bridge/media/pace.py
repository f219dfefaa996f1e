"""Delays audio to the pace at which it would be spoken."""

import asyncio
from collections.abc import AsyncGenerator
from math import inf
from typing import Final

from ..audio import AudioFormat

__all__ = ["FAST", "REALTIME", "Pace", "paced", "speed_of"]

REALTIME: Final = 1.0
"""As fast as the audio was spoken."""

FAST: Final = inf
"""As fast as the audio can be sent."""

_NAMES: Final = {"realtime": REALTIME, "fast": FAST}
_SLOWEST: Final = 0.1
_FASTEST: Final = 100.0


def speed_of(name: str) -> float:
    """Convert a pace to a speed. A pace is ``realtime``, ``fast``, or a factor.

    Raises:
        ValueError: The pace is not one of these.
    """
    if name in _NAMES:
        return _NAMES[name]
    try:
        speed = float(name)
    except ValueError:
        speed = 0.0
    if not _SLOWEST <= speed <= _FASTEST:
        allowed = f"{_SLOWEST:g} to {_FASTEST:g}"
        raise ValueError(
            f'pace must be "realtime", "fast" or a number from {allowed}, got {name!r}'
        )
    return speed


class Pace:
    """The times at which pieces of audio would have been spoken.

    The speech begins when the object is created. With a ``speed`` of 2, it is twice as fast.
    """

    def __init__(self, audio_format: AudioFormat, *, speed: float = REALTIME) -> None:
        self._format = audio_format
        self._speed = speed
        self._began = asyncio.get_running_loop().time()
        self._heard_bytes = 0

    async def keep(self, piece: bytes) -> None:
        """Wait until the last sample of the next piece would have been spoken."""
        self._heard_bytes += len(piece)
        due = self._began + self._format.duration_ms(self._heard_bytes) / 1000 / self._speed
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))


async def paced(
    pcm: bytes, audio_format: AudioFormat, *, chunk_ms: int, speed: float = REALTIME
) -> AsyncGenerator[bytes, None]:
    """Yield each chunk of the audio when its last sample would have been spoken."""
    pace = Pace(audio_format, speed=speed)
    size = audio_format.bytes_of(chunk_ms)
    for start in range(0, len(pcm), size):
        chunk = pcm[start : start + size]
        await pace.keep(chunk)
        yield chunk
