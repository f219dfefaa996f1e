"""The order of a house's names for a service that accepts only a few."""

from collections.abc import Sequence

import pytest

from wyoming_bridge.house import Area, Floor, House, HouseEntity, likely_names


def thing(name: str, domain: str, area: str | None = None, *aliases: str) -> HouseEntity:
    return HouseEntity(name=name, domain=domain, area=area, aliases=aliases)


HOUSE = House(
    floors=(Floor(name="Ground floor", aliases=("downstairs",)), Floor(name="Attic")),
    areas=(
        Area(name="Cellar"),
        Area(name="Kitchen", aliases=("Cooking place",), floor="Ground floor"),
        Area(name="Pantry", floor="Attic"),
    ),
    entities=(
        thing("Power of the oven", "sensor", "Kitchen"),
        thing("Humidity", "sensor", "Pantry"),
        thing("Coffee machine", "switch", "Kitchen"),
        thing("Roof fan", "fan"),
        thing("Long garden light", "light"),
        thing("Ceiling light", "light", "Kitchen", "big light"),
        thing("Radio", "media_player", "Kitchen"),
    ),
)

PLACES = ("Kitchen", "Cooking place", "Ground floor", "downstairs")
EVERY_DAY = ("Radio", "Ceiling light", "big light", "Long garden light")
COMMANDED = ("Coffee machine", "Roof fan")
OTHERS = ("Cellar", "Pantry", "Attic", "Humidity", "Power of the oven")


@pytest.mark.parametrize(
    ("commanded", "expected"),
    [
        ((), (*PLACES, *EVERY_DAY, *COMMANDED, *OTHERS)),
        (
            ("Roof fan", "Long garden light", "Roof fan", "Unknown"),
            (*PLACES, "Roof fan", "Long garden light", *EVERY_DAY[:3], "Coffee machine", *OTHERS),
        ),
        (("Humidity",), (*PLACES, "Humidity", *EVERY_DAY, *COMMANDED, *OTHERS[:3], OTHERS[4])),
    ],
)
def test_the_likeliest_names_come_first(commanded: Sequence[str], expected: Sequence[str]) -> None:
    assert likely_names(HOUSE, commanded=commanded) == tuple(expected)


def test_each_name_is_listed_once() -> None:
    house = House(
        areas=(Area(name="Kitchen"),),
        entities=(thing("Lamp", "light", "Kitchen", "Kitchen"), thing("Lamp", "switch", "Kitchen")),
    )

    assert likely_names(house) == ("Kitchen", "Lamp")


def test_no_name_of_a_house_is_lost() -> None:
    assert set(likely_names(HOUSE)) == set(HOUSE.terms())


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Turn on the ceiling light.", ("Ceiling light",)),
        ("the BIG light, and the radio", ("Ceiling light", "Radio")),
        ("the ceiling lights", ()),
        ("", ()),
    ],
)
def test_a_text_names_an_entity_by_all_words_of_its_name_or_of_an_alias(
    text: str, named: Sequence[str]
) -> None:
    assert HOUSE.entities_in(text) == named


@pytest.mark.parametrize("text", ["turn on", ""])
@pytest.mark.parametrize("name", [" ", "\N{ELECTRIC LIGHT BULB}"])
def test_a_name_without_a_word_is_in_no_text(name: str, text: str) -> None:
    assert House(entities=(thing(name, "light"),)).entities_in(text) == ()
