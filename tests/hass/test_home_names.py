"""The names of the house, as the services get them."""

from collections.abc import Awaitable, Callable

import pytest
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import account, hear, set_up
from listening import AttentiveEngine
from servers import StartServer

WITH_NAMES = {"bias": {"home_names": True}}

LAMP = "light.lamp"


@pytest.fixture
def ears() -> AttentiveEngine:
    return AttentiveEngine()


@pytest.fixture
def house(
    hass: HomeAssistant,
    floor_registry: fr.FloorRegistry,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """A floor, an area, a device with a lamp, a plain fan, and a lock that Assist may not use."""
    lights = MockConfigEntry(domain="lights")
    lights.add_to_hass(hass)
    device = device_registry.async_get_or_create(
        config_entry_id=lights.entry_id, identifiers={("lights", "1")}, name="Lantern"
    )
    floor_registry.async_create("Attic", aliases={"Loft", "Garret"})
    area_registry.async_create("Cellar", aliases={"Vault"})
    lamp = entity_registry.async_get_or_create(
        "light",
        "lights",
        "1",
        config_entry=lights,
        device_id=device.id,
        has_entity_name=True,
        original_name="Bulb",
        suggested_object_id="lamp",
    )
    entity_registry.async_update_entity(
        lamp.entity_id, aliases=[er.COMPUTED_NAME, "Sunny", "Sunny"]
    )
    hass.states.async_set(LAMP, "on", {"friendly_name": "Lantern Bulb"})
    hass.states.async_set("fan.windy", "on", {"friendly_name": "Windy"})
    hass.states.async_set("lock.gate", "locked", {"friendly_name": "Gate"})
    async_expose_entity(hass, "conversation", "lock.gate", False)


Names = Callable[[], Awaitable[tuple[str, ...]]]


@pytest.fixture
async def names(
    hass: HomeAssistant, house: None, ears: AttentiveEngine, start_server: StartServer
) -> Names:
    """What the service is told with the next utterance."""
    await set_up(hass, account(await start_server(engine=ears), **WITH_NAMES))

    async def told() -> tuple[str, ...]:
        await hass.async_block_till_done()
        await hear(hass)
        return ears.terms[-1]

    return told


HOUSE = ("Attic", "Garret", "Loft", "Cellar", "Vault", "Lantern Bulb", "Sunny", "Windy")


async def test_floors_areas_and_what_assist_may_use_are_told(names: Names) -> None:
    assert await names() == HOUSE


@pytest.mark.parametrize("service", ["elevenlabs", "reson8"])
async def test_the_terms_that_are_set_come_first(
    service: str,
    hass: HomeAssistant,
    house: None,
    ears: AttentiveEngine,
    start_server: StartServer,
) -> None:
    bias = {"terms": ["Kakelbont", "Vault"], "home_names": True}
    await set_up(hass, account(await start_server(engine=ears), service, bias=bias))

    await hear(hass)

    told = ears.terms[-1]
    assert told[:2] == ("Kakelbont", "Vault")
    assert set(told) == {*HOUSE, "Kakelbont"}


async def test_without_being_asked_nothing_of_the_house_is_told(
    hass: HomeAssistant, house: None, ears: AttentiveEngine, start_server: StartServer
) -> None:
    await set_up(hass, account(await start_server(engine=ears)))

    await hear(hass)

    assert ears.terms[-1] == ()


async def test_a_new_floor_is_told(floor_registry: fr.FloorRegistry, names: Names) -> None:
    await names()

    floor_registry.async_create("Basement")

    assert "Basement" in await names()


async def test_a_new_area_is_told(area_registry: ar.AreaRegistry, names: Names) -> None:
    await names()

    area_registry.async_create("Pantry")

    assert "Pantry" in await names()


async def test_another_alias_is_told(entity_registry: er.EntityRegistry, names: Names) -> None:
    await names()

    entity_registry.async_update_entity(LAMP, aliases=[er.COMPUTED_NAME, "Moony"])

    assert "Moony" in await names()


async def test_another_name_of_a_device_is_told(
    device_registry: dr.DeviceRegistry, entity_registry: er.EntityRegistry, names: Names
) -> None:
    await names()
    device_id = entity_registry.async_get(LAMP).device_id

    device_registry.async_update_device(device_id, name_by_user="Beacon")

    assert "Beacon Bulb" in await names()


async def test_what_is_not_exposed_any_more_is_not_told(hass: HomeAssistant, names: Names) -> None:
    await names()

    async_expose_entity(hass, "conversation", LAMP, False)

    assert not {"Lantern Bulb", "Sunny"} & set(await names())


async def test_an_entity_that_comes_is_told_and_one_that_goes_is_not(
    hass: HomeAssistant, names: Names
) -> None:
    await names()

    hass.states.async_set("fan.breezy", "on", {"friendly_name": "Breezy"})
    hass.states.async_remove("fan.windy")

    assert "Breezy" in await names()
    assert "Windy" not in await names()


async def test_another_name_of_an_entity_is_told(hass: HomeAssistant, names: Names) -> None:
    await names()

    hass.states.async_set("fan.windy", "on", {"friendly_name": "Stormy"})

    assert "Stormy" in await names()


async def test_a_name_that_is_empty_is_none(hass: HomeAssistant, names: Names) -> None:
    hass.states.async_set("fan.windy", "on", {"friendly_name": " "})

    assert await names() == HOUSE[:-1]
