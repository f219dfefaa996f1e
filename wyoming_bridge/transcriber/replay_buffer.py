"""The audio of an utterance, kept for a service that may need it again.

Offsets are bytes of ``PCM_16K_MONO`` from the first audio.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

from ..audio import PCM_16K_MONO

__all__ = ["BATCH_BYTES", "ReplayBuffer", "ms_at", "offset_at", "whole_ms"]

BATCH_BYTES: Final = PCM_16K_MONO.bytes_of(100)
"""The size of one message: 100 ms. Satellites send 64 ms at a time and Home Assistant 10 ms, and
each message costs time. The delay of a batch is shorter than a usual word, so users do not notice
it."""

_BYTES_PER_MS: Final = PCM_16K_MONO.bytes_of(1)

_BLOCK_BYTES: Final = 5 * BATCH_BYTES


def ms_at(offset: int) -> int:
    """Return an offset as milliseconds from the first audio."""
    return offset // _BYTES_PER_MS


def whole_ms(offset: int) -> int:
    """Round an offset down to a whole millisecond."""
    return offset - offset % _BYTES_PER_MS


def offset_at(time_ms: float) -> int:
    """Return a time, in milliseconds from the first audio, as an offset."""
    return int(time_ms) * _BYTES_PER_MS


class ReplayBuffer:
    """Keeps audio in blocks of one size.

    The first blocks can be released. Blocks have one size because pieces of varying sizes fragment
    the memory: with 200 streams, a third of the process's memory was holes.
    """

    def __init__(self) -> None:
        self._blocks: deque[memoryview] = deque()
        self._released = 0  # the number of released blocks
        self.begin = 0
        """The offset of the first audio that is still kept."""
        self.end = 0
        """The offset after the last audio."""

    @property
    def size(self) -> int:
        """Size of the kept audio in bytes."""
        return self.end - self.begin

    @property
    def batches_end(self) -> int:
        """The offset after the last complete batch. Batches begin at multiples of their size."""
        return self.end - self.end % BATCH_BYTES

    def append(self, pcm: bytes) -> bool:
        """Append audio, which is copied into blocks. Return whether it completes a batch."""
        size = len(pcm)
        completes_batch = self.end % BATCH_BYTES + size >= BATCH_BYTES
        used = self.end % _BLOCK_BYTES
        if used and used + size <= _BLOCK_BYTES:  # the usual case: it fits into the last block
            self._blocks[-1][used : used + size] = pcm
            self.end += size
            return completes_batch
        rest = memoryview(pcm)
        while rest:
            used = self.end % _BLOCK_BYTES
            if not used:
                self._blocks.append(memoryview(bytearray(_BLOCK_BYTES)))
            size = min(len(rest), _BLOCK_BYTES - used)
            self._blocks[-1][used : used + size] = rest[:size]
            self.end += size
            rest = rest[size:]
        return completes_batch

    def between(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the kept audio between two offsets, in batches. The first may be incomplete."""
        offset, stop = max(start, self.begin), min(stop, self.end)
        while offset < stop:
            block, first = divmod(offset, _BLOCK_BYTES)
            size = min(stop - offset, BATCH_BYTES - offset % BATCH_BYTES)
            yield bytes(self._blocks[block - self._released][first : first + size])
            offset += size

    def release(self, before: int) -> None:
        """Release the audio before an offset."""
        self.begin = max(self.begin, min(before, self.end))
        while self._released < self.begin // _BLOCK_BYTES:
            self._blocks.popleft()
            self._released += 1
