"""Delays audio to the pace at which it would be spoken."""

import asyncio
from collections.abc import AsyncGenerator

from ..audio import AudioFormat

__all__ = ["Pace", "paced"]


class Pace:
    """The times at which pieces of audio would have been spoken.

    The speech begins when the object is created.
    """

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._began = asyncio.get_running_loop().time()
        self._heard_bytes = 0

    async def keep(self, piece: bytes) -> None:
        """Wait until the last sample of the next piece would have been spoken."""
        self._heard_bytes += len(piece)
        due = self._began + self._format.duration_ms(self._heard_bytes) / 1000
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))


async def paced(
    pcm: bytes, audio_format: AudioFormat, *, chunk_ms: int
) -> AsyncGenerator[bytes, None]:
    """Yield each chunk of the audio when its last sample would have been spoken."""
    pace = Pace(audio_format)
    size = audio_format.bytes_of(chunk_ms)
    for start in range(0, len(pcm), size):
        chunk = pcm[start : start + size]
        await pace.keep(chunk)
        yield chunk
