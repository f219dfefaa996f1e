"""Audio in pieces of 50 to 100 ms: Home Assistant sends 10 ms, and each message costs."""

from typing import Final

from ..providers.contract import SERVICE_FORMAT

__all__ = ["MAX_BATCH_BYTES", "Batcher"]

MAX_BATCH_BYTES: Final = SERVICE_FORMAT.bytes_of(100)
"""A word is spoken in 200 ms and more; 100 ms of delay hide in the service's own."""


class Batcher:
    """Joins what is small and splits what is large, in order. Holds less than one batch."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, pcm: bytes) -> list[bytes]:
        """Take audio; give what is due.

        A batch is due when another chunk like this one would make it larger than allowed, so
        that 64 ms chunks pass as they are and 10 ms chunks go ten at a time.
        """
        due: list[bytes] = []
        if self._size + len(pcm) > MAX_BATCH_BYTES:
            due += self.take()
        for start in range(0, len(pcm), MAX_BATCH_BYTES):
            piece = pcm if len(pcm) <= MAX_BATCH_BYTES else pcm[start : start + MAX_BATCH_BYTES]
            self._parts.append(piece)
            self._size += len(piece)
            if self._size + len(piece) > MAX_BATCH_BYTES:
                due += self.take()
        return due

    def take(self) -> list[bytes]:
        """The rest, as one batch; nothing where nothing is held."""
        parts, self._parts, self._size = self._parts, [], 0
        if not parts:
            return []
        return parts if len(parts) == 1 else [b"".join(parts)]
