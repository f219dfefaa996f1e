"""Diagnostics, which people attach to public issues."""

import json

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from accounts import account, bridge_account, hear, set_up
from bridges import ACCESS_TOKEN, StartBridge
from servers import TOKEN, Server
from wyoming_bridge.version import VERSION

EVERYTHING = {
    "language": "nl",
    "recognition": {"filler_mode": "clean"},
    "end_of_speech": {"silence_ms": 500},
    "bias": {"terms": ["Villa Kakelbont"], "home_names": True},
    "limits": {"text": "as_is", "max_seconds_per_day": 600, "fallback": ["hall"]},
}

PRIVATE = [TOKEN, ACCESS_TOKEN, "127.0.0.1", "ws://", "Kakelbont", "Kitchen"]


async def shown(
    hass: HomeAssistant, client: ClientSessionGenerator, entry: MockConfigEntry
) -> dict[str, object]:
    return dict(await get_diagnostics_for_config_entry(hass, client, entry))


async def test_they_hold_what_is_set_and_how_it_goes(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    server: Server,
    snapshot: SnapshotAssertion,
) -> None:
    entry = account(server, **EVERYTHING)
    await set_up(hass, entry)

    found = await shown(hass, hass_client, entry)

    assert found.pop("version") == VERSION
    assert found == snapshot


async def test_those_of_an_account_that_is_not_loaded_say_why(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    entry = account(server)
    await server.go()
    await set_up(hass, entry)

    found = await shown(hass, hass_client, entry)

    assert (found["state"], found["reason"]) == ("setup_retry", "cannot_connect")
    assert found["account"]["token"] == "**REDACTED**"
    assert "usage" not in found


async def test_those_of_a_bridge_name_its_version(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    entry = bridge_account(bridge, token=ACCESS_TOKEN)
    await set_up(hass, entry)

    found = await shown(hass, hass_client, entry)

    assert found["bridge_version"] == VERSION
    assert found["account"]["host"] == "**REDACTED**"
    assert found["answers"]


async def test_they_tell_of_use_and_of_errors(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await hear(hass)
    await server.go()
    await hear(hass)

    found = await shown(hass, hass_client, entry)

    assert not found["answers"]
    usage = found["usage"]
    assert usage.pop("response_ms") > 0
    assert usage == {
        "utterances": 2,
        "errors": {"cannot_connect": 1},
        "last_error": "cannot_connect",
        "audio_today_s": 1.0,
    }


async def test_they_hold_nothing_that_is_nobodys_business(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    entry = account(server, **EVERYTHING)
    await set_up(hass, entry)
    heard = (await hear(hass)).text
    await server.go()
    await hear(hass)

    found = json.dumps(await shown(hass, hass_client, entry)).lower()

    assert heard
    assert not [each for each in (*PRIVATE, *heard.split()) if each.lower() in found]
