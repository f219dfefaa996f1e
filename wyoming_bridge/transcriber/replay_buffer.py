"""The audio of an utterance, kept for a service that has to hear it again.

Places on the tape are bytes of ``PCM_16K_MONO`` from the first audio.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

from ..audio import PCM_16K_MONO

__all__ = ["BATCH_BYTES", "ReplayBuffer", "ms_at", "offset_at"]

BATCH_BYTES: Final = PCM_16K_MONO.bytes_of(100)
"""What is sent at once: satellites send 64 ms, Home Assistant 10, and each message costs. A word
is spoken in 200 ms and more; 100 ms of delay hide in the service's own."""

_BYTES_PER_MS: Final = PCM_16K_MONO.bytes_of(1)

_BLOCK_BYTES: Final = 5 * BATCH_BYTES


def ms_at(place: int) -> int:
    """A place as time from the first audio."""
    return place // _BYTES_PER_MS


def offset_at(time_ms: float) -> int:
    """A time from the first audio as a place."""
    return int(time_ms) * _BYTES_PER_MS


class ReplayBuffer:
    """Audio in blocks of one size, whatever pieces it came in; those at the beginning can go.

    Pieces among short-lived ones of another size tear the memory of a process: with 200 streams
    a third of it was holes.
    """

    def __init__(self) -> None:
        self._blocks: deque[bytearray] = deque()
        self._gone = 0  # how many blocks are
        self._begin = 0
        self._end = 0

    @property
    def begin(self) -> int:
        """The first place that is still kept."""
        return self._begin

    @property
    def end(self) -> int:
        """The place behind the last audio."""
        return self._end

    def append(self, pcm: bytes) -> None:
        """Keep more."""
        while pcm:
            used = self._end % _BLOCK_BYTES
            if not used:
                self._blocks.append(bytearray(_BLOCK_BYTES))
            fits = pcm[: _BLOCK_BYTES - used]
            size = len(fits)
            self._blocks[-1][used : used + size] = fits
            self._end += size
            pcm = pcm[size:]

    def between(self, start: int, stop: int) -> Iterator[bytes]:
        """What lies between two places and is kept, in batches."""
        place, stop = max(start, self._begin), min(stop, self._end)
        while place < stop:
            number, first = divmod(place, _BLOCK_BYTES)
            size = min(BATCH_BYTES, stop - place, _BLOCK_BYTES - first)
            yield bytes(self._blocks[number - self._gone][first : first + size])
            place += size

    def release(self, before: int) -> None:
        """Let go what lies before a place."""
        self._begin = max(self._begin, min(before, self._end))
        while self._gone < self._begin // _BLOCK_BYTES:
            self._blocks.popleft()
            self._gone += 1
