"""The house that is made from Home Assistant's registries."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from wyoming_bridge.home.names import Registries, house_of
from wyoming_bridge.house import Area, Floor, House, HouseEntity
from wyoming_bridge.house.data import MAX_ENTITIES
from wyoming_bridge.json_fields import JsonFields

Json = Mapping[str, Any]


def fields(values: Json) -> JsonFields:
    return JsonFields(values, provider="test")


def house(
    *,
    floors: Sequence[Json] = (),
    areas: Sequence[Json] = (),
    devices: Sequence[Json] = (),
    entries: Mapping[str, Json] | None = None,
    states: Mapping[str, Json] | None = None,
    sentences: Sequence[object] = (),
    language: object = "en",
) -> House:
    entries = entries or {}
    shown = (
        {each: {"friendly_name": "Shown name"} for each in entries} if states is None else states
    )
    return house_of(
        Registries(
            config=fields({"language": language}),
            floors=[fields(each) for each in floors],
            areas=[fields(each) for each in areas],
            devices=[fields(each) for each in devices],
            entries={name: fields(each) for name, each in entries.items()},
            states={name: fields(each) for name, each in shown.items()},
            sentences=sentences,
        )
    )


def entity(entry: Json, *, devices: Sequence[Json] = (), areas: Sequence[Json] = ()) -> HouseEntity:
    found = house(
        entries={"light.one": {"next_name_part": None, "aliases": [None], **entry}},
        devices=devices,
        areas=areas,
    )
    (one,) = found.entities
    return one


KITCHEN = {"area_id": "kitchen", "name": "Kitchen", "aliases": ["Galley", "Cook"]}
LAMP = {"id": "lamp", "name": "Lamp", "name_by_user": None, "area_id": None}
STRIP = {"id": "strip", "name": "Strip", "name_by_user": "Big strip", "area_id": "kitchen"}
SOCKET = {
    "id": "socket",
    "name": "Socket 1",
    "area_id": None,
    "parent_device_id": "strip",
    "next_name_part": "parent_device",
}


def test_floors_areas_and_the_language_are_read() -> None:
    found = house(
        language="nl-BE",
        floors=[{"floor_id": "0", "name": "Begane grond", "aliases": ["beneden"], "level": 0}],
        areas=[{**KITCHEN, "floor_id": "0"}, {"area_id": "hall", "name": "Hall", "floor_id": None}],
    )

    assert found == House(
        language="nl-BE",
        floors=(Floor(name="Begane grond", aliases=("beneden",)),),
        areas=(
            Area(name="Kitchen", aliases=("Cook", "Galley"), floor="Begane grond"),
            Area(name="Hall"),
        ),
    )


def test_an_entity_without_a_registry_entry_has_the_name_and_class_of_its_state() -> None:
    found = house(states={"cover.gate": {"friendly_name": "Gate", "device_class": "gate"}})

    assert found.entities == (HouseEntity(name="Gate", domain="cover", device_class="gate"),)


def test_an_entity_without_any_name_is_named_after_its_id() -> None:
    assert house(states={"light.big_lamp": {}}).entities[0].name == "big lamp"


def test_the_entitys_own_name_keeps_its_place_among_the_aliases() -> None:
    one = entity({"name": "Reading light", "aliases": ["Spot", None, "Beam"]})

    assert (one.name, one.aliases) == ("Spot", ("Reading light", "Beam"))


def test_the_user_can_remove_the_entitys_own_name() -> None:
    one = entity({"name": "Light 0x123", "aliases": ["Spot"]})

    assert (one.name, one.aliases) == ("Spot", ())


def test_an_entity_without_an_own_name_and_aliases_is_left_out() -> None:
    entry = {"name": "Light 0x123", "aliases": [], "next_name_part": None}

    assert house(entries={"light.one": entry}).entities == ()


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({"original_name": "Ceiling"}, "Ceiling"),
        ({"original_name": "Ceiling", "name": "Big one"}, "Big one"),
        ({"original_name": "Glow", "device_id": "lamp", "next_name_part": "device"}, "Lamp Glow"),
        ({"original_name": None, "device_id": "lamp", "next_name_part": "device"}, "Lamp"),
        ({"original_name": "Glow", "device_id": "lamp", "next_name_part": "area"}, "Glow"),
        (
            {"original_name": "Use", "device_id": "strip", "next_name_part": "device"},
            "Big strip Use",
        ),
        (
            {"original_name": "Use", "device_id": "socket", "next_name_part": "device"},
            "Big strip Socket 1 Use",
        ),
        ({"original_name": "Use", "device_id": "gone", "next_name_part": "device"}, "Use"),
    ],
)
def test_the_entitys_own_name_begins_with_the_names_of_the_devices(entry: Json, name: str) -> None:
    assert entity(entry, devices=[LAMP, STRIP, SOCKET]).name == name


def test_with_an_older_home_assistant_the_entitys_own_name_is_in_its_state() -> None:
    found = house(entries={"light.one": {"name": None, "original_name": "Glow", "aliases": [None]}})

    assert found.entities[0].name == "Shown name"


@pytest.mark.parametrize(
    ("entry", "area"),
    [
        ({"area_id": "kitchen"}, "Kitchen"),
        ({"device_id": "strip"}, "Kitchen"),
        ({"device_id": "socket"}, "Kitchen"),
        ({"device_id": "lamp"}, None),
        ({"area_id": "gone"}, None),
    ],
)
def test_an_entity_is_in_its_own_area_or_in_that_of_its_device(
    entry: Json, area: str | None
) -> None:
    one = entity({"name": "One", **entry}, devices=[LAMP, STRIP, SOCKET], areas=[KITCHEN])

    assert one.area == area


def test_the_device_class_of_the_user_overrides_that_of_the_integration() -> None:
    assert entity({"name": "A", "original_device_class": "door"}).device_class == "door"
    both = {"name": "A", "original_device_class": "door", "device_class": "garage"}
    assert entity(both).device_class == "garage"


def test_entries_that_a_house_cannot_contain_are_left_out() -> None:
    found = house(
        language="<script>",
        floors=[{"floor_id": "0", "name": "x" * 101}, {"floor_id": 1, "name": "One"}],
        areas=[{"area_id": "a", "name": " Hall\n\x1b way ", "aliases": [3, None, "", "Way"]}, {}],
        entries={"light.one": {"aliases": ["a" * 101, 7, "\ud83d", "Ok"], "next_name_part": None}},
        sentences=["good [night]", 5, "x" * 2001],
    )

    assert found == House(
        areas=(Area(name="Hall way", aliases=("Way",)),),
        entities=(HouseEntity(name="Ok", domain="light"),),
        sentences=("good [night]",),
    )


def test_a_house_of_the_registries_is_a_valid_house_at_the_limit_too() -> None:
    found = house(
        areas=[{"area_id": str(n), "name": f"Area {n}"} for n in range(300)],
        entries={
            f"light.l{n}": {
                "aliases": [f"l{n} {m}" for m in range(30)],
                "area_id": str(n % 300),
                "next_name_part": "area",
            }
            for n in range(MAX_ENTITIES + 1)
        },
        sentences=[f"sentence {n}" for n in range(600)],
    )

    assert len(found.entities) == MAX_ENTITIES
    assert House.from_data(found.to_data()) == found
