"""The bridge reads the names of the house from Home Assistant, and follows their changes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hass_client import items, mapping
from live_hass import LiveHass
from patience import PATIENCE_S
from wyoming_bridge.errors import AuthenticationError
from wyoming_bridge.home import HomeAssistantApi
from wyoming_bridge.home.fetching import fetch_house
from wyoming_bridge.home.watch import HomeWatch
from wyoming_bridge.house import Area, House, HouseEntity


@pytest.fixture(scope="module")
def integration() -> None:
    """Install no custom integration."""


@pytest.fixture(scope="module")
async def token(hass: LiveHass) -> str:
    """Create a long-lived access token, as a user does."""
    created = await hass.client.command(
        "auth/long_lived_access_token", client_name="Bridge", lifespan=1
    )
    return str(created)


@pytest.fixture(scope="module")
async def lamp(hass: LiveHass) -> str:
    """Create an area and a light in it; return the light's entity id."""
    area = mapping(
        await hass.client.command(
            "config/area_registry/create", name="Scullery", aliases=["galley"]
        )
    )
    form = await hass.client.start_flow("group")
    form = await hass.client.choose(form, "light")
    added = await hass.client.answer(form, name="Lamps", entities=[], hide_members=False, all=False)
    assert added.kind == "create_entry"
    (entity,) = await hass.client.entities(added.entry_id)
    entity_id = str(entity["entity_id"])
    await hass.client.command(
        "config/entity_registry/update",
        entity_id=entity_id,
        area_id=area["area_id"],
        aliases=[None, "Big lights"],
    )
    await hass.client.command(
        "homeassistant/expose_entity",
        assistants=["conversation"],
        entity_ids=[entity_id],
        should_expose=True,
    )
    return entity_id


@pytest.fixture
async def houses(hass: LiveHass, token: str, lamp: str) -> AsyncIterator[asyncio.Queue[House]]:
    """Watch the house, and return a queue that gets the house after each change."""
    found: asyncio.Queue[House] = asyncio.Queue()
    watch = HomeWatch(HomeAssistantApi(url=hass.url, token=token), on_change=found.put_nowait)
    watch.start()
    yield found
    await watch.stop()


async def until(houses: asyncio.Queue[House], entity: HouseEntity | None) -> House:
    """Wait for a house whose only light is ``entity``.

    If ``entity`` is None, wait for a house without lights.
    """
    async with asyncio.timeout(PATIENCE_S):
        while True:
            house = await houses.get()
            lights = [each for each in house.entities if each.domain == "light"]
            if lights == ([entity] if entity else []):
                return house


async def test_areas_and_exposed_lights_are_reported_and_each_change_is_noticed(
    hass: LiveHass, houses: asyncio.Queue[House], lamp: str
) -> None:
    lights = HouseEntity(name="Lamps", domain="light", aliases=("Big lights",), area="Scullery")
    first = await until(houses, lights)
    assert Area(name="Scullery", aliases=("galley",)) in first.areas
    assert first.language == "en"

    await hass.client.command("config/entity_registry/update", entity_id=lamp, name="Chandelier")
    await until(
        houses,
        HouseEntity(name="Chandelier", domain="light", aliases=("Big lights",), area="Scullery"),
    )

    areas = items(await hass.client.command("config/area_registry/list"))
    scullery = next(each for each in areas if each["name"] == "Scullery")
    await hass.client.command(
        "config/area_registry/update", area_id=scullery["area_id"], name="Cookhouse"
    )
    await until(
        houses,
        HouseEntity(name="Chandelier", domain="light", aliases=("Big lights",), area="Cookhouse"),
    )

    await hass.client.command(
        "homeassistant/expose_entity",
        assistants=["conversation"],
        entity_ids=[lamp],
        should_expose=False,
    )
    await until(houses, None)


async def test_a_wrong_token_is_refused(hass: LiveHass) -> None:
    with pytest.raises(AuthenticationError, match="Invalid access token"):
        await fetch_house(HomeAssistantApi(url=hass.url, token="wrong"))
