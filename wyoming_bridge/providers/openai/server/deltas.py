"""Turns the partial texts of an engine, which it may change, into deltas that only add text."""

from collections import deque
from itertools import takewhile

__all__ = ["Deltas"]


class Deltas:
    """The deltas of one item.

    A word is sent when several partial texts in a row have it. So a word that the engine takes back
    is seldom sent. The complete text is authoritative.
    """

    def __init__(self, *, agreeing: int) -> None:
        """Begin without text. ``agreeing``: how many partial texts in a row must have a word."""
        self._recent: deque[list[str]] = deque(maxlen=agreeing)
        self._sent: list[str] = []

    def partial(self, text: str) -> str:
        """Return the text to add after a partial text; empty for none."""
        self._recent.append(text.split())
        if len(self._recent) < (self._recent.maxlen or 0):
            return ""
        together = zip(*self._recent, strict=False)
        agreed = [words[0] for words in takewhile(lambda each: len(set(each)) == 1, together)]
        return self._add(agreed)

    def complete(self, text: str) -> str:
        """Return the text to add before the complete text; empty if the deltas differ from it."""
        return self._add(text.split())

    def _add(self, words: list[str]) -> str:
        known = len(self._sent)
        if words[:known] != self._sent or len(words) == known:
            return ""
        added = " ".join(words[known:])
        self._sent = words
        return f" {added}" if known else added
