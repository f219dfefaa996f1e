"""Pairs of opposite words, such as "on" and "off"."""

from collections.abc import Iterable, Sequence

from .words import Words

__all__ = ["Opposites"]


class Opposites:
    """The opposite words of a language. Finds texts that differ in one of them, or in a number."""

    def __init__(self, pairs: Iterable[Sequence[str]], *, words: Words) -> None:
        """Take pairs of words in the form that ``Words.of`` returns."""
        self._words = words
        self._opposites: dict[str, set[str]] = {}
        for first, second in pairs:
            self._opposites.setdefault(first, set()).add(second)
            self._opposites.setdefault(second, set()).add(first)

    def contradicts(self, first: str, second: str) -> bool:
        """Return whether two commands differ only in opposite words, or only in numbers."""
        one, two = self._words.of(first).split(), self._words.of(second).split()
        return (
            len(one) == len(two)
            and one != two
            and all(
                a == b or b in self._opposites.get(a, ()) for a, b in zip(one, two, strict=True)
            )
        ) or self._differ_only_in_numbers(first, second)

    def reverses(self, heard: str, command: str) -> bool:
        """Return whether the command has the opposite of a heard word, or different numbers.

        Only a score can justify such a command, because the heard word fits the sound better.
        """
        heard_words, command_words = self._words.of(heard), self._words.of(command)
        numbers = self._words.numbers_of(heard_words)
        if numbers and numbers != self._words.numbers_of(command_words):
            return True
        return self.opposes(heard, command)

    def opposes(self, heard: str, command: str) -> bool:
        """Return whether the command has the opposite of a heard word instead of that word."""
        said, would_say = (set(self._words.of(text).split()) for text in (heard, command))
        return any(self._opposites.get(word, set()) & would_say - said for word in said - would_say)

    def _differ_only_in_numbers(self, first: str, second: str) -> bool:
        one, two = self._words.of(first), self._words.of(second)
        return one != two and self._words.without_numbers(one) == self._words.without_numbers(two)
