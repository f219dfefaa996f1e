"""Tries of the lists to which hassil's templates refer: names, other texts, and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .trie import Trie, folded

__all__ = ["ListTries", "Scope"]


@dataclass(slots=True, eq=False)
class Scope:
    """The lists and rules to which the templates of a block can refer, by their names."""

    lists: Mapping[str, Any]
    rules: Mapping[str, Any]
    names: Trie
    areas_are_known: bool = False
    """Whether an area or a floor adds no meaning, because the template contains the name of an
    entity, and each name is unique."""
    tries: dict[str, "Trie | None"] = field(default_factory=dict)


class ListTries:
    """The tries of all lists in one language. Equal lists share a trie."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._tries: dict[tuple[object, ...], Trie] = {}

    def of(self, reference: Any, scope: Scope) -> Trie | None:
        """Return the trie of the list that a template refers to; None if any words are allowed."""
        from hassil.intents import RangeSlotList, TextSlotList
        from hassil.sample import sample_expression

        name = reference.list_name
        if name == "name" and "name" not in scope.lists:
            return scope.names
        if name not in scope.tries:
            slots = scope.lists.get(name)
            key = ("list", name, id(slots))
            if isinstance(slots, TextSlotList):
                if key not in self._tries:
                    self._tries[key] = Trie.of(
                        [
                            text
                            for value in slots.values
                            for text in sample_expression(
                                value.text_in,
                                dict(scope.lists),
                                dict(scope.rules),
                                language=self._language,
                            )
                        ]
                    )
                scope.tries[name] = self._tries[key]
            elif isinstance(slots, RangeSlotList):
                scope.tries[name] = self._numbers(
                    slots.start, slots.stop, slots.step, numbers=tuple(slots.get_numbers())
                )
            elif (span := reference.get_inline_range()) is not None:
                scope.tries[name] = self._numbers(
                    *span, numbers=tuple(range(span[0], span[1] + 1, span[2]))
                )
            else:
                scope.tries[name] = None
        return scope.tries[name]

    def _numbers(self, start: int, stop: int, step: int, *, numbers: Sequence[float]) -> Trie:
        key = ("numbers", start, stop, step, len(numbers))
        if key not in self._tries:
            from hassil.numbers import get_rbnf_engine

            trie = Trie()
            try:
                engine = get_rbnf_engine(self._language)
            except ValueError:
                engine = None
            for each in numbers:
                trie.add(str(each), is_number=True)
                trie.add(str(each).replace(".", ","), is_number=True)
                if engine is not None:
                    for text in set(engine.format_number(each).text_by_ruleset.values()):
                        words = " ".join(folded(text.replace("\u00ad", "")).split())
                        trie.add(words, is_number=True)
                        trie.add(words.replace("ß", "ss"), is_number=True)
            self._tries[key] = trie
        return self._tries[key]
