"""The repair of transcripts: which command of the house replaces a transcript."""

import math
from functools import cache

import pytest

from houses import house_in
from wyoming_bridge.house import (
    Area,
    Completeness,
    House,
    HouseEntity,
    RepairMode,
    Score,
)
from wyoming_bridge.house.candidates import Candidate
from wyoming_bridge.house.language import HouseLanguage
from wyoming_bridge.house.phones import Phones, distance
from wyoming_bridge.house.sentences import MAX_SENTENCES, Sentences
from wyoming_bridge.house.words import Words

pytestmark = pytest.mark.once

CAREFUL, ON, OFF = RepairMode.CAREFUL, RepairMode.ON, RepairMode.OFF

HOUSE = House(
    areas=(Area(name="Kitchen"), Area(name="Office")),
    entities=(
        HouseEntity(name="Bed Light", domain="light"),
        HouseEntity(name="Standing Light", domain="light"),
        HouseEntity(name="Front Door", domain="lock"),
        HouseEntity(name="Garage Door", domain="cover", device_class="garage"),
        HouseEntity(name="Mood Lighting", domain="scene"),
    ),
    sentences=("brew [some] coffee",),
)


@cache
def english() -> HouseLanguage:
    return HouseLanguage(HOUSE)


@pytest.mark.parametrize(
    ("heard", "command"),
    [
        ("Turn on the bad lite.", "turn on the Bed Light"),
        ("turned on the standing lights", "turn on the Standing Light"),
        ("Activate mood lightning!", "activate Mood Lighting"),
        ("said bed light brightness to 50%", "set Bed Light brightness to 50 percent"),
        ("said bed light brightness to fifty percent", "set Bed Light brightness to fifty percent"),
        ("cancel oil timers", "cancel all timers"),
        ("bro some coffee", "brew some coffee"),
    ],
)
def test_a_transcript_that_sounds_like_a_command_becomes_it(heard: str, command: str) -> None:
    repair = english().repair(heard, None, CAREFUL)
    assert repair is not None
    assert repair.text == command
    assert repair.reason.startswith("sounds like a command, distance 0.")


@pytest.mark.parametrize(
    "heard",
    [
        "turn on the bed light",  # is a command already
        "turn on the lights in the office",
        "add milk to my shopping list",
        "lock the from door",  # not near enough for a command to a lock
        "open the mirage door",  # not near enough for a command to an entrance
        "",
        "?!",
        "so I went to the office and turned on my computer",
        "you should have seen the light in her eyes",
        "I think we could have dinner in the kitchen tonight",
        "the front of the door was painted green",
        "go somewhere and do something",
        "unless to be rather cold hearted and rather selfish is to be ill disposed",
        "had he married a more amiable woman he might have been made still more respectable",
        "turn on the bad lite " * 6,  # too many words
    ],
)
def test_other_transcripts_are_not_changed(heard: str) -> None:
    assert english().repair(heard, None, CAREFUL) is None


def test_no_text_is_repaired_to_a_sentence_that_cannot_be_expanded() -> None:
    house = House(sentences=("(make;brew) coffee", "brew {drink}", "brew [some] tea"))
    language = HouseLanguage(house)
    assert sorted(language.sentences(limit=20_000)) == sorted(
        {*HouseLanguage(House()).sentences(limit=20_000), "brew tea", "brew some tea"}
    )
    assert language.completeness("brew make coffee") is Completeness.COMPLETE


def test_off_repairs_nothing() -> None:
    assert english().repair("turn on the bad lite", None, OFF) is None


def test_speech_that_is_too_long_is_not_changed() -> None:
    assert english().repair("turn on the bad lite", None, ON, speech_s=12.5) is None
    assert english().repair("turn on the bad lite", None, ON, speech_s=12.0) is not None


def candidates(*found: tuple[str, float]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(text=text, spoken=text, distance=far, guarded="lock" in text)
        for text, far in found
    )


def scores(*values: float, tokens: int = 10) -> list[Score]:
    return [Score(log_probability=value, tokens=tokens) for value in values]


ON_OFF = candidates(("turn on the Bed Light", 0.10), ("turn off the Bed Light", 0.14))


