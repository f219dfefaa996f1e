"""Splits audio into the words of the scripted engine, by time or by silence."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from ...audio import PCM_16K_MONO

__all__ = ["BlockSplitter", "RunSplitter", "Sound", "Splitter", "Words"]

_SAMPLE_BYTES: Final = 2

_GAP_SAMPLES: Final = PCM_16K_MONO.bytes_of(20) // _SAMPLE_BYTES
"""The shortest silence: 20 ms of zeros. Recorded sound contains only shorter runs of zeros, and the
pauses between words are longer."""

_SPANS: Final = re.compile(rb"\x00+|[^\x00]+")
"""Matches runs of zeros and of other bytes, in audio with one byte per sample."""


class Words(StrEnum):
    """What counts as one word."""

    BLOCKS = "blocks"
    """Each block of a fixed length, counted from the last flush."""
    RUNS = "runs"
    """All sound between two silences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The audio of one word."""

    checksum: int
    """CRC-32 of the audio's bytes."""
    first: int
    """The index of the first sample, counted from the beginning of the voice."""
    end: int
    """The index of the first sample after the sound, counted in the same way."""


class Splitter(Protocol):
    """Splits the audio of one voice into sounds. Half a sample is kept for the next audio."""

    @property
    def sample_count(self) -> int:
        """The number of samples so far, including unfinished sounds."""

    def feed(self, pcm: bytes) -> Iterator[Sound]:
        """Take more audio, and yield the sounds that it finishes."""

    def flush(self) -> Iterator[Sound]:
        """End the unfinished sound, and yield it."""


class BlockSplitter:
    """Splits audio into blocks. Each block is a sound, unless it contains only zeros.

    A flush ends a block early.
    """

    def __init__(self, block_bytes: int) -> None:
        self._block_bytes = block_bytes
        self._waiting = bytearray()
        self._taken = 0

    @property
    def sample_count(self) -> int:
        """The number of samples so far."""
        return self._taken + len(self._waiting) // _SAMPLE_BYTES

    def feed(self, pcm: bytes) -> Iterator[Sound]:
        """Take more audio, and yield the sounds that it finishes."""
        self._waiting += pcm
        while len(self._waiting) >= self._block_bytes:
            yield from self._take(self._block_bytes)

    def flush(self) -> Iterator[Sound]:
        """End the unfinished block, and yield it."""
        yield from self._take(len(self._waiting) & ~1)

    def _take(self, size: int) -> Iterator[Sound]:
        block = bytes(self._waiting[:size])
        del self._waiting[:size]
        first = self._taken
        self._taken += size // _SAMPLE_BYTES
        if block.count(0) < size:
            yield Sound(checksum=zlib.crc32(block), first=first, end=self._taken)


class RunSplitter:
    """Splits audio at silences: a sound ends before 20 ms of zeros, or at a flush.

    Zeros at the start and the end of a sound are cut off.
    """

    def __init__(self) -> None:
        self.sample_count = 0
        self._half = b""
        self._first: int | None = None  # None in silence
        self._checksum = 0
        self._zeros = 0  # after the last sample that is not zero

    def feed(self, pcm: bytes) -> Iterator[Sound]:
        """Take more audio, and yield the sounds that it finishes."""
        pcm = self._half + pcm
        whole = len(pcm) & ~1
        pcm, self._half = pcm[:whole], pcm[whole:]
        begin = self.sample_count
        for span in _SPANS.finditer(_loudness(pcm)):
            first, end = span.span()
            if span[0][0]:
                self._sound(pcm[first * _SAMPLE_BYTES : end * _SAMPLE_BYTES], at=begin + first)
            else:
                self._zeros += end - first
            self.sample_count = begin + end
            if self._zeros >= _GAP_SAMPLES:
                yield from self.flush()

    def flush(self) -> Iterator[Sound]:
        """End the unfinished sound, and yield it."""
        if self._first is not None:
            end = self.sample_count - self._zeros
            sound = Sound(checksum=self._checksum, first=self._first, end=end)
            self._first = None
            yield sound

    def _sound(self, pcm: bytes, *, at: int) -> None:
        if self._first is None:
            self._first, self._checksum = at, 0
        elif self._zeros:
            self._checksum = zlib.crc32(bytes(self._zeros * _SAMPLE_BYTES), self._checksum)
        self._checksum = zlib.crc32(pcm, self._checksum)
        self._zeros = 0


def _loudness(pcm: bytes) -> bytes:
    """Return one byte per sample, which is zero if the sample is zero."""
    low, high = (int.from_bytes(pcm[start::_SAMPLE_BYTES], "big") for start in (0, 1))
    return (low | high).to_bytes(len(pcm) // _SAMPLE_BYTES, "big")
