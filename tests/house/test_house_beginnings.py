"""``HouseLanguage``: the beginnings of commands, and commands of one word, that were misheard."""

from functools import cache

import pytest

from wyoming_bridge.house import Area, House, HouseEntity, RepairMode, Score
from wyoming_bridge.house.candidates import Candidate
from wyoming_bridge.house.language import HouseLanguage

HOUSE = House(
    areas=(Area(name="Kitchen"),),
    entities=(
        HouseEntity(name="Bed Light", domain="light"),
        HouseEntity(name="Front Door", domain="lock"),
        HouseEntity(name="Radio", domain="media_player"),
    ),
    sentences=("abracadabra",),
)


@cache
def english() -> HouseLanguage:
    return HouseLanguage(HOUSE)


def candidates(*found: tuple[str, float]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(text=text, spoken=text, distance=far, guarded=False) for text, far in found
    )


def scores(*values: float, tokens: int = 2) -> list[Score]:
    return [Score(log_probability=value, tokens=tokens) for value in values]


@pytest.mark.parametrize(
    ("heard", "beginning"),
    [
        ("What it?", "what is"),
        ("Set the bad like", "set the bed light"),
        ("Is the friend", "is the front"),
        ("So the time for three", "set a timer for three"),
    ],
)
def test_the_beginning_of_a_command_is_found_by_its_sound(heard: str, beginning: str) -> None:
    found = english().beginnings(heard)

    assert beginning in [each.text for each in found]
    assert len(found) <= 4
    assert [each.distance for each in found] == sorted(each.distance for each in found)


@pytest.mark.parametrize(
    "heard", ["", "?!", "we had a lovely dinner with the neighbours", "what is " * 11]
)
def test_other_texts_have_no_beginning(heard: str) -> None:
    assert english().beginnings(heard) == ()


def test_a_command_is_not_a_beginning_although_more_words_may_follow() -> None:
    language = HouseLanguage(House(sentences=("brew tea", "brew tea with milk", "brew tea now")))

    assert "brew tea" not in [each.text for each in language.beginnings("brew tea")]
    assert "brew tea with" in [each.text for each in language.beginnings("brew tea width")]


COMMAND = candidates(("what is the date", 0.3))
BEGINNING = candidates(("what is", 0.2), ("what", 0.3))


@pytest.mark.parametrize(
    ("commands", "beginnings", "heard", "others", "expected"),
    [
        ((), BEGINNING, -1.0, (-2.0, -5.0), "what is"),
        ((), BEGINNING, -1.0, (-5.0, -2.0), "what"),
        ((), BEGINNING, -1.0, (-4.1, -9.0), None),  # over 1.5 nats per token worse than the text
        ((), BEGINNING, -1.0, (-4.0, -9.0), "what is"),
        (COMMAND, BEGINNING, -1.0, (-1.5, -2.0, -9.0), None),  # the command fits better
        (COMMAND, BEGINNING, -1.0, (-1.7, -2.0, -9.0), "what is"),  # it sounds less similar
        (COMMAND, (), -1.0, (-2.0,), None),
    ],
)
def test_the_score_tells_a_beginning_from_free_speech(
    commands: tuple[Candidate, ...],
    beginnings: tuple[Candidate, ...],
    heard: float,
    others: tuple[float, ...],
    expected: str | None,
) -> None:
    found = english().best_beginning(commands, beginnings, scores(heard, *others))
    assert found == expected


@pytest.mark.parametrize("heard", ["Oh.", "- Nice", "so what"])
def test_a_short_text_may_be_any_command_of_one_word(heard: str) -> None:
    found = {each.text: each for each in english().nearest(heard)}

    assert {"pause", "resume", "next"} <= found.keys()
    assert "abracadabra" not in found  # it is unknown what this sentence of the user does
    assert found["pause"].distance > 0.35


def test_a_longer_text_is_no_command_of_one_word() -> None:
    assert "pause" not in [each.text for each in english().nearest("oh this is nice")]


@pytest.mark.parametrize(
    ("score", "expected"), [(-4.0, "pause"), (-4.1, None)], ids=["fits", "does not fit"]
)
@pytest.mark.parametrize("mode", [RepairMode.CAREFUL, RepairMode.ON])
def test_only_the_score_decides_about_a_command_of_one_word(
    mode: RepairMode, score: float, expected: str | None
) -> None:
    found = candidates(("pause", 0.9))

    repair = english().decide("Oh", found, scores(-1.0, score), mode)

    assert (repair.text if repair else None) == expected
    assert english().decide("Oh", found, None, mode) is None


def test_a_question_about_a_lock_opens_nothing_so_it_needs_no_guard() -> None:
    found = {each.text: each.guarded for each in english().nearest("is the from door locked")}
    assert found["is the Front Door locked"] is False

    found = {each.text: each.guarded for each in english().nearest("lock the from door")}
    assert found["lock the Front Door"] is True
