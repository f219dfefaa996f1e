"""A remote bridge whose service fails, and one that is stopped."""

import logging
from dataclasses import replace
from types import MappingProxyType

import pytest
from homeassistant.components import stt
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, KITCHEN, bridge_account, reauth_flows, set_up, transcribe
from bridges import ACCESS_TOKEN, Bridge, StartBridge
from clock import advance_time
from logs import logged_levels
from microphones import WORDS
from servers import TOKEN, Server
from wyoming_bridge.config import Profile
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.transcriber import Limits

ERROR = stt.SpeechResult(None, stt.SpeechResultState.ERROR)


def with_token(server: Server, token: str) -> Profile:
    """Return a profile for a bridge, with the server as its service and with this token."""
    settings = Reson8Settings(token=token, url=f"{server.url}/reson8")
    return Profile(name="offline", backend=settings, limits=Limits(ready_s=5))


@pytest.fixture
async def entry(hass: HomeAssistant, bridge: Bridge, server: Server) -> MockConfigEntry:
    """Add an account of a bridge that has a wrong token for its service."""
    bridge.profiles["offline"] = with_token(server, "wr0ng")
    await bridge.restart()
    entry = bridge_account(bridge)
    await set_up(hass, entry)
    return entry


@pytest.mark.usefixtures("entry")
async def test_a_wrong_token_of_the_bridge_is_corrected_in_the_bridge(
    hass: HomeAssistant,
    bridge: Bridge,
    server: Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    result = await transcribe(hass)
    issues = set(issue_registry.issues)
    bridge.profiles["offline"] = with_token(server, TOKEN)
    await bridge.restart()

    assert result == ERROR
    assert issues == {(DOMAIN, "bridge_account_kitchen")}
    assert not reauth_flows(hass)
    assert (await transcribe(hass)).text == WORDS
    assert not issue_registry.issues


async def test_a_bridge_is_available_while_its_service_is_not(
    hass: HomeAssistant, entry: MockConfigEntry, server: Server
) -> None:
    await server.pause()

    assert await transcribe(hass) == ERROR

    assert entry.runtime_data.usage["kitchen"].errors == {"cannot_connect": 1}
    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE


async def test_a_bridge_that_stops_after_its_service_is_logged(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    bridge: Bridge,
    server: Server,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.clear()
    await server.pause()
    await transcribe(hass)
    await transcribe(hass)
    await bridge.pause()

    await advance_time(hass, seconds=61)

    assert logged_levels(caplog) == ["WARNING", "ERROR"]


@pytest.fixture
async def stopped(hass: HomeAssistant, bridge: Bridge, caplog: pytest.LogCaptureFixture) -> Bridge:
    """Set up an account, clear the log, and stop the bridge. The account has not noticed yet."""
    await set_up(hass, bridge_account(bridge))
    caplog.clear()
    await bridge.pause()
    return bridge


async def test_the_entity_is_unavailable_while_the_bridge_is_stopped(
    hass: HomeAssistant, stopped: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    await advance_time(hass, seconds=31)
    await transcribe(hass)
    await advance_time(hass, seconds=62 + 31)
    while_stopped = hass.states.get(KITCHEN).state

    await stopped.start()
    await advance_time(hass, minutes=4)

    assert (while_stopped, hass.states.get(KITCHEN).state) == (STATE_UNAVAILABLE, "unknown")
    assert logged_levels(caplog) == ["ERROR", "INFO"]


async def test_an_utterance_notices_that_a_bridge_is_stopped(
    hass: HomeAssistant, stopped: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    result = await transcribe(hass)
    while_stopped = hass.states.get(KITCHEN).state
    await stopped.start()
    await advance_time(hass, seconds=31)

    assert (result, while_stopped) == (ERROR, STATE_UNAVAILABLE)
    assert logged_levels(caplog) == ["ERROR", "INFO"]
    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE


async def test_a_missing_profile_is_an_issue_until_the_bridge_has_it_again(
    hass: HomeAssistant, bridge: Bridge, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(hass, bridge_account(bridge))
    before = dict(bridge.profiles)
    bridge.profiles["attic"] = replace(bridge.profiles.pop("offline"), name="attic")
    await bridge.restart()
    await advance_time(hass, seconds=31)
    issues = {key: each.is_persistent for key, each in issue_registry.issues.items()}
    while_gone = hass.states.get(KITCHEN).state

    bridge.profiles.clear()
    bridge.profiles.update(before)
    await bridge.restart()
    await advance_time(hass, seconds=62)

    assert issues == {(DOMAIN, "profile_gone_kitchen"): True}
    assert not issue_registry.issues
    assert (while_gone, hass.states.get(KITCHEN).state) == (STATE_UNAVAILABLE, "unknown")


async def test_only_the_entities_of_a_missing_profile_are_unavailable(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", "hall")
    entry = bridge_account(bridge, profile="hall")
    gone = ConfigSubentry(
        data=MappingProxyType({"profile": "attic"}),
        subentry_type="stt",
        title="Attic",
        unique_id=None,
    )
    entry.add_to_hass(hass)
    hass.config_entries.async_add_subentry(entry, gone)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert hass.states.get(KITCHEN).state == "unknown"
    assert hass.states.get("stt.attic").state == STATE_UNAVAILABLE


async def test_an_utterance_notices_that_a_profile_is_gone(
    hass: HomeAssistant, start_bridge: StartBridge, issue_registry: ir.IssueRegistry
) -> None:
    bridge = await start_bridge("kitchen", "hall")
    await set_up(hass, bridge_account(bridge, profile="kitchen"))
    del bridge.profiles["kitchen"]
    await bridge.restart()

    result = await transcribe(hass)

    assert result == ERROR
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE
    assert set(issue_registry.issues) == {(DOMAIN, "profile_gone_kitchen")}


async def test_a_bridge_that_does_not_prove_itself_any_more_gets_no_audio(
    hass: HomeAssistant, start_bridge: StartBridge, caplog: pytest.LogCaptureFixture
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    await set_up(hass, bridge_account(bridge, token=ACCESS_TOKEN))
    assert (await transcribe(hass)).text == WORDS
    bridge.token = None
    await bridge.restart()

    with caplog.at_level(logging.DEBUG):
        result = await transcribe(hass)
        await advance_time(hass, seconds=60)

    assert result == ERROR
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE
    assert not reauth_flows(hass)
    assert "the bridge has no access token" in caplog.text
    assert ACCESS_TOKEN not in caplog.text
