"""Houses that are read from plain values, and values that are refused."""

import contextlib
import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.house import Area, Floor, House, HouseEntity

TEXT = """
language: nl-BE
floors:
  - {name: Ground floor, aliases: [downstairs]}
areas:
  - {name: "  Living \\t room ", aliases: [lounge], floor: ground FLOOR}
  - {name: Cafe\u0301}
entities:
  - {name: Floor lamp, domain: light, area: living room, aliases: [big lamp, big lamp]}
  - {name: Garage door, domain: cover, device_class: garage}
sentences:
  - "(make|brew) [some] coffee"
"""

names = (
    st.text(min_size=1, max_size=40)
    .filter(str.split)
    .map(lambda text: House.from_data({"areas": [{"name": f"x{text}"}]}).areas[0].name)
)
name_lists = st.lists(names, max_size=3, unique=True).map(tuple)


def unique(values: tuple[str, ...]) -> dict[str, str]:
    return {value.casefold(): value for value in values}


@st.composite
def houses(draw: st.DrawFn) -> House:
    floors = tuple(unique(draw(name_lists)).values())
    areas = tuple(unique(draw(name_lists)).values())
    return House(
        floors=tuple(Floor(name=name, aliases=draw(name_lists)) for name in floors),
        areas=tuple(
            Area(name=name, floor=draw(st.sampled_from([None, *floors]))) for name in areas
        ),
        entities=tuple(
            HouseEntity(
                name=name,
                domain=draw(st.sampled_from(["light", "cover"])),
                area=draw(st.sampled_from([None, *areas])),
                device_class=draw(st.sampled_from([None, "garage"])),
            )
            for name in draw(name_lists)
        ),
        sentences=draw(name_lists),
    )


def test_a_house_is_read_from_yaml() -> None:
    assert House.from_data(yaml.safe_load(TEXT)) == House(
        language="nl-BE",
        floors=(Floor(name="Ground floor", aliases=("downstairs",)),),
        areas=(
            Area(name="Living room", aliases=("lounge",), floor="Ground floor"),
            Area(name="Caf\u00e9"),
        ),
        entities=(
            HouseEntity(
                name="Floor lamp", domain="light", area="Living room", aliases=("big lamp",)
            ),
            HouseEntity(name="Garage door", domain="cover", device_class="garage"),
        ),
        sentences=("(make|brew) [some] coffee",),
    )


@given(house=houses())
def test_json_carries_a_house(house) -> None:
    assert House.from_data(json.loads(json.dumps(house.to_data()))) == house


def test_an_empty_mapping_is_a_house() -> None:
    assert House.from_data({}) == House()


LAMP = {"name": "Lamp", "domain": "light"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (None, "house: must be a mapping, got nothing"),
        ([], "house: must be a mapping, got a list"),
        (
            {"entitys": []},
            "entitys: unknown key (did you mean entities?); available: language, floors, areas, ",
        ),
        ({"language": "English"}, "language: must be a language code, such as"),
        ({"language": 5}, "language: must be a text, got 5; write it in quotes"),
        ({"areas": {"Kitchen": {}}}, "areas: must be a list, got a mapping"),
        (
            {"areas": ["Kitchen"]},
            "areas[0]: must be a mapping, got 'Kitchen'; its keys are name, aliases, floor",
        ),
        ({"areas": [{"name": " \n"}]}, "areas[0].name: must not be empty, got ' \\n'"),
        ({"areas": [{"name": "x" * 101}]}, "areas[0].name: must have at most 100 characters"),
        ({"areas": [{}]}, "areas[0].name: must be a text, got nothing"),
        (
            {"areas": [{"name": False}]},
            "areas[0].name: must be a text, got False; write it in quotes",
        ),
        (
            {"areas": [{"name": "A", "floor": "Attic"}], "floors": [{"name": "Cellar"}]},
            "areas[0].floor: must be a name in floors (Cellar), got 'Attic'",
        ),
        (
            {"entities": [LAMP | {"area": "Kitchn"}]},
            "entities[0].area: must be a name in areas (which is empty), got 'Kitchn'",
        ),
        (
            {"entities": [LAMP, LAMP, LAMP, {"name": "Lamp", "domain": "Light"}]},
            "entities[3].domain: must be a lower-case word, such as \"light\", got 'Light'",
        ),
        (
            {"entities": [LAMP | {"brand": "x"}]},
            "entities[0].brand: unknown key; available: name, domain, aliases, area, device_class",
        ),
        (
            {"entities": [LAMP | {"aliases": ["a"] * 21}]},
            "entities[0].aliases: must have at most 20 items, got 21",
        ),
        ({"entities": [LAMP | {"aliases": [1]}]}, "entities[0].aliases[0]: must be a text, got 1"),
        ({"entities": [LAMP] * 2001}, "entities: must have at most 2000 items, got 2001"),
        ({"areas": [{"name": "A"}] * 201}, "areas: must have at most 200 items, got 201"),
        ({"floors": [{"name": "A"}] * 51}, "floors: must have at most 50 items, got 51"),
        ({"sentences": ["a"] * 501}, "sentences: must have at most 500 items, got 501"),
        ({"sentences": ["a" * 2001]}, "sentences[0]: must have at most 2000 characters, got 2001"),
    ],
)
def test_an_error_names_the_key(values, message) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        House.from_data(values)


@given(
    values=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "domain", "areas", "entities", "aliases", "floors", "x"]),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_values_are_a_house_or_a_value_error(values) -> None:
    house = House()
    with contextlib.suppress(ValueError):  # any other error fails the test
        house = House.from_data(values)
    assert House.from_data(house.to_data()) == house
