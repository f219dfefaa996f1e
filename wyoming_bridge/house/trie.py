"""Prefix trees of texts, in the form in which texts are compared."""

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["CJK_SPACE", "Trie", "folded"]

CJK_SPACE: Final = re.compile(
    r"(?<=[\u3040-\u9fff\uac00-\ud7af])\s+(?=[\u3040-\u9fff\uac00-\ud7af])"
)
"""Matches the white space between Chinese, Japanese or Korean characters."""


def folded(text: str) -> str:
    """Return a text in the form in which texts are compared.

    It is in lower case, with spaces for hyphens and underscores, and with straight apostrophes.
    """
    text = text.replace("\u2019", "'").translate({45: " ", 95: " "})
    return "".join(each.casefold() if len(each.casefold()) == 1 else each for each in text)


class Trie:
    """A prefix tree of texts, with one node per character."""

    __slots__ = ("ends", "ends_number", "next")

    def __init__(self) -> None:
        self.next: dict[str, Trie] = {}
        self.ends = False
        self.ends_number = False
        """Whether a number ends here. hassil allows a space after it, as in "50 %"."""

    def add(self, text: str, *, is_number: bool = False) -> None:
        """Add a folded text."""
        node = self
        for each in text:
            node = node.next.setdefault(each, Trie())
        node.ends = True
        node.ends_number |= is_number

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Trie":
        """Fold the texts, and return a trie of them."""
        trie = cls()
        for text in texts:
            if key := " ".join(folded(text).split()):
                trie.add(key)
        return trie
