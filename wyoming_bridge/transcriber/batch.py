"""Audio in pieces of 100 ms: satellites send 64 ms, Home Assistant 10, and each message costs."""

from typing import Final

from ..providers.contract import SERVICE_FORMAT

__all__ = ["BATCH_BYTES", "Batcher"]

BATCH_BYTES: Final = SERVICE_FORMAT.bytes_of(100)
"""A word is spoken in 200 ms and more; 100 ms of delay hide in the service's own."""


class Batcher:
    """Joins what is small and splits what is large, in order. Holds less than one batch.

    Nobody waits for the rest of a batch: with a pause or the end it is taken as it is.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, pcm: bytes) -> list[bytes]:
        """Take audio; give the batches that are full."""
        self._parts.append(pcm)
        self._size += len(pcm)
        if self._size < BATCH_BYTES:
            return []
        held = b"".join(self._parts)
        whole = self._size - self._size % BATCH_BYTES
        self._size -= whole
        self._parts = [held[whole:]] if self._size else []
        return [held[start : start + BATCH_BYTES] for start in range(0, whole, BATCH_BYTES)]

    def take(self) -> list[bytes]:
        """The rest, as one batch; nothing where nothing is held."""
        parts, self._parts, self._size = self._parts, [], 0
        return [b"".join(parts)] if parts else []
