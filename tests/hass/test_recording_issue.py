"""The issues that show that an entity is recorded, or that its recorder has failed."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import transcribe
from microphones import WORDS
from recorders import SWITCH, kept_of, put_file, recorded_account, recorder_of, turn
from repair_dialogs import Repairs
from servers import Server

ISSUE = "recording_kitchen"
KEY = ("wyoming_bridge", ISSUE)


@pytest.fixture
async def entry(hass: HomeAssistant, server: Server) -> MockConfigEntry:
    """Add an account whose entity is recorded, with one recording."""
    entry = await recorded_account(hass, server)
    await transcribe(hass)
    return entry


async def test_it_is_shown_while_the_entity_is_recorded(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    shown = issue_registry.issues[KEY]  # the fixture's successful utterance has not deleted it
    await turn(hass, "off")

    assert (shown.severity, shown.is_fixable) == (ir.IssueSeverity.WARNING, True)
    assert shown.translation_placeholders == {
        "account": "Kitchen account",
        "entity": "Kitchen",
        "keep": "50",
        "days": "7",
        "folder": str(recorder_of(entry).store.folder),
    }
    assert not issue_registry.issues


async def test_it_is_shown_again_after_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    unloaded = set(issue_registry.issues)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert (unloaded, set(issue_registry.issues)) == (set(), {KEY})


@pytest.mark.parametrize(("choice", "left"), [("turn_off", 1), ("delete", 0)])
async def test_each_choice_ends_the_recording(
    choice: str,
    left: int,
    *,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    repairs: Repairs,
    issue_registry: ir.IssueRegistry,
) -> None:
    menu = await repairs.open(ISSUE)
    done = await repairs.confirm(menu, next_step_id=choice)

    assert (menu["type"], menu["menu_options"]) == ("menu", ["turn_off", "delete"])
    assert menu["description_placeholders"]["entity"] == "Kitchen"
    assert done["type"] == "create_entry"
    assert hass.states.get(SWITCH).state == "off"
    assert not issue_registry.issues
    assert len(await kept_of(hass, entry)) == left
    assert (await transcribe(hass)).text == WORDS
    assert len(await kept_of(hass, entry)) == left


async def test_an_entity_that_was_removed_meanwhile_is_reported(
    hass: HomeAssistant, entry: MockConfigEntry, repairs: Repairs
) -> None:
    menu = await repairs.open(ISSUE)
    hass.config_entries.async_remove_subentry(entry, "kitchen")
    await hass.async_block_till_done()

    result = await repairs.confirm(menu, next_step_id="turn_off")

    assert (result["type"], result["reason"]) == ("abort", "not_recorded")


@pytest.mark.parametrize("choice", ["turn_off", "delete"])
async def test_an_account_that_was_unloaded_meanwhile_is_reported(
    choice: str, hass: HomeAssistant, entry: MockConfigEntry, repairs: Repairs
) -> None:
    menu = await repairs.open(ISSUE)
    assert await hass.config_entries.async_unload(entry.entry_id)

    result = await repairs.confirm(menu, next_step_id=choice)

    assert (result["type"], result["reason"]) == ("abort", "not_recorded")


async def test_recordings_that_cannot_be_deleted_are_reported(
    hass: HomeAssistant, entry: MockConfigEntry, repairs: Repairs
) -> None:
    menu = await repairs.open(ISSUE)
    for kept in await kept_of(hass, entry):
        await hass.async_add_executor_job(recorder_of(entry).store.delete, [kept])
    await hass.async_add_executor_job(put_file, recorder_of(entry).store.folder)

    result = await repairs.confirm(menu, next_step_id="delete")

    assert (result["type"], result["reason"]) == ("abort", "path_unusable")
    assert result["description_placeholders"]["reason"] == "ENOTDIR"
    assert hass.states.get(SWITCH).state == "off"


async def test_a_failure_is_shown_until_the_user_has_read_it(
    hass: HomeAssistant, server: Server, repairs: Repairs, issue_registry: ir.IssueRegistry
) -> None:
    entry = await recorded_account(hass, server)
    await hass.async_add_executor_job(put_file, recorder_of(entry).store.folder)
    await transcribe(hass)
    await recorder_of(entry).async_written()

    form = await repairs.open("recording_failed_kitchen")
    done = await repairs.confirm(form)

    assert (form["type"], form["step_id"]) == ("form", "confirm")
    assert form["description_placeholders"]["entity"] == "Kitchen"
    assert done["type"] == "create_entry"
    assert not issue_registry.issues
