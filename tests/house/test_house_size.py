"""The characters that a house may have in total, and what long names and sentences cost."""

import logging

import pytest

from wyoming_bridge.house import Area, Floor, House, HouseEntity
from wyoming_bridge.house.data import MAX_CHARACTERS
from wyoming_bridge.house.language import HouseLanguage
from wyoming_bridge.house.phones import Phones
from wyoming_bridge.house.sentences import MAX_SENTENCES, Sentences
from wyoming_bridge.house.size import limited
from wyoming_bridge.house.words import Words


def lights(count: int, *, length: int, aliases: int = 0) -> tuple[HouseEntity, ...]:
    def name(number: int, alias: int) -> str:
        return f"{number} {alias} ".ljust(length - 1, "x") + "x"

    return tuple(
        HouseEntity(
            name=name(number, 0),
            domain="light",
            aliases=tuple(name(number, alias) for alias in range(1, aliases + 1)),
        )
        for number in range(count)
    )


def size_of(house: House) -> int:
    return sum(map(len, house.terms()))


def test_aliases_are_left_out_before_names() -> None:
    house = limited(
        House(
            floors=(Floor(name="Attic", aliases=("Loft",)),),
            areas=(Area(name="Hall", aliases=("Way",)),),
            entities=lights(1500, length=50, aliases=1),
        )
    )

    assert [each.aliases for each in (*house.floors, *house.areas)] == [("Loft",), ("Way",)]
    assert len(house.entities) == 1500
    assert MAX_CHARACTERS - 50 < size_of(house) <= MAX_CHARACTERS
    assert House.from_data(house.to_data()) == house


def test_entities_whose_names_have_no_room_are_left_out() -> None:
    house = limited(House(entities=lights(1500, length=100)))

    assert house.entities == lights(1000, length=100)


def test_sentences_that_have_no_room_are_left_out() -> None:
    sentences = tuple(f"{number} ".ljust(1000, "x") for number in range(200))

    assert limited(House(sentences=sentences)).sentences == sentences[:100]


@pytest.mark.parametrize(
    ("house", "what"),
    [
        (House(entities=lights(1500, length=100)), "all names and aliases together"),
        (House(sentences=tuple(f"{n:01000}" for n in range(101))), "all sentences together"),
    ],
)
def test_a_house_that_is_too_large_is_an_error(house: House, what: str) -> None:
    with pytest.raises(ValueError, match=f"{what} must have at most 100000 characters, got 1"):
        House.from_data(house.to_data())


def test_long_names_are_used_in_fewer_commands() -> None:
    house = House(entities=lights(900, length=100))
    commands = Sentences(house, words=Words("en"), phones=Phones("en"))

    assert commands.is_shortened
    assert len(commands) <= MAX_SENTENCES / 4


def test_names_of_many_words_do_not_have_all_their_beginnings() -> None:
    names = (
        " ".join(f"{letter}{number}" for letter in "abcdefghijklmnopqrst") for number in range(900)
    )
    house = House(entities=tuple(HouseEntity(name=name, domain="light") for name in names))
    commands = Sentences(house, words=Words("en"), phones=Phones("en"))

    assert len(commands.beginnings) <= MAX_SENTENCES / 2


def test_all_sentences_that_stand_for_too_many_texts_are_one_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    explosive = " (a|b|c|d|e|f|g|h|i|j)" * 6
    with caplog.at_level(logging.WARNING):
        HouseLanguage(House(sentences=tuple(f"say {number}{explosive}" for number in range(9))))

    assert "stands for 1000000 texts" in caplog.text
    assert "(and 8 others)" in caplog.text
    assert len(caplog.records) == 1
