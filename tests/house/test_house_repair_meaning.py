"""Texts that sound like a command, but ask for something else, are not replaced by it."""

from collections.abc import Sequence
from functools import cache

import pytest

from houses import house_in
from wyoming_bridge.house import Area, Floor, House, HouseEntity, RepairMode, Score
from wyoming_bridge.house.language import HouseLanguage
from wyoming_bridge.house.language_templates import LANGUAGES, Templates

pytestmark = pytest.mark.once

CAREFUL, ON = RepairMode.CAREFUL, RepairMode.ON

ENGLISH = House(
    floors=(Floor(name="Ground floor"), Floor(name="First floor")),
    areas=(Area(name="Kitchen"), Area(name="Living Room"), Area(name="Bedroom")),
    entities=(
        HouseEntity(name="Desk Lamp", domain="light"),
        HouseEntity(name="Fan", domain="fan"),
        HouseEntity(name="TV", domain="media_player"),
        HouseEntity(name="Blinds", domain="cover", device_class="blind"),
        HouseEntity(name="Plug 1", domain="switch"),
        HouseEntity(name="Plug 2", domain="switch"),
        HouseEntity(name="Red Lamp", domain="light"),
        HouseEntity(name="Led Lamp", domain="light"),
        HouseEntity(name="Outdoor Temperature", domain="sensor"),
    ),
)


@cache
def language_of(house: House) -> HouseLanguage:
    return HouseLanguage(house)


def as_likely(sentences: object) -> list[Score]:
    """Score all sentences alike, so that the scores support every command."""
    return [Score(log_probability=-5.0, tokens=8) for _ in sentences]  # type: ignore[attr-defined]


def repaired(text: str, house: House, mode: RepairMode, *, scored: bool = False) -> str | None:
    repair = language_of(house).repair(text, as_likely if scored else None, mode)
    return repair.text if repair else None


@pytest.mark.parametrize("scored", [False, True])
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "never turn off the lights"),
        ("en", "don't turn on the lights"),
        ("en", "do not turn on the lights"),
        ("en", "turn on all the lights except the kitchen"),
        ("en", "he turned on the lights"),
        ("en", "who turned on the lights"),
        ("en", "did you turn off the lights"),
        ("en", "you turned on the lights"),
        ("en", "were all the lights off"),
        ("en", "is the radio on"),
        ("nl", "doe het licht niet aan"),
        ("nl", "ik zet de radio aan"),
        ("nl", "hij zet de radio aan"),
        ("nl", "staat de radio aan"),
        ("de", "mach das Licht nicht an"),
        ("de", "schalte das Licht nicht aus"),
        ("de", "ich schalte das Radio ein"),
        ("de", "er schaltet das Licht aus"),
        ("de", "ist das Licht an"),
        ("fr", "n'allume pas la lumière"),
        ("fr", "n\u2019éteins pas la lumière"),
        ("fr", "éteins toutes les lumières sauf la cuisine"),
        ("fr", "j'allume la radio"),
        ("fr", "il a allumé la lumière"),
        ("fr", "qui a allumé la lumière"),
        ("fr", "as-tu éteint la lumière"),
    ],
)
def test_a_negation_a_question_or_a_report_does_not_become_a_command(
    language: str,
    text: str,
    scored: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert repaired(text, house_in(language), ON, scored=scored) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "is the frond door logged"),
        ("nl", "staat de plafontlamp aan"),
        ("de", "ist die Decken Lampe aus"),
        ("fr", "est-ce que le plafonier est allumé"),
    ],
)
def test_a_misheard_question_may_become_a_question(language: str, text: str) -> None:
    repair = repaired(text, house_in(language), ON)
    assert repair is not None
    assert repair.split()[0].casefold() == text.split(maxsplit=1)[0].casefold()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "turn on the dining room lights"),
        ("en", "turn on the garden lights"),
        ("en", "turn on the lights when I come home"),
        ("en", "turn on the radio later"),
        ("nl", "zet de radio aan in de badkamer"),
        ("nl", "doe de lichten in de kelder uit"),
        ("de", "schalte die Waschmaschine ein"),
        ("de", "schalte die Spülmaschine ein"),
        ("de", "schalte das Licht im Keller aus"),
        ("fr", "allume la lumière du couloir"),
        ("fr", "éteins la lumière du jardin"),
        ("fr", "quelle est la température dehors"),
    ],
)
def test_another_thing_is_not_replaced_by_one_of_the_house(language: str, text: str) -> None:
    assert repaired(text, house_in(language), CAREFUL) is None


@pytest.mark.parametrize(
    ("language", "name", "heard", "command"),
    [
        ("en", "Lamp (left)", "turn on lamp left", "turn on Lamp (left)"),
        ("en", "Lamp [2]", "turn on lamp 2", "turn on Lamp [2]"),
        ("en", "TV/Radio", "turn on TV radio", "turn on TV/Radio"),
        ("en", "🎄 Tree 🎄", "turn on tree", "turn on 🎄 Tree 🎄"),
        ("de", "Straßenlampe", "mach die Strassenlampe an", "mach die Straßenlampe an"),
    ],
)
@pytest.mark.parametrize("scored", [False, True])
def test_a_name_is_written_as_the_house_writes_it_with_signs_that_are_not_spoken(
    language: str,
    name: str,
    heard: str,
    command: str,
    *,
    scored: bool,
) -> None:
    """Even if the scores of other commands are as high."""
    house = House(language=language, entities=(HouseEntity(name=name, domain="light"),))
    assert repaired(heard, house, CAREFUL, scored=scored) == command


