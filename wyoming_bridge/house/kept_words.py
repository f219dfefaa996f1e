"""The words without which a text would mean something else, such as "not"."""

from collections.abc import Iterable

from .words import Words

__all__ = ["KeptWords"]


class KeptWords:
    """The words of a language that a repair must not remove.

    These are negations and exceptions, and the words with which a question or a report begins:
    "did you turn on the lights" is no command, although it sounds like one.
    """

    def __init__(self, *, anywhere: Iterable[str], first: Iterable[str], words: Words) -> None:
        """Take words that count anywhere in a text, and words that count at its beginning."""
        self._words = words
        self._anywhere = {words.of(each) for each in anywhere}
        self._first = {words.of(each) for each in first}

    def loses(self, heard: str, command: str) -> bool:
        """Return whether the transcript has such a word that the command does not have."""
        said = self._words.of(heard).split()
        kept = self._anywhere.intersection(said) | self._first.intersection(said[:1])
        return not kept.issubset(self._words.of(command).split())
