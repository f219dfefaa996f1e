"""Diagnostics, which users attach to public issues."""

import json

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from accounts import account, add_entity, bridge_account, set_up, transcribe
from bridges import ACCESS_TOKEN, Bridge, StartBridge
from recorders import kept_of, put_file, recorded_account, recorder_of
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


async def test_they_contain_settings_and_usage(
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


async def test_an_account_that_is_not_loaded_has_the_reason(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    entry = account(server)
    await server.pause()
    await set_up(hass, entry)

    found = await shown(hass, hass_client, entry)

    assert (found["state"], found["reason"]) == ("setup_retry", "connection_refused")
    assert found["account"]["token"] == "**REDACTED**"
    assert "usage" not in found


async def test_an_account_of_a_bridge_has_its_version(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    entry = bridge_account(bridge, token=ACCESS_TOKEN)
    await set_up(hass, entry)

    found = await shown(hass, hass_client, entry)

    assert found["bridge_version"] == VERSION
    assert found["account"]["host"] == "**REDACTED**"
    assert found["answers"]


async def test_they_contain_the_counts_of_utterances_and_errors(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await transcribe(hass)
    await server.pause()
    await transcribe(hass)

    found = await shown(hass, hass_client, entry)

    assert not found["answers"]
    (usage,) = found["usage"]
    assert usage.pop("response_ms") > 0
    failed_id = usage.pop("last_error_utterance_id")
    assert usage == {
        "utterances": 2,
        "last_utterance_id": failed_id,
        "errors": {"cannot_connect": 1},
        "last_error": "cannot_connect",
        "audio_today_s": 1.0,
        "is_recorded": False,
        "recorded_utterance_ids": [],
    }
    assert len(failed_id) == 8


async def test_they_contain_no_private_data(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    entry = account(server, **EVERYTHING)
    await set_up(hass, entry)
    heard = (await transcribe(hass)).text
    await server.pause()
    await transcribe(hass)

    found = json.dumps(await shown(hass, hass_client, entry)).lower()

    assert heard
    assert not [each for each in (*PRIVATE, *heard.split()) if each.lower() in found]


async def test_they_contain_the_id_of_the_recording_and_none_of_its_content(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    entry = await recorded_account(hass, server)
    heard = (await transcribe(hass)).text
    (kept,) = await kept_of(hass, entry)

    found = await shown(hass, hass_client, entry)

    (usage,) = found["usage"]
    assert (usage["is_recorded"], usage["last_utterance_id"]) == (True, kept.id)
    assert usage["recorded_utterance_ids"] == [kept.id]
    content = json.dumps(found)
    private = (*PRIVATE, *heard.split(), "recordings")
    assert not [each for each in private if each.lower() in content.lower()]


async def test_they_say_why_the_ids_of_the_recordings_are_missing(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server, bridge: Bridge
) -> None:
    kitchen, attic = account(server), bridge_account(bridge, name="Attic")
    await set_up(hass, kitchen, attic)
    await hass.async_add_executor_job(put_file, recorder_of(kitchen).store.folder)

    usages = [(await shown(hass, hass_client, each))["usage"][0] for each in (kitchen, attic)]

    assert [each["recorded_utterance_ids"] for each in usages] == ["ENOTDIR", None]


async def test_they_name_the_invalid_setting_of_an_entity_that_is_left_out(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall", end_of_speech={"silence_ms": 5})

    found = await shown(hass, hass_client, entry)

    kitchen, hall = found["usage"]
    assert kitchen["utterances"] == 0
    assert hall == {"invalid_setting": "silence_ms"}


async def test_they_contain_how_many_names_the_house_has_and_none_of_them(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    hass.states.async_set("light.lamp", "on", {"friendly_name": "Kakelbont"})
    hass.states.async_set("light.other", "on", {"friendly_name": "Kitchen"})
    await hass.async_block_till_done()

    found = await shown(hass, hass_client, entry)

    assert found["house_names"] == 2
    assert "Kakelbont" not in json.dumps(found)


async def test_they_do_not_contain_the_prompt_because_it_may_contain_names(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, server: Server
) -> None:
    prompt = "Pippi lives in Villa Kakelbont."
    entry = account(server, "openai", recognition={"prompt": prompt})
    await set_up(hass, entry)

    assert "Kakelbont" not in json.dumps(await shown(hass, hass_client, entry))
