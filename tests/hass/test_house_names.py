"""The names of the home that are sent to the services."""

from collections.abc import Awaitable, Callable

import pytest
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import account, set_up, transcribe
from recording_engine import RecordingEngine
from servers import StartServer

WITH_NAMES = {"bias": {"home_names": True}, "end_of_speech": {"commands_end_early": False}}
"""Settings that send the names, but do not use the house's commands, which take time to build."""

LAMP = "light.lamp"


@pytest.fixture
def recorder() -> RecordingEngine:
    return RecordingEngine()


@pytest.fixture
def home(
    hass: HomeAssistant,
    floor_registry: fr.FloorRegistry,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Add a floor, an area, a device with a lamp, a fan, and a lock that is not exposed."""
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
    hass: HomeAssistant, home: None, recorder: RecordingEngine, start_server: StartServer
) -> Names:
    """Return a function that transcribes an utterance and returns the names sent with it."""
    await set_up(hass, account(await start_server(engine=recorder), **WITH_NAMES))

    async def sent_names() -> tuple[str, ...]:
        await hass.async_block_till_done()
        await transcribe(hass)
        return recorder.terms[-1]

    return sent_names


HOME = ("Lantern Bulb", "Sunny", "Windy", "Cellar", "Vault", "Attic", "Garret", "Loft")


async def test_floors_areas_and_exposed_entities_are_sent(names: Names) -> None:
    assert await names() == HOME


@pytest.mark.parametrize("service", ["elevenlabs", "reson8"])
async def test_the_terms_of_the_user_come_first(
    service: str,
    hass: HomeAssistant,
    home: None,
    recorder: RecordingEngine,
    start_server: StartServer,
) -> None:
    bias = {"terms": ["Kakelbont", "Vault"], "home_names": True}
    await set_up(hass, account(await start_server(engine=recorder), service, bias=bias))

    await transcribe(hass)

    terms = recorder.terms[-1]
    assert terms[:2] == ("Kakelbont", "Vault")
    assert set(terms) == {*HOME, "Kakelbont"}


async def test_by_default_no_names_are_sent(
    hass: HomeAssistant, home: None, recorder: RecordingEngine, start_server: StartServer
) -> None:
    await set_up(hass, account(await start_server(engine=recorder)))

    await transcribe(hass)

    assert recorder.terms[-1] == ()


async def test_a_new_floor_is_sent(floor_registry: fr.FloorRegistry, names: Names) -> None:
    await names()

    floor_registry.async_create("Basement")

    assert "Basement" in await names()


async def test_a_new_area_is_sent(area_registry: ar.AreaRegistry, names: Names) -> None:
    await names()

    area_registry.async_create("Pantry")

    assert "Pantry" in await names()


async def test_a_new_alias_is_sent(entity_registry: er.EntityRegistry, names: Names) -> None:
    await names()

    entity_registry.async_update_entity(LAMP, aliases=[er.COMPUTED_NAME, "Moony"])

    assert "Moony" in await names()


async def test_a_new_name_of_a_device_is_sent(
    device_registry: dr.DeviceRegistry, entity_registry: er.EntityRegistry, names: Names
) -> None:
    await names()
    device_id = entity_registry.async_get(LAMP).device_id

    device_registry.async_update_device(device_id, name_by_user="Beacon")

    assert "Beacon Bulb" in await names()


async def test_an_entity_that_is_no_longer_exposed_is_not_sent(
    hass: HomeAssistant, names: Names
) -> None:
    await names()

    async_expose_entity(hass, "conversation", LAMP, False)

    assert not {"Lantern Bulb", "Sunny"} & set(await names())


async def test_added_and_removed_entities_are_noticed(hass: HomeAssistant, names: Names) -> None:
    await names()

    hass.states.async_set("fan.breezy", "on", {"friendly_name": "Breezy"})
    hass.states.async_remove("fan.windy")

    assert "Breezy" in await names()
    assert "Windy" not in await names()


async def test_a_new_name_of_an_entity_is_sent(hass: HomeAssistant, names: Names) -> None:
    await names()

    hass.states.async_set("fan.windy", "on", {"friendly_name": "Stormy"})

    assert "Stormy" in await names()


async def test_an_empty_name_is_not_sent(hass: HomeAssistant, names: Names) -> None:
    hass.states.async_set("fan.windy", "on", {"friendly_name": " "})

    assert await names() == tuple(each for each in HOME if each != "Windy")


async def test_entities_that_a_person_changed_last_come_first(
    hass: HomeAssistant, names: Names
) -> None:
    assert (await names())[:3] == ("Lantern Bulb", "Sunny", "Windy")

    hass.states.async_set("fan.windy", "off", {"friendly_name": "Windy"})  # not by a person
    after_device = await names()
    person = Context(user_id="a person")
    hass.states.async_set("fan.windy", "on", {"friendly_name": "Windy"}, context=person)

    assert after_device[0] == "Lantern Bulb"
    assert (await names())[:3] == ("Windy", "Lantern Bulb", "Sunny")


async def test_entities_that_an_utterance_named_last_come_first(
    hass: HomeAssistant, names: Names
) -> None:
    hass.states.async_set("fan.earth", "on", {"friendly_name": "Earth"})
    await names()
    person = Context(user_id="a person")
    hass.states.async_set("fan.windy", "off", {"friendly_name": "Windy"}, context=person)

    after_change = await names()
    text = (await transcribe(hass)).text

    assert after_change[0] == "Windy"
    assert "earth" in text.casefold().split()
    assert (await names())[:2] == ("Earth", "Windy")
