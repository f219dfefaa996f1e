"""Expands hassil's templates to all their texts, and counts these without making them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from .libraries import load

if TYPE_CHECKING:
    from hassil.expression import Expression

__all__ = ["count_texts", "expand", "parsed"]


def parsed(template: str) -> "Expression":
    """Return a template as hassil parses it."""
    load("hassil")
    from hassil.parse_expression import parse_sentence

    return parse_sentence(template).expression


def count_texts(
    expression: "Expression", counts: Mapping[str, int], rules: Mapping[str, "Expression"]
) -> int:
    """Return how many texts a parsed template has.

    ``counts`` is how many values each list has.
    """
    from hassil.expression import Alternative, ListReference, RuleReference
    from hassil.expression import Sequence as Parts

    if isinstance(expression, Alternative):
        return sum(count_texts(each, counts, rules) for each in expression.items)
    if isinstance(expression, Parts):
        total = 1
        for each in expression.items:
            total *= count_texts(each, counts, rules)
        return total
    if isinstance(expression, ListReference):
        return counts[expression.list_name]
    if isinstance(expression, RuleReference):
        return count_texts(rules[expression.rule_name], counts, rules)
    return 1


def expand(
    expression: "Expression",
    values: Mapping[str, Sequence[str]],
    rules: Mapping[str, "Expression"],
) -> Iterator[str]:
    """Yield all texts of a parsed template. Their white space is not normalised.

    hassil's own sampler takes three times as long, and normalises each part of each text.
    """
    from hassil.expression import (
        Alternative,
        ListReference,
        RuleReference,
        TextChunk,
    )
    from hassil.expression import (
        Sequence as Parts,
    )

    if isinstance(expression, TextChunk):
        yield expression.original_text
    elif isinstance(expression, Alternative):
        for each in expression.items:
            yield from expand(each, values, rules)
    elif isinstance(expression, Parts):
        parts = [list(expand(each, values, rules)) for each in expression.items]
        yield from map("".join, product(*parts))
    elif isinstance(expression, ListReference):
        yield from values[expression.list_name]
    elif isinstance(expression, RuleReference):
        yield from expand(rules[expression.rule_name], values, rules)
    else:
        raise ValueError('permutations, such as "(a;b)", are not supported')  # noqa: TRY004 - the text is wrong, not its type
