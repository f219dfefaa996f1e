"""The parts of a segment that may be speech, for engines that decode all audio."""

from .piece import Piece
from .speech_finder import SpeechFinder

__all__ = ["SpokenParts"]


class SpokenParts:
    """The pieces of a segment that may be speech, for engines that decode all audio."""

    def __init__(self, finder: SpeechFinder | None = None) -> None:
        """Start before the first audio.

        Raises:
            DependencyError: The library of the voice detector is not installed.
        """
        self._finder = finder or SpeechFinder()
        self._parts: list[Piece] = []

    @property
    def parts(self) -> list[Piece]:
        """The parts of the segment that are speech, so far.

        The speech that is not finished yet counts only if the detector is sure, because any sound
        is short at first. A later sound does not take away a part for which the detector was sure.
        """
        parts = list(self._parts)
        if piece := self._finder.open_piece:
            part = piece if piece.evidence.is_sure else piece.sure_part
            parts += [part] if part else []
        return parts

    def feed(self, pcm: bytes) -> None:
        """Take more audio."""
        self._keep(self._finder.feed(pcm))
        self._finder.drop()

    def flush(self) -> list[Piece]:
        """End the segment, and return its parts that are speech."""
        self._keep(self._finder.flush()[0])
        self._finder.drop()
        parts, self._parts = self._parts, []
        return parts

    def _keep(self, pieces: list[Piece]) -> None:
        self._parts += [part for piece in pieces if (part := piece.spoken_part)]
