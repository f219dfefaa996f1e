"""The house's own sentences: none of them can take much memory or time.

The tests use a language for which Home Assistant has no sentences, so that only those of the house
are known.
"""

import logging
from string import ascii_lowercase as letters

import pytest
from hassil.parse_expression import parse_sentence

from wyoming_bridge.house import Completeness, House
from wyoming_bridge.house.completeness import CommandMatcher
from wyoming_bridge.house.grammar import Grammar
from wyoming_bridge.house.house import SentencesError
from wyoming_bridge.house.list_tries import Scope
from wyoming_bridge.house.lookahead import Lookahead
from wyoming_bridge.house.states import Continuation
from wyoming_bridge.house.trie import Trie

pytestmark = pytest.mark.once

COMPLETE, EXTENDABLE, UNFINISHED, UNKNOWN = Completeness


def matcher(*sentences: str) -> CommandMatcher:
    return CommandMatcher(House(language="xx", sentences=sentences))


def permutation(items: str) -> str:
    return f"({';'.join(items)})"


@pytest.mark.parametrize(
    ("costly", "text"),
    [
        ("set {0..6000:number}", "set 5"),
        (f"set {{0..{10**24}:number}}", "set 5"),
        ("set {0..2000:low} {10000..13000:high}", "set 5 10000"),
        (permutation(letters[:16]), " ".join(letters[:16])),
        (f"say {permutation(letters[:16])} [{permutation(letters[:16])}]", "say a b"),
    ],
)
def test_a_sentence_with_too_many_numbers_or_orders_is_left_out(
    costly: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    commands = matcher(costly, "brew coffee")

    assert commands.completeness(text) is UNKNOWN
    assert commands.completeness("brew coffee") is COMPLETE
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert costly[:20] in record.getMessage()


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("set {0..10,0:number}", "must not be zero"),
        ("brew <drink>", "there is no rule <drink>"),
    ],
)
def test_a_sentence_that_cannot_be_used_is_an_error_with_its_reason(
    sentence: str, reason: str
) -> None:
    with pytest.raises(SentencesError, match=reason):
        matcher(sentence)


def test_all_sentences_together_have_a_limit(caplog: pytest.LogCaptureFixture) -> None:
    texts = [f"set thing{n} to {{{n}..{n + 1000}:value}}" for n in range(10)]
    commands = matcher(*texts)

    assert [commands.completeness(f"set thing{n} to 500") for n in range(10)] == [
        *[COMPLETE] * 4,
        *[UNKNOWN] * 6,
    ]
    assert "(and 5 others)" in caplog.text


def test_many_sentences_may_have_the_same_range() -> None:
    commands = matcher(*(f"set thing{n} to {{0..1000:value}}" for n in range(10)))

    assert commands.completeness("set thing9 to 500") is COMPLETE


def test_the_items_of_a_permutation_may_come_in_any_order() -> None:
    commands = matcher(permutation([*"abcdef"]))  # type: ignore[arg-type]

    assert commands.completeness("f d b a c e") is COMPLETE
    assert commands.completeness("f d b") is UNFINISHED
    assert commands.completeness("f d d") is UNKNOWN


def test_a_permutation_has_a_state_for_each_set_of_items_and_not_for_each_order() -> None:
    grammar = Grammar("xx", joins_words=False)
    lookahead = Lookahead(grammar, particles=None)
    scope = Scope(lists={}, rules={}, names=Trie())
    expression = parse_sentence(permutation("aaaaaaaaaa")).expression
    template = Continuation.template(expression, scope, end=Continuation.end("any"))

    states = tuple(grammar.closure((template,), after_space=True))
    for character in "a a a a a a a a a a":
        states = grammar.step(states, character)

    assert any(lookahead.can_end(state) for state in states)
    assert grammar.size < 50_000  # there are 3.6 million orders


@pytest.mark.parametrize("part", ["([a]|[b]) ", "([[a]|[b]]|[c]) ", "[a x] [b y] "])
def test_parts_that_can_be_left_out_in_several_ways_take_no_longer(part: str) -> None:
    commands = matcher(part * 60 + "end")

    assert commands.completeness("end") is COMPLETE
    assert commands.completeness("a") is UNFINISHED


def test_words_after_a_command_are_judged_once_and_not_in_each_order() -> None:
    commands = matcher("turn it on " + "[a x] [b y] " * 60)

    assert commands.completeness("turn it on") is EXTENDABLE
