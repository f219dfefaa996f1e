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
        self._held = bytearray()

    def add(self, pcm: bytes) -> list[bytes]:
        """Take audio; give the batches that are full."""
        self._held += pcm
        return [self._cut(BATCH_BYTES) for _ in range(len(self._held) // BATCH_BYTES)]

    def take(self) -> list[bytes]:
        """The rest, as one batch; nothing where nothing is held."""
        return [self._cut(len(self._held))] if self._held else []

    def _cut(self, size: int) -> bytes:
        batch = bytes(self._held[:size])
        del self._held[:size]
        return batch