@pytest.mark.parametrize("name", ["Lamp (left)", "Lamp / left", "💡 Lamp left"])
def test_signs_that_are_not_spoken_do_not_count_for_the_score(name: str) -> None:
    """With Moonshine, a text with brackets or an emoji is improbable."""
    house = House(language="en", entities=(HouseEntity(name=name, domain="light"),))
    heard, meant = "turn on lamb left", "turn on Lamp left"

    def scorer(sentences: Sequence[str]) -> list[Score]:
        return [
            Score(log_probability=-5.0 if each in {heard, meant} else -25.0, tokens=8)
            for each in sentences
        ]

    repair = language_of(house).repair(heard, scorer, CAREFUL)
    assert repair is not None
    assert repair.text == f"turn on {name}"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "my timer"),
        ("en", "the time"),
        ("en", "music"),
        ("nl", "mijn timer"),
        ("de", "mein Timer"),
        ("fr", "les volets"),
        ("fr", "mon minuteur"),
    ],
)
def test_the_words_that_say_what_to_do_are_not_invented(language: str, text: str) -> None:
    """Even if the scores support a command, such as "pause my timer"."""
    assert repaired(text, house_in(language), ON, scored=True) is None


def test_a_short_word_that_was_not_heard_is_added_if_the_scores_support_it() -> None:
    heard, command = "set the radio volume forty percent", "set the radio volume to forty percent"

    def scorer(sentences: Sequence[str]) -> list[Score]:
        return [
            Score(log_probability=-5.0 if each in {heard, command} else -30.0, tokens=8)
            for each in sentences
        ]

    repair = language_of(house_in("en")).repair(heard, scorer, CAREFUL)
    assert repair is not None
    assert repair.text == command


@pytest.mark.parametrize(
    "text",
    [
        "turn on the lights on the second floor",
        "turn off the stove",
        "turn on plug",  # which of them?
        "turn on the dead lamp",  # as near to the red lamp as to the LED lamp
        "text",  # near "next", but it is one word of five sounds
        "what's the indoor temperature",
    ],
)
def test_a_text_without_a_single_nearest_command_stays(text: str) -> None:
    assert repaired(text, ENGLISH, CAREFUL) is None


@pytest.mark.parametrize(
    ("heard", "command"),
    [
        ("turn on the desk lamb", "turn on the Desk Lamp"),
        ("turned on the van", "turn on the Fan"),
        ("turn on plug to", "turn on Plug 2"),
        ("close the blends", "close the Blinds"),
        ("turn on the leaving room lights", "turn on the Living Room lights"),
        ("cancel oil timers", "cancel all timers"),  # a wildcard would fit "oil timers" too
        ("paws", "pause"),
    ],
)
def test_a_wrong_sound_in_a_name_is_repaired(heard: str, command: str) -> None:
    assert repaired(heard, ENGLISH, CAREFUL) == command


@pytest.mark.parametrize(
    ("command", "entity"),
    [
        ("open Garage Door", HouseEntity(name="Garage Door", domain="cover")),
        ("turn on Garage Door", HouseEntity(name="Garage Door", domain="switch")),
        ("press Garage Door", HouseEntity(name="Garage Door", domain="button")),
        ("run Gate", HouseEntity(name="Let them in", domain="script", aliases=("Gate",))),
        ("turn off Alarm", HouseEntity(name="Alarm", domain="switch")),
    ],
)
def test_an_entrance_is_guarded_by_its_name_too(command: str, entity: HouseEntity) -> None:
    assert language_of(House(entities=(entity,))).nearest(command)[0].guarded


@pytest.mark.parametrize(
    ("language", "command", "name", "is_guarded"),
    [
        ("de", "schalte Kellertür ein", "Kellertür", True),
        ("de", "schalte Toröffner ein", "Toröffner", True),
        ("de", "schalte Ventilator ein", "Ventilator", False),
        ("nl", "zet schuurdeur aan", "schuurdeur", True),
        ("nl", "zet deurbel aan", "deurbel", False),
    ],
)
def test_a_compound_is_an_entrance_if_it_ends_in_one(
    language: str, command: str, name: str, *, is_guarded: bool
) -> None:
    house = House(language=language, entities=(HouseEntity(name=name, domain="switch"),))
    assert language_of(house).nearest(command)[0].guarded is is_guarded


@pytest.mark.parametrize(
    ("command", "entity"),
    [
        ("turn on Door Lamp", HouseEntity(name="Door Lamp", domain="light")),
        ("open Blinds", HouseEntity(name="Blinds", domain="cover")),
        ("open Door", HouseEntity(name="Door", domain="cover", device_class="blind")),
    ],
)
def test_nothing_else_is_guarded(command: str, entity: HouseEntity) -> None:
    assert not language_of(House(entities=(entity,))).nearest(command)[0].guarded


@pytest.mark.parametrize(
    ("language", "heard", "opposite"),
    [
        ("de", "ab", "auf"),
        ("de", "verlängere", "verkürze"),
        ("fr", "active", "désactive"),
        ("fr", "allumée", "éteinte"),
        ("en", "raise", "lower"),
        ("en", "outdoor", "indoor"),
        ("nl", "ontgrendel", "vergrendel"),
    ],
)
def test_the_languages_know_their_opposites(language: str, heard: str, opposite: str) -> None:
    pairs = {frozenset(pair) for pair in Templates.of(language).opposites}
    assert frozenset({heard, opposite}) in pairs


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_all_words_of_a_language_are_texts(language: str) -> None:
    templates = Templates.of(language)
    words = (*templates.negations, *templates.openings, *templates.entrances)
    assert all(isinstance(word, str) and word == word.strip() for word in words)
