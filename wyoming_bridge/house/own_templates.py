"""Reads the house's own sentences, which users and clients write as hassil templates.

A client sends the sentences of its house with a request, so they can be of any kind.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Final

from ..errors import one_line
from .complexity import ComplexityBudget
from .grammar import Grammar
from .house import SentencesError
from .list_tries import Scope
from .states import Continuation

__all__ = ["own_templates"]

_log = logging.getLogger(__name__)

_SHOWN: Final = 100
"""The most characters of a sentence that are logged."""


def own_templates(
    sentences: Sequence[str], scope: Scope, *, grammar: Grammar
) -> Iterator[Continuation]:
    """Yield the templates of the house's own sentences, except those that are too complex.

    Lists that the sentences use and ``scope`` does not know are added to it as wildcards.

    Raises:
        SentencesError: Some sentences are not hassil templates. All others were yielded before.
    """
    from hassil.intents import WildcardSlotList
    from hassil.parse_expression import parse_sentence

    budget = ComplexityBudget(scope.rules)
    broken: dict[str, str] = {}
    too_complex: list[str] = []
    for i, text in enumerate(sentences):
        try:
            sentence = parse_sentence(text)
            if not budget.take(sentence):
                too_complex.append(text)
                continue
            unknown = set(sentence.list_names(dict(scope.rules))) - {*scope.lists, "name"}
            scope.lists = {**scope.lists, **{each: WildcardSlotList(each) for each in unknown}}
            template = Continuation.template(sentence.expression, scope, end=Continuation.end(text))
            tuple(grammar.closure((template,), after_space=True))
        except Exception as err:  # noqa: BLE001 - hassil raises many kinds of errors
            broken[text] = f"sentences[{i}]: must be a hassil template, got {text!r}: {err}"
        else:
            yield template
    if too_complex:  # logged in one line, because there may be hundreds
        _log.warning(
            "a sentence of the house stands for too many numbers or orders of words, so it is not "
            "used: %s%s",
            one_line(too_complex[0][:_SHOWN]),
            f" (and {len(too_complex) - 1} others)" if len(too_complex) > 1 else "",
        )
    if broken:
        others = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise SentencesError(f"{next(iter(broken.values()))}{others}", sentences=tuple(broken))
