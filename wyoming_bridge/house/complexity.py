"""Limits what the house's own sentences may cost, before they are used.

A template of 20 characters can stand for millions of numbers, or for millions of orders of a
permutation. A client sends the sentences of its house with a request, so they can be of any kind.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hassil import Sentence
    from hassil.expression import Expression

__all__ = ["ComplexityBudget"]

_MAX_STATES: Final = 200_000
"""The most states of the automaton for all of the house's own sentences together. A sentence has
about one state per character, so sentences without permutations never have as many."""

_MAX_NUMBERS: Final = 5_000
"""The most numbers in the ranges of all of these sentences together. Each range counts once. A
thousand numbers, with their words, take 1 to 2 MB and up to 2 s of CPU time."""


class ComplexityBudget:
    """Counts what sentences cost, and says which ones are affordable."""

    def __init__(self, rules: Mapping[str, "Sentence"]) -> None:
        """Begin without sentences. ``rules`` are those that the sentences can refer to."""
        self._rules = rules
        self._states_left = _MAX_STATES
        self._numbers_left = _MAX_NUMBERS
        self._ranges: set[tuple[int, int, int]] = set()

    def take(self, sentence: "Sentence") -> bool:
        """Return whether a sentence is affordable. If it is, count it.

        Raises:
            ValueError: The sentence refers to a rule that does not exist, or has a step of 0.
        """
        ranges: set[tuple[int, int, int]] = set()
        states = self._states(sentence.expression, ranges)
        ranges -= self._ranges
        numbers = sum(_length(range(first, last + 1, step)) for first, last, step in ranges)
        if states > self._states_left or numbers > self._numbers_left:
            return False
        self._states_left -= states
        self._numbers_left -= numbers
        self._ranges |= ranges
        return True

    def _states(self, expression: "Expression", ranges: set[tuple[int, int, int]]) -> int:
        """Return how many states an expression has, and add its ranges to ``ranges``."""
        from hassil.expression import (
            Alternative,
            ListReference,
            Permutation,
            RuleReference,
            TextChunk,
        )
        from hassil.expression import Sequence as Parts

        match expression:
            case TextChunk():
                return 1 + len(expression.text)
            case Alternative() | Parts():
                return 1 + sum(self._states(each, ranges) for each in expression.items)
            case Permutation():
                # A state depends on which of the items are left.
                items = sum(self._states(each, ranges) for each in expression.items)
                return (1 << len(expression.items)) * (1 + items)
            case RuleReference():
                if expression.rule_name not in self._rules:
                    raise ValueError(f"there is no rule <{expression.rule_name}>")
                return 1 + self._states(self._rules[expression.rule_name].expression, ranges)
            case ListReference():
                if (span := expression.get_inline_range()) is not None:
                    ranges.add(span)
                return 1
            case _:
                raise TypeError(f"unknown expression {expression!r}")


def _length(numbers: range) -> int:
    """Return how many numbers a range has. ``len`` fails if it does not fit into 64 bits."""
    return (numbers[-1] - numbers[0]) // numbers.step + 1 if numbers else 0
