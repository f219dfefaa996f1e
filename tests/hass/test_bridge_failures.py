"""A bridge elsewhere whose own service fails it, and one that goes."""

from dataclasses import replace

import pytest
from homeassistant.components import stt
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, KITCHEN, bridge_account, hear, reauth_flows, set_up
from bridges import Bridge
from passing import later
from reading import told
from servers import TOKEN, Server
from speaking import WORDS
from wyoming_bridge.config import Profile
from wyoming_bridge.providers.reson8 import Reson8Settings

ERROR = stt.SpeechResult(None, stt.SpeechResultState.ERROR)


def with_token(server: Server, token: str) -> Profile:
    """A profile of a bridge whose service is this server."""
    settings = Reson8Settings(token=token, url=f"{server.url}/reson8")
    return Profile(name="offline", backend=settings)


@pytest.fixture
async def entry(hass: HomeAssistant, bridge: Bridge, server: Server) -> MockConfigEntry:
    """An account of the bridge, whose own token is wrong."""
    bridge.profiles["offline"] = with_token(server, "wr0ng")
    await bridge.restart()
    entry = bridge_account(bridge)
    await set_up(hass, entry)
    return entry


@pytest.mark.usefixtures("entry")
async def test_a_token_that_the_bridge_has_wrong_is_mended_in_the_bridge(
    hass: HomeAssistant,
    bridge: Bridge,
    server: Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    result = await hear(hass)
    issues = set(issue_registry.issues)
    bridge.profiles["offline"] = with_token(server, TOKEN)
    await bridge.restart()

    assert result == ERROR
    assert issues == {(DOMAIN, "bridge_account_kitchen")}
    assert not reauth_flows(hass)
    assert (await hear(hass)).text == WORDS
    assert not issue_registry.issues


async def test_a_bridge_whose_service_is_gone_is_there_itself(
    hass: HomeAssistant, entry: MockConfigEntry, server: Server
) -> None:
    await server.go()

    assert await hear(hass) == ERROR

    assert entry.runtime_data.usage.errors == {"cannot_connect": 1}
    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE


async def test_that_the_bridge_goes_after_its_service_is_news(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    bridge: Bridge,
    server: Server,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.clear()
    await server.go()
    await hear(hass)
    await hear(hass)
    await bridge.go()

    await later(hass, seconds=61)

    assert told(caplog) == ["WARNING", "ERROR"]


@pytest.fixture
async def gone(hass: HomeAssistant, bridge: Bridge, caplog: pytest.LogCaptureFixture) -> Bridge:
    """The bridge of an account that works went, and nobody has noticed; the log begins there."""
    await set_up(hass, bridge_account(bridge))
    caplog.clear()
    await bridge.go()
    return bridge


async def test_the_entity_goes_and_comes_with_the_bridge(
    hass: HomeAssistant, gone: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    await later(hass, seconds=31)
    await hear(hass)
    await later(hass, seconds=62 + 31)
    while_gone = hass.states.get(KITCHEN).state

    await gone.start()
    await later(hass, minutes=4)

    assert (while_gone, hass.states.get(KITCHEN).state) == (STATE_UNAVAILABLE, "unknown")
    assert told(caplog) == ["ERROR", "INFO"]


async def test_that_a_bridge_is_gone_is_noticed_when_somebody_speaks(
    hass: HomeAssistant, gone: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    result = await hear(hass)
    while_gone = hass.states.get(KITCHEN).state
    await gone.start()
    await later(hass, seconds=31)

    assert (result, while_gone) == (ERROR, STATE_UNAVAILABLE)
    assert told(caplog) == ["ERROR", "INFO"]
    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE


async def test_a_profile_that_the_bridge_has_no_more_is_told_until_it_is_back(
    hass: HomeAssistant, bridge: Bridge, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(hass, bridge_account(bridge))
    there = dict(bridge.profiles)
    bridge.profiles["attic"] = replace(bridge.profiles.pop("offline"), name="attic")
    await bridge.restart()
    await later(hass, seconds=31)
    issues = set(issue_registry.issues)

    bridge.profiles.clear()
    bridge.profiles.update(there)
    await bridge.restart()
    await later(hass, seconds=62)

    assert issues == {(DOMAIN, "profile_gone_kitchen")}
    assert not issue_registry.issues
