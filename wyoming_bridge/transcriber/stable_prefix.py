"""The part of a partial that will most likely stay: the common beginning of the last two."""

from itertools import takewhile
from typing import Final

from ..events import PartialText
from .joining import is_unspaced

__all__ = ["StablePrefix"]

_STABLE: Final = 0.9
"""A partial with at least this stability counts as settled as a whole. Scriptix, the only service
that sends a stability, sends 1.0 for settled text."""


class StablePrefix:
    """The stable beginning of one segment's partials."""

    def __init__(self) -> None:
        self._last = ""
        self._agreed = ""

    @property
    def text(self) -> str:
        """The beginning of the last partial that counts as settled."""
        return self._agreed

    def take(self, partial: PartialText) -> None:
        """Add the next partial."""
        text = partial.text.strip()
        if (partial.stability or 0) >= _STABLE:
            self._agreed = text
        else:
            agreed = _whole_words(_common(self._last, text))
            if len(agreed) > len(self._agreed) or not _begins(text, self._agreed):
                self._agreed = agreed
        self._last = text


def _begins(text: str, beginning: str) -> bool:
    """Return whether a text begins with the words of ``beginning``.

    The text "light" does not begin with the word "li".
    """
    rest = text[len(beginning) :]
    if not beginning or not text.startswith(beginning):
        return not beginning
    return not rest or rest[0].isspace() or is_unspaced(beginning[-1])


def _common(one: str, other: str) -> str:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return one[: sum(1 for _ in same)]


def _whole_words(common: str) -> str:
    """Drop the last word, which may be incomplete, or in unspaced scripts the last character."""
    end = len(common)
    if end and is_unspaced(common[end - 1]):
        return common[: end - 1].rstrip()
    while end and not (common[end - 1].isspace() or is_unspaced(common[end - 1])):
        end -= 1
    return common[:end].rstrip()
