"""The integration knows the house: a command that the service heard wrongly is carried out."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from accounts import Account, add_account, say, set_repair
from hass_client import mapping, text
from live_hass import LiveHass
from patience import PATIENCE_S
from saying_engine import SayingEngine
from waiting import eventually
from wyoming_bridge.local.service import LocalServer

TOKEN = "token-0"
HEARD = "Tern under standing light."
"""Home Assistant understands a command with a slightly misheard name, but not this text."""
COMMAND = "turn on the Standing light"

NAMES = {"Standing light": "Study", "Ceiling light": "Scullery", "Bed light": "Attic"}


@pytest.fixture(scope="module")
async def service() -> AsyncIterator[LocalServer]:
    """Start a service whose transcript of every utterance is ``HEARD``."""
    server = LocalServer(engine=SayingEngine(HEARD), port=0, tokens=frozenset({TOKEN}))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="module")
async def lights(hass: LiveHass) -> dict[str, str]:
    """Create areas with a light in each; return the lights' entity IDs by name."""
    return {name: await add_light(hass, name, area) for name, area in NAMES.items()}


async def add_light(hass: LiveHass, name: str, area: str) -> str:
    """Add a light in a new area, exposed to Assist, and return its entity ID."""
    created = mapping(await hass.client.command("config/area_registry/create", name=area))
    form = await hass.client.choose(await hass.client.start_flow("template"), "light")
    added = await hass.client.answer(form, name=name, turn_on=[], turn_off=[])
    assert added.kind == "create_entry", added
    (entity,) = await hass.client.entities(added.entry_id)
    entity_id = text(entity, "entity_id")
    await hass.client.command(
        "config/entity_registry/update", entity_id=entity_id, area_id=created["area_id"]
    )
    await hass.client.post("/api/services/light/turn_off", {"entity_id": entity_id})
    return entity_id


@pytest.fixture(scope="module")
async def account(hass: LiveHass, service: LocalServer, lights: dict[str, str]) -> Account:
    """Add the account of the service."""
    form = {"url": service.url, "protocol": "reson8", "token": TOKEN}
    return await add_account(hass, "local", **form)


async def states(hass: LiveHass, lights: dict[str, str]) -> dict[str, str]:
    return {name: text(await hass.client.state(each), "state") for name, each in lights.items()}


async def test_a_misheard_command_turns_the_light_on_once_repair_is_chosen(
    hass: LiveHass, account: Account, lights: dict[str, str]
) -> None:
    off = dict.fromkeys(NAMES, "off")
    assert await states(hass, lights) == off

    await set_repair(hass, account, "off")
    heard = await say(hass, account, end_stage="intent")
    assert heard.text == HEARD.removesuffix(".")
    assert await states(hass, lights) == off

    await set_repair(hass, account, "careful")
    async with asyncio.timeout(PATIENCE_S):
        # The integration may still be building the house's commands, so say the command again.
        while (repaired := await say(hass, account, end_stage="intent")).text == heard.text:
            pass

    assert repaired.text == COMMAND
    answer = mapping(mapping(repaired.of_kind("intent-end").data["intent_output"])["response"])
    assert answer["response_type"] == "action_done"

    async def look() -> bool | None:
        return True if await states(hass, lights) == {**off, "Standing light": "on"} else None

    await eventually(look, within_s=PATIENCE_S, what="only the standing light to be on")
