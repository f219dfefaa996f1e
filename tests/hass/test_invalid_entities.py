"""Entities with an invalid setting, which are left out when their account is loaded."""

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from accounts import DOMAIN, KITCHEN, account, add_entity, bridge_account, set_up, transcribe
from bridges import Bridge
from custom_components.wyoming_bridge.coordinator import AccountCoordinator
from custom_components.wyoming_bridge.realtime_service import RealtimeService
from entity_forms import add_form, default_values, submit
from servers import Server

HALL = "stt.hall"

INVALID = {"end_of_speech": {"silence_ms": 5}}


@pytest.mark.parametrize("kind", ["openai", "bridge"])
async def test_an_entity_with_an_invalid_setting_does_not_affect_the_others(
    kind: str,
    *,
    hass: HomeAssistant,
    server: Server,
    bridge: Bridge,
    issue_registry: ir.IssueRegistry,
) -> None:
    wrong = {"override": True, **INVALID}
    entry = account(server, kind) if kind != "bridge" else bridge_account(bridge)
    await set_up(hass, entry)
    kitchen = entry.subentries["kitchen"]
    right = dict(kitchen.data)
    await add_entity(hass, entry, "Hall", **right)

    hass.config_entries.async_update_subentry(entry, kitchen, data={**right, **wrong})
    await hass.async_block_till_done()
    issues = set(issue_registry.issues)
    states = [hass.states.get(each).state for each in (KITCHEN, HALL)]
    result = await transcribe(hass, entity_id=HALL)
    hass.config_entries.async_update_subentry(entry, kitchen, data=right)
    await hass.async_block_till_done()

    assert entry.state is ConfigEntryState.LOADED
    assert issues == {(DOMAIN, "setting_invalid_kitchen")}
    assert states == [STATE_UNAVAILABLE, STATE_UNKNOWN]
    assert result.text
    assert not issue_registry.issues
    assert (await transcribe(hass)).text


async def test_a_new_entity_can_be_used_although_all_others_are_invalid(
    hass: HomeAssistant, server: Server, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(server, **INVALID)
    await set_up(hass, entry)
    state = entry.state

    await submit(hass, await add_form(hass, entry), default_values("Hall"))

    assert state is ConfigEntryState.SETUP_ERROR
    assert (await transcribe(hass, entity_id=HALL)).text
    assert set(issue_registry.issues) == {(DOMAIN, "setting_invalid_kitchen")}


async def test_each_of_several_invalid_entities_has_an_issue_until_it_is_removed(
    hass: HomeAssistant, server: Server, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(server, **INVALID)
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall", **INVALID)
    await hass.config_entries.async_reload(entry.entry_id)
    both = len(issue_registry.issues)

    for subentry_id in list(entry.subentries):
        hass.config_entries.async_remove_subentry(entry, subentry_id)
        await hass.async_block_till_done()

    assert both == 2
    assert not issue_registry.issues


class RemovedMeanwhile(RealtimeService):
    """A service of whose subentries the user removes one while it prepares them."""

    async def async_start(self) -> None:
        await super().async_start()
        (invalid,) = self.invalid
        self._hass.config_entries.async_remove_subentry(self._entry, invalid)


async def test_an_invalid_entity_can_be_removed_while_its_account_is_loaded(
    hass: HomeAssistant, server: Server, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall", **INVALID)
    coordinator = AccountCoordinator(hass, entry)
    coordinator.service = RemovedMeanwhile(hass, entry)

    await coordinator.async_start()
    await hass.async_block_till_done()

    assert not issue_registry.issues
