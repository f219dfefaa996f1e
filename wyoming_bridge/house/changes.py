"""Compares a transcript with a command, word by word."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from .phones import Phones, cost
from .words import Words

__all__ = ["Changes"]


class Changes:
    """Finds the words that a command would change in a transcript."""

    def __init__(self, *, words: Words, phones: Phones) -> None:
        self._words = words
        self._phones = phones

    def are_none(self, heard: str, command: str) -> bool:
        """Return whether the texts have the same words, which may be written differently."""
        return self._words.of(heard) == self._words.of(command)

    def are_small(self, heard: str, command: str, *, replaced: float, added: float) -> bool:
        """Return whether the words that differ sound similar.

        ``replaced`` limits the cost of the sounds that differ in one word, or in neighbouring words
        that become fewer or more words. ``added`` limits it for words that only one text has.
        """
        return all(
            cost(before, after) <= (replaced if before and after else added)
            for before, after in self._of(heard, command)
        )

    def invents(self, heard: str, command: str, *, most_sounds: int) -> bool:
        """Return whether the command has words for which hardly anything was heard.

        What was heard in one place may stand for twice as many sounds, and ``most_sounds`` more.
        """
        return any(
            len(after) > 2 * len(before) + most_sounds for before, after in self._of(heard, command)
        )

    def _of(self, heard: str, command: str) -> Iterator[tuple[str, str]]:
        """Yield the sounds of words that differ, in the transcript and in the command.

        Neighbouring words that differ are compared one by one. If one text has more of them, they
        are compared as a whole: "can sell" may be "cancel".
        """
        before, after = self._sounds(heard), self._sounds(command)
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for kind, i, until_i, j, until_j in matcher.get_opcodes():
            if kind == "equal":
                continue
            if until_i - i == until_j - j:
                yield from zip(before[i:until_i], after[j:until_j], strict=True)
            else:
                yield "".join(before[i:until_i]), "".join(after[j:until_j])

    def _sounds(self, text: str) -> list[str]:
        return [self._phones.of(word) for word in self._words.of(text).split()]
