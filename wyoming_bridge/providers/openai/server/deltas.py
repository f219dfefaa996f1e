"""Turns an engine's partial texts, which may change later, into deltas, which only add text."""

from collections import deque
from itertools import takewhile

__all__ = ["Deltas"]


class Deltas:
    """The deltas of one item.

    A word is sent when several partial texts in a row contain it, so a word that the engine changes
    later is seldom sent. If the deltas and the complete text differ, the complete text counts.
    """

    def __init__(self, *, agreeing: int) -> None:
        """Create an item without text. ``agreeing`` partial texts in a row must contain a word."""
        self._recent: deque[list[str]] = deque(maxlen=agreeing)
        self._sent: list[str] = []

    def partial(self, text: str) -> str:
        """Read a partial text. Return the text of the next delta; empty if there is none."""
        self._recent.append(text.split())
        if len(self._recent) < (self._recent.maxlen or 0):
            return ""
        together = zip(*self._recent, strict=False)
        agreed = [words[0] for words in takewhile(lambda each: len(set(each)) == 1, together)]
        return self._add(agreed)

    def complete(self, text: str) -> str:
        """Return the text of the last delta: what the complete text adds to the earlier deltas.

        Return an empty text if the complete text adds nothing or does not begin with the deltas.
        """
        return self._add(text.split())

    def _add(self, words: list[str]) -> str:
        known = len(self._sent)
        if words[:known] != self._sent or len(words) == known:
            return ""
        added = " ".join(words[known:])
        self._sent = words
        return f" {added}" if known else added
