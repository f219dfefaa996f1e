"""How the scripted engine tells words apart: by the clock, or by silence."""

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
"""Longer than any chance of zeros in recorded sound, and shorter than any pause between words."""

_SPANS: Final = re.compile(rb"\x00+|[^\x00]+")
"""Of one byte a sample, that is zero where the sample is."""


class Words(StrEnum):
    """What one word is."""

    BLOCKS = "blocks"
    """Each block of so many milliseconds, counted from the last flush."""
    RUNS = "runs"
    """All sound between two silences, wherever segments are cut in these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The audio of one word."""

    checksum: int
    """CRC-32 of its bytes."""
    first: int
    """Its first sample, counted from the beginning of the voice."""
    end: int
    """The first sample behind it."""


class Splitter(Protocol):
    """Tells the sounds of one voice apart. Half a sample waits for its other half."""

    @property
    def heard(self) -> int:
        """Samples, those of unfinished sounds too."""

    def feed(self, pcm: bytes) -> Iterator[Sound]:
        """Hear more; the sounds that are over with it."""

    def flush(self) -> Iterator[Sound]:
        """End what is unfinished."""


class BlockSplitter:
    """Each whole block is a sound, and at a flush what is left; a block of zeros is none."""

    def __init__(self, block_bytes: int) -> None:
        self._block_bytes = block_bytes
        self._waiting = bytearray()
        self._taken = 0

    @property
    def heard(self) -> int:
        """Samples."""
        return self._taken + len(self._waiting) // _SAMPLE_BYTES

    def feed(self, pcm: bytes) -> Iterator[Sound]:
        """Hear more; the sounds that are over with it."""
        self._waiting += pcm
        while len(self._waiting) >= self._block_bytes:
            yield from self._take(self._block_bytes)

    def flush(self) -> Iterator[Sound]:
        """End the block that is unfinished."""
        yield from self._take(len(self._waiting) & ~1)

    def _take(self, size: int) -> Iterator[Sound]:
        block = bytes(self._waiting[:size])
        del self._waiting[:size]
        first = self._taken
        self._taken += size // _SAMPLE_BYTES
        if block.count(0) < size:
            yield Sound(checksum=zlib.crc32(block), first=first, end=self._taken)


class RunSplitter:
    """A sound goes from a sample that is not zero to the last one before 20 ms of zeros.

    Shorter zeros inside belong to it; those before its first and behind its last sample do not. A
    flush ends it too.
    """

    def __init__(self) -> None:
        self.heard = 0
        self._half = b""
        self._first: int | None = None  # None: there is silence
        self._checksum = 0
        self._zeros = 0  # behind the last sample that is not zero

    def feed(self, pcm: bytes) -> Iterator[Sound]:
        """Hear more; the sounds that are over with it."""
        pcm = self._half + pcm
        whole = len(pcm) & ~1
        pcm, self._half = pcm[:whole], pcm[whole:]
        begin = self.heard
        for span in _SPANS.finditer(_loudness(pcm)):
            first, end = span.span()
            if span[0][0]:
                self._sound(pcm[first * _SAMPLE_BYTES : end * _SAMPLE_BYTES], at=begin + first)
            else:
                self._zeros += end - first
            self.heard = begin + end
            if self._zeros >= _GAP_SAMPLES:
                yield from self.flush()

    def flush(self) -> Iterator[Sound]:
        """End the sound that is unfinished."""
        if self._first is not None:
            end = self.heard - self._zeros
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
    """One byte a sample, zero where the sample is; without a loop of Python's."""
    low, high = (int.from_bytes(pcm[start::_SAMPLE_BYTES], "big") for start in (0, 1))
    return (low | high).to_bytes(len(pcm) // _SAMPLE_BYTES, "big")