@pytest.mark.parametrize(
    ("found", "heard", "others", "expected"),
    [
        (ON_OFF, -5.0, (-8.0, -12.0), "turn on the Bed Light"),
        (ON_OFF, -5.0, (-12.0, -8.0), "turn off the Bed Light"),  # the second command scores best
        (ON_OFF, -5.0, (-8.0, -8.9), None),  # opposites that differ by less than 1 nat
        (
            ON_OFF,
            -5.0,
            (-20.1, -30.0),
            None,
        ),  # its score is over 1.5 nats per token below that of the heard text
        (ON_OFF, -5.0, (-19.9, -30.0), "turn on the Bed Light"),
        (candidates(("turn on the Bed Light", 0.35)), -5.0, (-8.0,), "turn on the Bed Light"),
        (candidates(("turn on the Bed Light", 0.36)), -5.0, (-8.0,), None),
        (candidates(("lock the Front Door", 0.10)), -5.0, (-5.0,), "lock the Front Door"),
        (candidates(("lock the Front Door", 0.11)), -5.0, (-5.0,), None),
        (
            candidates(("set x to 15 percent", 0.1), ("set x to 50 percent", 0.1)),
            -5.0,
            (-8.0, -8.5),
            None,
        ),
        # A distance that is larger by 0.2 costs 0.8 nats.
        (candidates(("a", 0.1), ("b", 0.3)), -5.0, (-8.0, -7.3), "a"),
        (candidates(("a", 0.1), ("b", 0.3)), -5.0, (-8.0, -7.1), "b"),
        # A command that is improbable itself stays one if the heard text is as improbable.
        (candidates(("turn on the Bed Light", 0.10)), -45.0, (-44.9,), "turn on the Bed Light"),
        (candidates(("turn on the Bed Light", 0.10)), -45.0, (-45.1,), None),
    ],
)
def test_the_recogniser_s_score_decides(
    found: tuple[Candidate, ...],
    heard: float,
    others: tuple[float, ...],
    expected: str | None,
) -> None:
    repair = english().decide("turn own the bad light", found, scores(heard, *others), CAREFUL)
    assert (repair.text if repair else None) == expected


@pytest.mark.parametrize(
    ("found", "heard", "others", "expected"),
    [
        (ON_OFF, -5.0, (-20.1, -30.0), "turn on the Bed Light"),
        (candidates(("turn on the Bed Light", 0.27)), -5.0, (-30.0,), "turn on the Bed Light"),
        (candidates(("turn on the Bed Light", 0.28)), -5.0, (-30.0,), None),
        (candidates(("turn on the Bed Light", 0.28)), -5.0, (-8.0,), "turn on the Bed Light"),
        (ON_OFF, -5.0, (-30.0, -20.1), None),  # the text says "on", and the score does not help
        (ON_OFF, -5.0, (-20.1, -21.0), None),  # opposites that differ by less than 1 nat
        (candidates(("lock the Front Door", 0.11)), -5.0, (-30.0,), None),
    ],
)
def test_with_on_a_command_that_sounds_similar_does_not_need_the_score(
    found: tuple[Candidate, ...],
    heard: float,
    others: tuple[float, ...],
    expected: str | None,
) -> None:
    repair = english().decide("turn on the bad light", found, scores(heard, *others), ON)
    assert (repair.text if repair else None) == expected


def test_without_a_usable_score_only_the_sound_decides() -> None:
    found, heard = candidates(("turn on the Bed Light", 0.25)), "turn own the bad light"
    assert english().decide(heard, found, scores(-5.0, -math.inf), CAREFUL) is None
    assert english().decide(heard, found, None, CAREFUL) is None
    assert english().decide(heard, found, None, ON) is not None


def test_a_heard_word_does_not_become_its_opposite_without_a_score() -> None:
    found = candidates(("turn off the Bed Light", 0.1), ("turn on the Bed Light", 0.12))
    assert english().decide("turn on bad light", found, None, ON) is None
    assert english().decide("turn on bad light", found, scores(-5.0, -6.0, -7.5), ON) is not None


def test_a_heard_word_without_a_command_becomes_its_opposite_only_if_that_is_likelier() -> None:
    found = candidates(("start the Bed Light", 0.1))  # there is no command with "stop"
    assert english().decide("stop bed light", found, scores(-5.0, -5.5), ON) is None
    assert english().decide("stop bed light", found, scores(-5.0, -3.9), ON) is not None


NUMBERED = House(
    areas=(Area(name="Room 2"),),
    entities=(
        HouseEntity(name="Lamp 2", domain="light"),
        HouseEntity(name="Plug One", domain="switch"),
    ),
    sentences=("start scene 7",),
)


@pytest.mark.parametrize(
    ("heard", "command"),
    [
        ("turn on lamp two", "turn on Lamp 2"),
        ("turn on the lamb two", "turn on the Lamp 2"),
        ("set the lamb two to fifty percent", "set the Lamp 2 to fifty percent"),
        ("turn on the lights in rheum two", "turn on the lights in Room 2"),
        ("turn on plug 1", "turn on Plug One"),
        ("start seen seven", "start scene 7"),
    ],
)
def test_the_numbers_of_a_name_are_written_as_the_house_writes_them(
    heard: str, command: str
) -> None:
    asked: list[str] = []

    def scorer(sentences: object) -> list[Score]:
        asked.extend(sentences)  # type: ignore[call-overload]
        return scores(*(-5.0 if i < 2 else -9.0 for i in range(len(asked))))

    repair = numbered().repair(heard, None, CAREFUL)
    scored = numbered().repair(heard, scorer, CAREFUL)
    assert repair is not None
    assert repair.text == command
    assert scored is not None
    assert scored.text == command


