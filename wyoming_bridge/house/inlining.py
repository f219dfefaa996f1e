"""Makes sentence templates self-contained: their rules and lists are written into them.

A user of Home Assistant can define rules (``<rule>``) and lists (``{list}``) for custom sentences.
A house has no rules or lists of its own, and a remote bridge does not know those of Home Assistant.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from .data import MAX_SENTENCE_LENGTH
from .libraries import intents_of, load

if TYPE_CHECKING:
    from hassil import Sentence
    from hassil.expression import Expression
    from hassil.intents import SlotList

__all__ = ["own_skip_words", "self_contained"]

_MAX_DEPTH: Final = 20
"""How deep rules may be nested. Home Assistant's own rules are nested 4 deep at most."""

_ALWAYS_KNOWN: Final = frozenset({"name", "area", "floor"})
"""Lists whose values are the names of a house."""

_SPECIAL: Final = str.maketrans({each: f"\\{each}" for each in "\\()[]{}<>|;"})


def self_contained(
    text: str,
    *,
    rules: Mapping[str, "Sentence"],
    lists: Mapping[str, "SlotList"],
    longest: int = MAX_SENTENCE_LENGTH,
) -> str:
    """Return a hassil template without rules and without lists of texts.

    ``{name}``, ``{area}`` and ``{floor}`` stay, and so do lists that stand for any words. A list
    that is a range of numbers becomes a range in the template.

    Raises:
        ValueError: The template cannot be parsed, would have more than ``longest`` characters, or
            refers to a rule that does not exist, contains itself, or is nested more than 20 deep.
        DependencyError: hassil is not installed.
    """
    load("hassil")
    from hassil.parse_expression import parse_sentence

    try:
        parsed = parse_sentence(text)
    except Exception as err:  # hassil raises many kinds of errors
        raise ValueError(f"{text!r} is not a hassil template: {err}") from err
    writer = _Writer(text, rules=rules, lists=lists, longest=longest)
    writer.write(parsed.expression, within=())
    return " ".join("".join(writer.parts).split())


def own_skip_words(words: Iterable[str], *, language: str) -> tuple[str, ...]:
    """Return the skip words that are not among Home Assistant's own for the language, sorted.

    Raises:
        DependencyError: A library of the extra ``house`` is not installed.
    """
    intents = intents_of(language)
    return tuple(sorted({*words} - {*(intents.skip_words if intents else ())}))


class _Writer:
    """Writes an expression as a template, and stops when the template is too long."""

    def __init__(
        self,
        text: str,
        *,
        rules: Mapping[str, "Sentence"],
        lists: Mapping[str, "SlotList"],
        longest: int,
    ) -> None:
        self.parts: list[str] = []
        self._text = text
        self._rules = rules
        self._lists = lists
        self._longest = longest
        self._left = longest

    def write(self, expression: "Expression", *, within: tuple[str, ...]) -> None:
        """Write an expression. ``within`` names the rules that contain it."""
        from hassil.expression import (
            Alternative,
            ListReference,
            Permutation,
            RuleReference,
            Sequence,
            TextChunk,
        )

        match expression:
            case TextChunk():
                self._add(expression.original_text.translate(_SPECIAL))
            case Alternative(is_optional=True):  # its last item is the empty text
                self._group("[", "|", "]", expression.items[:-1], within)
            case Alternative():
                self._group("(", "|", ")", expression.items, within)
            case Permutation():
                self._group("(", ";", ")", expression.items, within)
            case Sequence():
                for item in expression.items:
                    self.write(item, within=within)
            case RuleReference():
                self._rule(expression.rule_name, within)
            case ListReference():
                self._list(expression, within)
            case _:
                raise ValueError(f"{self._text!r}: unknown expression {expression!r}")

    def _add(self, part: str) -> None:
        # Each part counts as at least one character, so that the limit also stops rules that refer
        # to each other many times without any text.
        self._left -= max(1, len(part))
        if self._left < 0:
            raise ValueError(
                f"{self._text!r} must have at most {self._longest} characters with its rules and "
                "lists"
            )
        self.parts.append(part)

    def _group(
        self,
        opening: str,
        separator: str,
        closing: str,
        items: "list[Expression]",
        within: tuple[str, ...],
    ) -> None:
        self._add(opening)
        for i, item in enumerate(items):
            if i:
                self._add(separator)
            self.write(item, within=within)
        self._add(closing)

    def _rule(self, name: str, within: tuple[str, ...]) -> None:
        if name not in self._rules:
            raise ValueError(f"{self._text!r}: there is no rule <{name}>")
        if name in within or len(within) >= _MAX_DEPTH:
            raise ValueError(
                f"{self._text!r}: the rule <{name}> contains itself, or is nested more than "
                f"{_MAX_DEPTH} deep"
            )
        self._group("(", "", ")", [self._rules[name].expression], (*within, name))

    def _list(self, reference: object, within: tuple[str, ...]) -> None:
        from hassil.expression import ListReference
        from hassil.intents import RangeSlotList, TextSlotList

        assert isinstance(reference, ListReference)  # noqa: S101 - for the type checker
        name = reference.list_name
        values = None if name in _ALWAYS_KNOWN else self._lists.get(name)
        if isinstance(values, TextSlotList) and not values.values:
            raise ValueError(f"{self._text!r}: the list {{{name}}} is empty")
        if isinstance(values, TextSlotList):
            self._group("(", "|", ")", [each.text_in for each in values.values], within)
        elif isinstance(values, RangeSlotList) and values.start >= 0:
            self._add(f"{{{values.start}..{values.stop},{values.step}:{name}}}")
        elif reference.is_inline_range:
            self._add(f"{{{name}:{reference.slot_name}}}")
        else:
            self._add(f"{{{name}}}")
