"""Helpers for the recorders of entities: their switches and their recordings."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, KITCHEN, account, set_up, transcribe
from custom_components.wyoming_bridge.bridge import PCM_16K_MONO, Kept
from custom_components.wyoming_bridge.recorders import EntityRecorder, store_of
from servers import Server

SWITCH: Final = "switch.kitchen_record_utterances"


async def turn(hass: HomeAssistant, to: str, entity_id: str = SWITCH) -> None:
    """Turn the switch of an entity ``on`` or ``off``."""
    await hass.services.async_call("switch", f"turn_{to}", {"entity_id": entity_id}, blocking=True)


async def recorded_account(hass: HomeAssistant, server: Server) -> MockConfigEntry:
    """Set up an account whose first entity is recorded."""
    entry = account(server)
    await set_up(hass, entry)
    await turn(hass, "on")
    return entry


def recorder_of(entry: MockConfigEntry) -> EntityRecorder:
    """Return the recorder of the first entity of an account."""
    recorder: EntityRecorder = next(iter(entry.runtime_data.recorders.values()))
    return recorder


async def kept_of(hass: HomeAssistant, entry: MockConfigEntry) -> list[Kept]:
    """Return the recordings of the first entity of an account, after all were written."""
    await recorder_of(entry).async_written()
    return await hass.async_add_executor_job(recorder_of(entry).store.kept)


async def record(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Record an utterance, and return its id. The recorder is off afterwards."""
    await turn(hass, "on")
    await transcribe(hass)
    await turn(hass, "off")
    return (await kept_of(hass, entry))[0].id


async def add_older(hass: HomeAssistant, kept: Kept, *, as_id: str, hours: float) -> None:
    """Add a copy of a recording, with another id and a start that is some hours earlier."""

    def add() -> None:
        recording = kept.read()
        older = replace(recording, id=as_id, began_at=recording.began_at - timedelta(hours=hours))
        store = store_of(hass, kept.folder.parent.name)
        store.add(older, kept.read_audio(), source=PCM_16K_MONO)

    await hass.async_add_executor_job(add)


def put_file(path: Path) -> None:
    """Replace a folder by a file, so that nothing can be written to the folder, as on a bad disk.

    Files in the folder are deleted. It must have no subfolders.
    """
    for each in path.glob("*") if path.is_dir() else ():
        each.unlink()
    if path.is_dir():
        path.rmdir()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")


async def call(
    hass: HomeAssistant, action: str, entity_id: str = KITCHEN, **data: object
) -> dict[str, Any]:
    """Call an action and return the response of one entity."""
    responses = await hass.services.async_call(
        DOMAIN, action, {"entity_id": entity_id, **data}, blocking=True, return_response=True
    )
    assert responses is not None
    (response,) = responses.values()
    assert isinstance(response, dict)
    return response
