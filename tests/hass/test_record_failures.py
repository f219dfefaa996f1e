"""Disks and folders that fail while an entity is recorded."""

import sys
from pathlib import Path

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import account, set_up, transcribe
from microphones import WORDS
from recorders import SWITCH, put_file, recorded_account, recorder_of, turn
from servers import Server

FAILED = ("wyoming_bridge", "recording_failed_kitchen")


async def test_a_folder_that_cannot_be_used_is_reported_when_the_switch_is_turned_on(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await hass.async_add_executor_job(put_file, recorder_of(entry).store.folder)

    with pytest.raises(HomeAssistantError) as failed:
        await turn(hass, "on")

    assert failed.value.translation_key == "path_unusable"
    assert failed.value.translation_placeholders["path"].endswith("kitchen")
    assert failed.value.translation_placeholders["reason"] == "EEXIST"
    assert hass.states.get(SWITCH).state == "off"


async def test_a_switch_whose_state_cannot_be_stored_turns_off_with_an_error(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    mark = recorder_of(entry).store.folder / "is-on"
    await turn(hass, "on")
    await hass.async_add_executor_job(_replace_by_folder, mark)

    with pytest.raises(HomeAssistantError) as not_off:
        await turn(hass, "off")
    after_off = hass.states.get(SWITCH).state
    await hass.async_add_executor_job(_replace_by_link, mark)
    with pytest.raises(HomeAssistantError) as not_on:
        await turn(hass, "on")

    assert (after_off, hass.states.get(SWITCH).state) == ("off", "off")
    for failed, key in ((not_off, "path_unusable"), (not_on, "path_missing")):
        assert failed.value.translation_key == key
        assert failed.value.translation_placeholders["path"] == str(mark)


def _replace_by_folder(mark: Path) -> None:
    mark.unlink()
    mark.mkdir()


def _replace_by_link(mark: Path) -> None:
    mark.rmdir()
    mark.symlink_to(mark.parent / "no" / "such" / "folder")


async def fail_while_on(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Turn the recorder on, then let its disk fail."""
    await turn(hass, "on")
    await hass.async_add_executor_job(put_file, recorder_of(entry).store.folder)


async def test_a_disk_that_fails_ends_the_recording_and_no_utterance(
    hass: HomeAssistant, server: Server, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await fail_while_on(hass, entry)

    texts = [(await transcribe(hass)).text for _ in range(2)]
    await recorder_of(entry).async_written()
    await hass.async_block_till_done()

    assert texts == [WORDS, WORDS]
    assert hass.states.get(SWITCH).state == "off"
    assert set(issue_registry.issues) == {FAILED}
    issue = issue_registry.issues[FAILED]
    assert issue.translation_placeholders["folder"] == str(recorder_of(entry).store.folder)
    assert issue.translation_placeholders["reason"] == "ENOTDIR"
    assert issue.is_persistent


async def test_a_failure_that_leaves_the_recorder_on_after_a_restart_is_logged(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await recorded_account(hass, server)
    await hass.async_add_executor_job(_replace_by_loop, recorder_of(entry).store.folder)

    assert (await transcribe(hass)).text == WORDS
    await recorder_of(entry).async_written()
    await hass.async_block_till_done()

    assert hass.states.get(SWITCH).state == "off"
    assert "the recorder is on again after a restart" in caplog.text


def _replace_by_loop(folder: Path) -> None:
    put_file(folder)
    folder.unlink()
    folder.symlink_to(folder)


async def test_after_a_failure_the_recorder_stays_off_until_it_is_turned_on(
    hass: HomeAssistant, server: Server, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await fail_while_on(hass, entry)
    await transcribe(hass)
    await recorder_of(entry).async_written()
    folder = recorder_of(entry).store.folder
    await hass.async_add_executor_job(folder.unlink)

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    after_reload = (hass.states.get(SWITCH).state, set(issue_registry.issues))
    await turn(hass, "on")

    assert after_reload == ("off", {FAILED})
    assert set(issue_registry.issues) == {("wyoming_bridge", "recording_kitchen")}


async def test_a_folder_that_cannot_be_used_after_a_restart_is_reported(
    hass: HomeAssistant,
    server: Server,
    issue_registry: ir.IssueRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = await recorded_account(hass, server)
    monkeypatch.setitem(sys.modules, "av", None)  # as if PyAV had been uninstalled

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert hass.states.get(SWITCH).state == "off"
    assert set(issue_registry.issues) == {FAILED}
    assert (await transcribe(hass)).text == WORDS
