"""The repair of an entity whose profile the bridge no longer has."""

from dataclasses import replace

import pytest
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import KITCHEN, bridge_account, set_up, transcribe
from bridges import Bridge
from custom_components.wyoming_bridge import repairs as repairs_module
from custom_components.wyoming_bridge.const import CONF_OVERRIDE, SECTION_ENDPOINT
from microphones import WORDS
from repair_dialogs import Repairs
from servers import Server
from wyoming_bridge.config import Profile
from wyoming_bridge.providers.reson8 import Reson8Settings

ISSUE = "profile_gone_kitchen"


@pytest.fixture
async def entry(hass: HomeAssistant, bridge: Bridge) -> MockConfigEntry:
    """Add an account with a profile that has since been renamed in the bridge."""
    bridge.profiles["attic"] = replace(bridge.profiles.pop("offline"), name="attic")
    await bridge.restart()
    entry = bridge_account(bridge)
    await set_up(hass, entry)
    return entry


async def test_the_user_selects_another_profile(
    hass: HomeAssistant, entry: MockConfigEntry, repairs: Repairs, issue_registry: ir.IssueRegistry
) -> None:
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE
    menu = await repairs.open(ISSUE)
    form = await repairs.confirm(menu, next_step_id="select")
    done = await repairs.confirm(form, profile="attic")

    (field,) = form["data_schema"]
    assert (menu["type"], menu["menu_options"]) == ("menu", ["select", "remove"])
    assert menu["description_placeholders"] == {
        "account": "Kitchen account",
        "entity": "Kitchen",
        "profile": "offline",
    }
    assert field["selector"]["select"]["options"] == ["attic"]
    assert done["type"] == "create_entry"
    assert entry.subentries["kitchen"].data["profile"] == "attic"
    assert not issue_registry.issues
    assert hass.states.get(KITCHEN).state == "unknown"
    assert (await transcribe(hass)).text == WORDS


@pytest.fixture
async def hall(bridge: Bridge, server: Server) -> Profile:
    """Add a profile to the bridge whose service has another token."""
    backend = Reson8Settings(url=f"{server.url}/reson8", token="wr0ng", language="en")
    hall = Profile(name="hall", backend=backend)
    bridge.profiles["hall"] = hall
    await bridge.restart()
    return hall


async def test_the_selected_profile_is_tried_before_it_is_stored(
    entry: MockConfigEntry,
    hall: Profile,
    repairs: Repairs,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    form = await repairs.confirm(await repairs.open(ISSUE), next_step_id="select")

    refused = await repairs.confirm(form, profile="hall")

    assert (refused["type"], refused["errors"]) == ("form", {"profile": "profile_fails"})
    assert refused["description_placeholders"]["code"] == "auth_failed"
    assert [each["name"] for each in refused["data_schema"]] == ["profile"]
    assert "Kitchen account: profile hall: " in caplog.text
    assert entry.subentries["kitchen"].data["profile"] == "offline"
    assert issue_registry.issues
    done = await repairs.confirm(refused, profile="attic")
    assert done["type"] == "create_entry"
    assert entry.subentries["kitchen"].data["profile"] == "attic"


async def test_what_the_user_changes_during_the_trial_stays(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    repairs: Repairs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def try_profile(*_: object) -> None:
        subentry = entry.subentries["kitchen"]
        data = {**subentry.data, "bias": {"terms": ["attic"]}}
        hass.config_entries.async_update_subentry(entry, subentry, data=data)

    monkeypatch.setattr(repairs_module, "async_try_profile", try_profile)
    form = await repairs.confirm(await repairs.open(ISSUE), next_step_id="select")

    await repairs.confirm(form, profile="attic")

    assert entry.subentries["kitchen"].data == {"profile": "attic", "bias": {"terms": ["attic"]}}


async def test_a_profile_of_which_only_the_fallback_works_can_be_selected_anyway(
    bridge: Bridge, entry: MockConfigEntry, hall: Profile, repairs: Repairs
) -> None:
    bridge.profiles["hall"] = replace(hall, fallback=("attic",))
    await bridge.restart()
    form = await repairs.confirm(await repairs.open(ISSUE), next_step_id="select")

    refused = await repairs.confirm(form, profile="hall")
    done = await repairs.confirm(refused, profile="hall", save_anyway=True)

    assert refused["errors"] == {"profile": "profile_fails"}
    told = {"profile": "hall", "fallback": "attic", "entity": "Kitchen"}
    assert refused["description_placeholders"].items() >= told.items()
    assert done["type"] == "create_entry"
    assert entry.subentries["kitchen"].data == {"profile": "hall"}


@pytest.mark.parametrize(
    "settings",
    [{"language": "nl"}, {CONF_OVERRIDE: True, SECTION_ENDPOINT: {"source": "provider"}}],
)
async def test_only_profiles_that_work_with_the_settings_are_offered(
    settings: dict[str, object], hass: HomeAssistant, entry: MockConfigEntry, repairs: Repairs
) -> None:
    subentry = entry.subentries["kitchen"]
    data = {**subentry.data, **settings}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    await hass.async_block_till_done()

    result = await repairs.confirm(await repairs.open(ISSUE), next_step_id="select")

    assert (result["type"], result["reason"]) == ("abort", "no_suitable_profile")
    assert result["description_placeholders"]["entity"] == "Kitchen"
    assert entry.subentries["kitchen"].data == data


async def test_the_user_removes_the_entity(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    repairs: Repairs,
    device_registry: dr.DeviceRegistry,
    issue_registry: ir.IssueRegistry,
) -> None:
    form = await repairs.confirm(await repairs.open(ISSUE), next_step_id="remove")
    before = dict(entry.subentries)
    done = await repairs.confirm(form)

    assert (form["type"], form["step_id"], list(before)) == ("form", "remove", ["kitchen"])
    assert done["type"] == "create_entry"
    assert not entry.subentries
    assert not dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert not issue_registry.issues


async def test_a_bridge_that_cannot_be_reached_is_reported(
    entry: MockConfigEntry, bridge: Bridge, repairs: Repairs, issue_registry: ir.IssueRegistry
) -> None:
    menu = await repairs.open(ISSUE)
    await bridge.pause()

    result = await repairs.confirm(menu, next_step_id="select")

    assert (result["type"], result["reason"]) == ("abort", "cannot_connect")
    assert len(issue_registry.issues) == 1


@pytest.mark.parametrize("step", ["select", "remove"])
async def test_an_entity_that_was_removed_meanwhile_is_reported(
    step: str, hass: HomeAssistant, entry: MockConfigEntry, repairs: Repairs
) -> None:
    menu = await repairs.open(ISSUE)
    hass.config_entries.async_remove_subentry(entry, "kitchen")
    await hass.async_block_till_done()

    result = await repairs.confirm(menu, next_step_id=step)

    assert (result["type"], result["reason"]) == ("abort", "account_removed")
