"""The beginnings of commands: none is complete if the rest of the command changes its meaning.

The commands are all of those that repair knows, and one of each of Home Assistant's templates.
hassil decides what a text means.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import pytest
from hassil.expression import (
    Alternative,
    Expression,
    ListReference,
    Permutation,
    RuleReference,
    TextChunk,
)
from hassil.expression import Sequence as Parts
from hassil.intents import RangeSlotList, SlotList, TextSlotList

from houses import house_in, understood
from wyoming_bridge.house import Completeness, House
from wyoming_bridge.house.completeness import CommandMatcher
from wyoming_bridge.house.expansion import expand, parsed
from wyoming_bridge.house.language_templates import Templates
from wyoming_bridge.house.libraries import intents_of
from wyoming_bridge.house.template_groups import groups_of

pytestmark = pytest.mark.once

LANGUAGES = ("en", "nl", "de", "fr")

_LOCATIONS = {"area", "floor", "preferred_area_id", "preferred_floor_id"}
"""Slots that do not change the meaning of a command that names an entity with a unique name."""


_ANY_WORDS = {"HassBroadcast", "HassMediaSearchAndPlay"}
"""Intents that accept any words, and so also the words that follow a command."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_command_is_complete_before_words_that_change_its_meaning(language: str) -> None:
    house = house_in(language)
    commands = {*curated_commands(house), *sampled_commands(house)}
    matcher = CommandMatcher(house)
    pairs = list(complete_beginnings(commands, matcher))

    assert len(commands) > 1000
    assert len(pairs) > 20  # such as "what is the date", to which "today" can be added
    assert [pair for pair in pairs if changes(*pair, house)] == []


def test_a_longer_command_can_change_the_meaning() -> None:
    house = house_in("en")

    assert changes("what is the thermostat", "what is the thermostat temperature", house)
    assert changes("turn on the lights", "turn on the lights in the office", house)
    assert not changes("what is the date", "what is the date today", house)
    assert not changes("turn on the radio", "turn on the radio in the kitchen", house)


def changes(beginning: str, command: str, house: House) -> bool:
    """Return whether the command and its beginning have different meanings.

    A sampled command may have no meaning, for example if it has the name of a lock where Home
    Assistant expects that of a light. Then the result is False.
    """
    meant = meanings(command, house)
    return bool(meant) and not meanings(beginning, house) & meant


@cache
def meanings(text: str, house: House) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    return {
        (
            intent,
            frozenset(
                (slot, str(value))
                for slot, value in slots.items()
                if not ("name" in slots and slot in _LOCATIONS | {"domain"})
            ),
        )
        for intent, slots in understood(text, house)
        if intent not in _ANY_WORDS
    }


def complete_beginnings(
    commands: Iterable[str], matcher: CommandMatcher
) -> Iterator[tuple[str, str]]:
    """Yield each beginning that is complete, with its command.

    The commands are sorted, because the matcher remembers the beginnings of the last texts.
    """
    for command in sorted(commands):
        words = command.split()
        for count in range(1, len(words)):
            beginning = " ".join(words[:count])
            if matcher.completeness(beginning) is Completeness.COMPLETE:
                yield beginning, command


def curated_commands(house: House) -> Iterator[str]:
    """Yield the commands that repair knows, with the first value of each list."""
    templates = Templates.of(house.language)
    values: dict[str, Sequence[str]] = {
        **{name: each[:1] for name, each in templates.lists.items()},
        **{name: (str(each[0]),) for name, each in templates.numbers.items()},
        "area": [house.areas[0].name],
        "floor": [house.floors[0].name],
    }
    rules = {name: parsed(text) for name, text in templates.rules.items()}
    for group in groups_of(house, templates):
        for template in group.templates:
            names = {**values, "name": group.names or ()}
            for text in expand(parsed(template), names, rules):
                yield " ".join(text.split())


def sampled_commands(house: House) -> Iterator[str]:
    """Yield a random command for each of Home Assistant's templates."""
    intents = intents_of(house.language)
    assert intents is not None
    chance = random.Random(1)  # noqa: S311 - not for a secret
    lists = {
        **intents.slot_lists,
        "name": TextSlotList.from_strings([each.name for each in house.entities]),
        "area": TextSlotList.from_strings([each.name for each in house.areas]),
        "floor": TextSlotList.from_strings([each.name for each in house.floors]),
    }
    for intent in intents.intents.values():
        for block in intent.data:
            known = {**lists, **block.slot_lists}
            rules = {**intents.expansion_rules, **block.expansion_rules}
            for sentence in block.sentences:
                if set(sentence.list_names(rules)) <= {*known} - _wildcards(known):
                    text = _sample(sentence.expression, known, rules, chance)
                    yield " ".join(text.split())


def _wildcards(lists: Mapping[str, SlotList]) -> set[str]:
    return {
        name for name, each in lists.items() if not isinstance(each, TextSlotList | RangeSlotList)
    }


def _sample(
    expression: Expression,
    lists: Mapping[str, SlotList],
    rules: Mapping[str, object],
    chance: random.Random,
) -> str:
    match expression:
        case TextChunk():
            return expression.original_text
        case Alternative():
            return _sample(chance.choice(expression.items), lists, rules, chance)
        case Permutation():
            items = chance.sample(expression.items, len(expression.items))
            return " ".join(_sample(each, lists, rules, chance) for each in items)
        case Parts():
            return "".join(_sample(each, lists, rules, chance) for each in expression.items)
        case RuleReference():
            return _sample(rules[expression.rule_name].expression, lists, rules, chance)
        case ListReference():
            values = lists[expression.list_name]
            return (
                str(values.start)
                if isinstance(values, RangeSlotList)
                else _sample(chance.choice(values.values).text_in, lists, rules, chance)
            )
        case _:
            raise TypeError(f"unknown expression {expression!r}")
