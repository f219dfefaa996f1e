"""Cuts the speech of one voice into pieces that the model can take, and keeps their audio."""

from typing import Final

import numpy as np

from ..piece import SAMPLE_BYTES, SAMPLES_PER_MS, Piece
from ..speech_finder import SpeechFinder

__all__ = ["Speech"]

CUT_FROM_MS: Final = 5000
"""A piece of the maximum length is cut in its second half, where it is quietest."""

CUT_WINDOW_MS: Final = 200
"""The length of audio whose loudness is compared: pauses between words are about as long."""


class Speech(SpeechFinder):
    """Finds the pieces of speech in one voice, and keeps the audio of the newest ones."""

    def __init__(self) -> None:
        """Start before the first audio.

        Raises:
            DependencyError: The library of the voice detector is not installed.
        """
        super().__init__()
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> list[Piece]:
        """Take more audio, and return the pieces that it finishes.

        Their audio is available until the next call of ``drop``.
        """
        self._pcm += pcm
        return super().feed(pcm)

    def audio(self, piece: Piece) -> bytes:
        """Return the audio of a piece."""
        start, end = (SAMPLE_BYTES * (at - self._kept_from) for at in (piece.start, piece.end))
        return bytes(self._pcm[start:end])

    def drop(self) -> None:
        """Drop the audio that no later piece can contain."""
        before = self._kept_from
        super().drop()
        del self._pcm[: (self._kept_from - before) * SAMPLE_BYTES]

    def _cut(self) -> int:
        """Return the middle of the quietest window in the second half of the open piece."""
        first = (self._piece_start or 0) + CUT_FROM_MS * SAMPLES_PER_MS
        pcm = self.audio(Piece(start=first, end=super()._cut()))
        energy = np.cumsum(np.square(np.frombuffer(pcm, "<i2").astype(np.float64)))
        window = CUT_WINDOW_MS * SAMPLES_PER_MS
        return first + int(np.argmin(energy[window:] - energy[:-window])) + window // 2
