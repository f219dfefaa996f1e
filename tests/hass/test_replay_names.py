"""A replay uses the names that the home had when the utterance was spoken."""

import asyncio

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import account, set_up, transcribe
from patience import PATIENCE_S
from recorders import call, kept_of, record, turn
from recording_engine import RecordingEngine
from saying_engine import SayingEngine
from servers import StartServer

NAMES = {"bias": {"terms": ["Villa"], "home_names": True}}
UNUSED = {"end_of_speech": {"commands_end_early": False}, "limits": {"repair": "off"}}
"""Settings with which the commands of the house are not used, so that no house is recorded."""


def name_lamp(hass: HomeAssistant, name: str) -> None:
    """Add the only lamp of the home, or rename it."""
    hass.states.async_set("light.lamp", "off", {"friendly_name": name})


@pytest.fixture
def engine() -> RecordingEngine:
    return RecordingEngine()


async def recorded(
    hass: HomeAssistant, engine: RecordingEngine, start_server: StartServer, **stored: object
) -> MockConfigEntry:
    """Record an utterance in a home with a lantern, which is then renamed to beacon."""
    name_lamp(hass, "Lantern")
    server = await start_server(engine=engine)
    entry = account(server, **stored)
    await set_up(hass, entry, account(server, name="Hall", bias={"home_names": False}))
    await record(hass, entry)
    name_lamp(hass, "Beacon")
    return entry


@pytest.mark.parametrize("stored", [NAMES, {**NAMES, **UNUSED}])
async def test_the_service_gets_the_recorded_names(
    stored: dict[str, object],
    *,
    hass: HomeAssistant,
    engine: RecordingEngine,
    start_server: StartServer,
) -> None:
    entry = await recorded(hass, engine, start_server, **stored)
    (kept,) = await kept_of(hass, entry)
    recording = await hass.async_add_executor_job(kept.read)

    await call(hass, "replay")

    assert (recording.house is None) == ("limits" in stored)
    assert engine.terms[-1] == ("Villa", "Lantern")


async def test_an_entity_that_sends_no_names_of_the_home_sends_no_recorded_ones(
    hass: HomeAssistant, engine: RecordingEngine, start_server: StartServer
) -> None:
    await recorded(hass, engine, start_server, **NAMES)

    await call(hass, "replay", "stt.hall")

    assert engine.terms[-1] == ()


async def test_without_recorded_names_those_of_now_are_used(
    hass: HomeAssistant, engine: RecordingEngine, start_server: StartServer
) -> None:
    server = await start_server(engine=engine)
    entry = account(server, **NAMES)
    hall = account(server, name="Hall", bias={"home_names": False}, **UNUSED)
    await set_up(hass, entry, hall)
    await turn(hass, "on", "switch.hall_record_utterances")
    await transcribe(hass, entity_id="stt.hall")
    name_lamp(hass, "Beacon")

    await call(hass, "replay")

    assert engine.terms[-1] == ("Villa", "Beacon")


async def test_a_command_is_repaired_with_the_recorded_names(
    hass: HomeAssistant, start_server: StartServer
) -> None:
    name_lamp(hass, "Lantern")
    entry = account(
        await start_server(engine=SayingEngine("turn on the lanturn")), limits={"repair": "on"}
    )
    await set_up(hass, entry)
    await turn(hass, "on")
    async with asyncio.timeout(PATIENCE_S):  # the commands of the house are built meanwhile
        while (await transcribe(hass)).text != "turn on the Lantern":
            pass
    name_lamp(hass, "Beacon")

    assert (await call(hass, "replay"))["text"] == "turn on the Lantern"