def test_the_numbers_of_a_name_are_scored_as_the_transcript_writes_them() -> None:
    nearest, *_ = numbered().nearest("turn on the lamb two")
    assert (nearest.text, nearest.spoken) == ("turn on the Lamp 2", "turn on the Lamp two")


@cache
def numbered() -> HouseLanguage:
    return HouseLanguage(NUMBERED)


def test_a_score_is_needed_for_the_text_and_each_candidate() -> None:
    with pytest.raises(ValueError, match="must have 3 scores, the first for the text, got 2"):
        english().decide("x", ON_OFF, scores(-5.0, -6.0), ON)


def test_the_scorer_gets_the_text_and_then_the_candidates() -> None:
    asked: list[str] = []

    def scorer(sentences: object) -> list[Score]:
        asked.extend(sentences)  # type: ignore[call-overload]
        return scores(*(-5.0 for _ in asked))

    english().repair("turn on the bad lite", scorer, ON)
    assert asked[:2] == ["turn on the bad lite", "turn on the Bed Light"]
    assert len(asked) == 9


@pytest.mark.parametrize(
    ("language", "heard", "command"),
    [
        ("nl", "doe de plafont lamp aan", "doe de plafondlamp aan"),
        ("de", "schalte die Decken Lampe auß", "schalte die Deckenlampe aus"),
        ("fr", "allumer le plafoné", "allume le plafonnier"),
    ],
)
def test_other_languages_are_repaired_too(language: str, heard: str, command: str) -> None:
    repair = HouseLanguage(house_in(language)).repair(heard, None, CAREFUL)
    assert repair is not None
    assert repair.text == command


def test_a_language_without_templates_is_not_repaired() -> None:
    language = HouseLanguage(House(language="it", areas=(Area(name="cucina"),)))
    assert not language.can_repair
    assert language.knows_completeness
    assert language.repair("accendi", None, ON) is None
    assert language.nearest("accendi") == ()
    assert language.sentences(limit=5) == []
    assert HouseLanguage(House(language="eo")).completeness("io") is Completeness.UNKNOWN


def test_sentences_for_a_language_model_are_the_same_each_time() -> None:
    some = english().sentences(limit=50, seed=3)
    assert len(set(some)) == 50
    assert some == english().sentences(limit=50, seed=3)
    assert "brew some coffee" in english().sentences(limit=10**6)
    assert not any(each.isdigit() for text in english().sentences(limit=10**6) for each in text)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "bed light", "bedlight"),
        ("en", "to the knight", "two the night"),
        ("en", "the antique lamp", "the antik lamp"),
        ("nl", "zet de lamp aan", "set de lamp aan"),
        ("de", "Schalte aus".lower(), "schallte aus"),
        ("fr", "éteins les lumières", "éteint les lumière"),
    ],
)
def test_spellings_of_the_same_sounds_are_the_same(language: str, one: str, other: str) -> None:
    phones = Phones(language)
    assert distance(phones.of(one), phones.of(other)) == pytest.approx(0, abs=0.05)


def test_texts_that_sound_similar_have_a_smaller_distance() -> None:
    assert distance("bed", "bet") < distance("bed", "bes")
    assert distance("bed", "bad") < distance("bed", "bet")
    assert distance("bed", "bed") == 0
    assert distance("", "bed") == distance("bed", "") <= 1
    assert distance("", "") == 0


SAY_NOTHING = {
    "en": {"scene", "script", "button", "to base", "today", "temperature"},
    "nl": {"naar de basis", "vandaag"},
    "de": {"heute", "ist es"},
    "fr": {"à la base"},
}
"""Words that can follow a complete command without changing it."""


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr"])
def test_each_command_is_complete_and_its_beginnings_are_known(language: str) -> None:
    own = HouseLanguage(house_in(language))
    commands = sorted(own.sentences(limit=150, seed=1))  # the house remembers beginnings
    assert {own.completeness(text) for text in commands} <= {
        Completeness.COMPLETE,
        Completeness.EXTENDABLE,
    }
    for text in commands:
        words = text.split()
        for count in range(1, len(words)):
            begun = " ".join(words[:count])
            if own.completeness(begun) is Completeness.COMPLETE:
                assert text.removeprefix(begun).strip() in SAY_NOTHING[language]


def test_a_house_that_is_too_large_has_fewer_numbers_and_names() -> None:
    entities = tuple(HouseEntity(name=f"lamp {i}", domain="light") for i in range(2_000))
    sentences = Sentences(House(entities=entities), words=Words("en"), phones=Phones("en"))
    assert sentences.is_shortened
    assert 50_000 < len(sentences) <= MAX_SENTENCES
