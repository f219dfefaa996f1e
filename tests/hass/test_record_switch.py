"""The switch that records what people say to an entity."""

import asyncio
from pathlib import Path

import pytest
from homeassistant.components.backup.const import EXCLUDE_FROM_BACKUP
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
)

from accounts import (
    KITCHEN,
    SERVICES,
    account,
    add_entity,
    bridge_account,
    set_up,
    set_up_enabled,
    transcribe,
)
from bridges import Bridge
from clock import advance_time
from custom_components.wyoming_bridge.recorders import store_of
from microphones import SOUND, WORDS, Microphone
from recorders import (
    SWITCH,
    add_older,
    kept_of,
    put_file,
    record,
    recorded_account,
    recorder_of,
    turn,
)
from recordings import transcribe_recording
from servers import TOKEN, Server, StartServer


def content(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


async def test_nothing_is_recorded_by_default(hass: HomeAssistant, server: Server) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await transcribe(hass)

    assert hass.states.get(SWITCH).state == "off"
    assert entry.runtime_data.observe("kitchen") is None
    assert not recorder_of(entry).store.folder.parent.exists()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_recording_has_the_audio_and_the_text_but_no_token(
    service: str, hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, service)
    await set_up_enabled(hass, entry)
    await turn(hass, "on")
    events = async_capture_events(hass, "state_changed")

    assert (await transcribe(hass)).text == WORDS

    (kept,) = await kept_of(hass, entry)
    recording = await hass.async_add_executor_job(kept.read)
    usage = entry.runtime_data.usage["kitchen"]
    final = [each for each in events if each.data["entity_id"] == "event.kitchen_transcript"][-1]
    assert (recording.text, recording.client) == (WORDS, KITCHEN)
    assert recording.via == "home_assistant"
    assert (recording.profile, recording.request["language"]) == ("Kitchen", "en")
    assert await hass.async_add_executor_job(kept.read_audio) == SOUND
    assert kept.id == usage.last_utterance_id
    assert kept.id == final.data["new_state"].attributes["utterance_id"]
    assert TOKEN.encode() not in await hass.async_add_executor_job(content, kept.folder)


async def test_turning_it_off_keeps_what_was_recorded(hass: HomeAssistant, server: Server) -> None:
    entry = await recorded_account(hass, server)
    await transcribe(hass)

    await turn(hass, "off")
    await transcribe(hass)

    assert hass.states.get(SWITCH).state == "off"
    assert len(await kept_of(hass, entry)) == 1


async def test_turning_it_on_or_off_twice_changes_nothing(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await asyncio.gather(turn(hass, "on"), turn(hass, "on"))
    await transcribe(hass)
    await asyncio.gather(turn(hass, "off"), turn(hass, "off"))

    assert hass.states.get(SWITCH).state == "off"
    assert len(await kept_of(hass, entry)) == 1


@pytest.mark.parametrize("to", ["on", "off"])
async def test_an_utterance_is_recorded_only_if_the_switch_is_on_from_beginning_to_end(
    to: str, hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await turn(hass, "off" if to == "on" else "on")
    microphone = Microphone(ends=False)
    run = hass.async_create_task(transcribe(hass, microphone.stream()))
    await microphone.all_read.wait()

    await turn(hass, to)
    microphone.end()

    assert (await run).text == WORDS
    assert not await kept_of(hass, entry)


async def test_an_utterance_that_a_fallback_transcribes_is_recorded(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    hall = account(await start_server(), name="Hall")
    kitchen = account(server, limits={"fallback": ["hall"]})
    await set_up(hass, hall, kitchen)
    await turn(hass, "on")
    await server.pause()

    assert (await transcribe(hass)).text == WORDS

    assert len(await kept_of(hass, kitchen)) == 1
    assert not await kept_of(hass, hall)


async def test_an_utterance_without_a_result_is_recorded(
    hass: HomeAssistant, server: Server
) -> None:
    entry = await recorded_account(hass, server)
    await server.pause()
    await transcribe(hass)

    (kept,) = await kept_of(hass, entry)
    recording = await hass.async_add_executor_job(kept.read)
    assert (recording.text, recording.outcome["code"]) == (None, "cannot_connect")
    assert kept.id == entry.runtime_data.usage["kitchen"].last_error_utterance_id


async def test_files_that_an_action_transcribes_are_not_recorded(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = await recorded_account(hass, server)

    await transcribe_recording(hass, source=str(folder / "hello.wav"))

    assert not await kept_of(hass, entry)


async def test_an_entity_of_a_remote_bridge_has_no_switch(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    await set_up(hass, bridge_account(bridge))

    assert not hass.states.async_entity_ids("switch")


async def test_each_entity_has_its_own_switch(hass: HomeAssistant, server: Server) -> None:
    kitchen, hall = account(server), account(server, name="Hall")
    await set_up(hass, kitchen, hall)
    await turn(hass, "on")
    await transcribe(hass)
    await transcribe(hass, entity_id="stt.hall")

    assert len(await kept_of(hass, kitchen)) == 1
    assert not await kept_of(hass, hall)


def test_recordings_are_in_no_backup(hass: HomeAssistant) -> None:
    folder = store_of(hass, "kitchen").folder.relative_to(hass.config.config_dir)

    # Excluding a folder also excludes everything in it.
    assert any(
        each.full_match(pattern)
        for each in (folder, *folder.parents)
        for pattern in EXCLUDE_FROM_BACKUP
    )


@pytest.mark.parametrize("to", ["on", "off"])
async def test_the_switch_is_as_before_after_a_reload(
    to: str, hass: HomeAssistant, server: Server
) -> None:
    entry = await recorded_account(hass, server)
    await turn(hass, to)

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    await transcribe(hass)

    assert hass.states.get(SWITCH).state == to
    assert len(await kept_of(hass, entry)) == (1 if to == "on" else 0)


async def test_a_switch_that_is_disabled_records_nothing(
    hass: HomeAssistant, server: Server, entity_registry: er.EntityRegistry
) -> None:
    entry = await recorded_account(hass, server)

    entity_registry.async_update_entity(SWITCH, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    await transcribe(hass)

    assert not await kept_of(hass, entry)
    assert not ir.async_get(hass).issues


async def test_everything_is_written_before_home_assistant_stops(
    hass: HomeAssistant, server: Server
) -> None:
    entry = await recorded_account(hass, server)
    await transcribe(hass)

    await hass.async_stop(force=True)

    assert len(recorder_of(entry).store.kept()) == 1


async def test_an_entity_is_removed_with_its_recordings(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall")
    await turn(hass, "on")
    await transcribe(hass)
    folder = recorder_of(entry).store.folder

    hass.config_entries.async_remove_subentry(entry, "kitchen")
    await hass.async_block_till_done()

    assert not folder.exists()
    assert not ir.async_get(hass).issues


@pytest.mark.parametrize("disabled", [False, True])
async def test_an_account_is_removed_with_its_recordings(
    hass: HomeAssistant, server: Server, *, disabled: bool
) -> None:
    entry = await recorded_account(hass, server)
    await transcribe(hass)
    folder = recorder_of(entry).store.folder
    if disabled:
        await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    existed = folder.exists()

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    assert existed
    assert not folder.exists()
    assert not ir.async_get(hass).issues


async def test_old_recordings_are_deleted_also_if_the_switch_is_off(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    utterance_id = await record(hass, entry)
    await add_older(hass, (await kept_of(hass, entry))[0], as_id="last-week", hours=24 * 7)

    await advance_time(hass, hours=1, seconds=5)

    assert [each.id for each in await kept_of(hass, entry)] == [utterance_id]


async def test_recordings_that_cannot_be_deleted_do_not_prevent_setup(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await hass.async_add_executor_job(put_file, store_of(hass, "kitchen").folder)

    await set_up(hass, account(server))

    assert (await transcribe(hass)).text == WORDS
    assert "old recordings cannot be deleted" in caplog.text
