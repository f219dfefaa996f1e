"""The completeness of texts: whether a text is a command of the house."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houses import house_in, understood
from wyoming_bridge.house import Area, Completeness, House, HouseEntity
from wyoming_bridge.house.completeness import CommandMatcher

pytestmark = pytest.mark.once

COMPLETE, EXTENDABLE, UNFINISHED, UNKNOWN = Completeness


@cache
def english() -> CommandMatcher:
    house = House(
        areas=(Area(name="kitchen"), Area(name="office")),
        entities=(
            HouseEntity(name="bed light", domain="light"),
            HouseEntity(name="bed light two", domain="switch"),
            HouseEntity(name="front door", domain="lock"),
            HouseEntity(name="outdoor humidity", domain="sensor"),
            HouseEntity(name="standing light", domain="light"),
            HouseEntity(name="mood lighting", domain="scene"),
            HouseEntity(name="thermostat", domain="climate"),
            HouseEntity(name="Rosie", domain="vacuum"),
        ),
        sentences=("(make|brew) [some] coffee [now]", "remind me to {task} at noon", "say {words}"),
    )
    return CommandMatcher(house)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("turn on the", UNFINISHED),
        ("turn on the kitchen", UNFINISHED),
        ("turn on the kitchen lights", COMPLETE),
        ("turn on the lights", EXTENDABLE),
        ("Turn on the lights, please.", EXTENDABLE),
        ("could you turn on the kitchen lights", COMPLETE),
        ("set a timer for five", UNFINISHED),
        ("set a timer for 5", UNFINISHED),
        ("set a timer for five minutes", EXTENDABLE),
        ("set a timer for twenty-five minutes", EXTENDABLE),
        ("set bed light brightness to", UNFINISHED),
        ("set bed light brightness to fifty", EXTENDABLE),
        ("set bed light brightness to 50%", COMPLETE),
        ("turn on the bed", UNFINISHED),  # "bed" is the beginning of a name
        ("turn on the bed li", UNKNOWN),  # "li" is not a whole word
        ("turn on the bed light", EXTENDABLE),  # "two" may follow: "bed light two" is a name
        ("turn on the standing light", COMPLETE),
        ("turn on the standing", UNFINISHED),
        ("activate mood lighting", COMPLETE),  # "scene" may follow, but does not change the meaning
        ("what's the date", COMPLETE),  # "today" may follow, but does not change the meaning
        ("what is the thermostat", EXTENDABLE),  # with "temperature" it asks for something else
        ("what is the thermostat temperature", COMPLETE),
        # "in the kitchen" may follow: then the vacuum cleaner Rosie cleans only the kitchen.
        ("start Rosie", EXTENDABLE),
        # "the ground floor off" may follow, but such endings are ignored on purpose.
        ("turn the thermostat on", COMPLETE),
        ("what time is it", COMPLETE),
        ("set bed light brightness to fifty percent", COMPLETE),
        ("turn on the front door", UNKNOWN),  # this door is a lock, which cannot be turned on
        ("lock the front", UNFINISHED),
        ("what is the outdoor humidity", COMPLETE),
        ("add milk", UNFINISHED),
        ("add milk to my", UNFINISHED),
        ("stop it", UNKNOWN),  # "timer" may follow, but without a pause
        ("cancel the pizza timer", COMPLETE),
        ("add milk to my shopping list", COMPLETE),
        ("broadcast dinner is ready", UNKNOWN),  # only fits a template that ends with a wildcard
        ("make", UNFINISHED),
        ("make coffee", COMPLETE),  # "now" may follow, but does not change the meaning
        ("brew some coffee now", COMPLETE),
        ("remind me to call", UNFINISHED),
        ("remind me to call at noon", COMPLETE),
        ("say hello", UNKNOWN),
        ("", UNKNOWN),
        ("...", UNKNOWN),
        ("I was thinking about the kitchen", UNKNOWN),
        ("you know what he said", UNKNOWN),
        ("turn on the kitchen lights and so on", UNKNOWN),
        ("turn on " * 100, UNKNOWN),
    ],
)
def test_each_text_has_its_completeness(text: str, expected: Completeness) -> None:
    assert english().completeness(text) is expected
    assert english().completeness(text) is expected  # the second time from the cache


@pytest.mark.parametrize(
    ("language", "whole", "begun"),
    [
        ("nl", "doe de plafondlamp aan", "doe de plafondlamp"),
        ("nl-BE", "zet een timer van vijf minuten", "zet een timer van vijf"),
        ("de", "schalte die Deckenlampe aus", "schalte die Deckenlampe"),
        ("fr", "allume la lumière de la cuisine", "allume la lumière de la"),
    ],
)
def test_other_languages_are_known_too(language: str, whole: str, begun: str) -> None:
    house = house_in(language[:2])
    matcher = CommandMatcher(House(language=language, entities=house.entities, areas=house.areas))
    assert matcher.completeness(whole) in {COMPLETE, EXTENDABLE}
    assert matcher.completeness(begun) in {UNFINISHED, EXTENDABLE}


@pytest.mark.parametrize(
    ("language", "begun", "ended"),
    [
        ("nl", "zet de kachel", "zet de kachel aan"),
        ("de", "setz die Waschmaschine", "setz die Waschmaschine an"),
    ],
)
def test_a_particle_ends_a_text_that_only_fits_a_wildcard(
    language: str, begun: str, ended: str
) -> None:
    matcher = CommandMatcher(house_in(language))
    assert matcher.completeness(begun) is UNFINISHED  # "op mijn lijst" may follow
    assert matcher.completeness(ended) is UNKNOWN


def test_a_text_that_only_fits_a_wildcard_may_be_misheard() -> None:
    assert english().may_be_misheard("add milk")
    assert english().may_be_misheard("is the front door lock")  # the beginning of a word
    assert not english().may_be_misheard("turn on the")
    assert not english().may_be_misheard("turn on the kitchen lights")


def test_words_without_spaces_are_known() -> None:
    matcher = CommandMatcher(
        House(language="zh-CN", entities=(HouseEntity(name="卧室灯", domain="light"),))
    )
    assert matcher.completeness("打开卧室灯") in {COMPLETE, EXTENDABLE}
    assert matcher.completeness("打开 卧室灯") in {COMPLETE, EXTENDABLE}


def test_a_language_without_sentences_knows_only_the_house_s_own() -> None:
    matcher = CommandMatcher(House(language="eo", sentences=("ek al laboro",)))
    assert not matcher.is_available
    assert matcher.completeness("ek al") is UNFINISHED
    assert matcher.completeness("ek al laboro") is COMPLETE
    assert matcher.completeness("turn on the") is UNKNOWN


def test_a_broken_template_is_named() -> None:
    with pytest.raises(ValueError, match=r"^sentences\[1\]: must be a hassil template, got '\(a'"):
        CommandMatcher(House(sentences=("a", "(a")))


WORDS = st.sampled_from(
    [
        "turn",
        "on",
        "off",
        "the",
        "lights",
        "kitchen",
        "ceiling",
        "light",
        "in",
        "set",
        "a",
        "timer",
        "for",
        "5",
        "five",
        "minutes",
        "desk",
        "fan",
        "what",
        "is",
        "temperature",
        "to",
        "percent",
        "50",
        "lock",
        "front",
        "door",
    ]
)


@given(words=st.lists(WORDS, min_size=1, max_size=7))
def test_a_complete_text_is_one_that_home_assistant_understands(words: list[str]) -> None:
    text = " ".join(words)
    house = house_in("en")
    complete = small().completeness(text) in {COMPLETE, EXTENDABLE}
    assert complete == any(name != "HassBroadcast" for name, _ in understood(text, house))


@cache
def small() -> CommandMatcher:
    return CommandMatcher(house_in("en"))
