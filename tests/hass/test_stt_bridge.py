"""The speech-to-text entity of a remote bridge."""

import asyncio
import json

import pytest
from homeassistant.components import stt
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import (
    DOMAIN,
    KITCHEN,
    bridge_account,
    engine,
    metadata,
    reauth_flows,
    set_up,
    transcribe,
)
from bridges import ACCESS_TOKEN, Bridge, StartBridge
from clock import advance_time
from foreign_servers import ForeignServers
from microphones import COMMAND, WORDS, Microphone
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.endpointing import Endpointing

ERROR = stt.SpeechResult(None, stt.SpeechResultState.ERROR)

CLIENT_VAD = Profile(
    name="offline",
    backend=LocalBackend(engine="scripted"),
    endpointing=Endpointing(source="client"),
)
"""A profile that waits for the end of the audio."""


async def test_a_cancelled_utterance_closes_the_stream(hass: HomeAssistant, bridge: Bridge) -> None:
    await set_up(hass, bridge_account(bridge))
    microphone = Microphone(ends=False)
    run = hass.async_create_task(transcribe(hass, microphone.stream()))
    await microphone.all_read.wait()

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert microphone.closed
    assert (await transcribe(hass)).text == WORDS


async def test_languages_and_endpointing_follow_the_bridge(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    entry = bridge_account(bridge)
    await set_up(hass, entry)
    before = engine(hass).audio_processing.requires_external_vad
    bridge.profiles["offline"] = CLIENT_VAD
    await bridge.restart()

    await advance_time(hass, seconds=31)

    assert (before, engine(hass).audio_processing.requires_external_vad) == (False, True)
    assert {"en", "en-US"} <= set(engine(hass).supported_languages)


async def test_the_entity_can_override_the_endpointing_of_the_bridge(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    bridge.profiles["offline"] = CLIENT_VAD
    await bridge.restart()
    chosen = {"override": True, "end_of_speech": {"source": "race"}}
    await set_up(hass, bridge_account(bridge, **chosen))
    microphone = Microphone(COMMAND, ends=False)

    result = await transcribe(hass, microphone.stream())

    assert not engine(hass).audio_processing.requires_external_vad
    assert result.result is stt.SpeechResultState.SUCCESS
    assert not microphone.exhausted


async def test_without_override_the_settings_of_the_entity_do_not_apply(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    unused = {"override": False, "end_of_speech": {"source": "client"}}
    await set_up(hass, bridge_account(bridge, **unused))

    assert not engine(hass).audio_processing.requires_external_vad


@pytest.mark.parametrize("assistant", ["en-GB", "nl"])
async def test_an_entity_of_a_bridge_with_its_own_language_works_in_every_assistant(
    assistant: str, hass: HomeAssistant, bridge: Bridge
) -> None:
    # English is the only language of the profile.
    await set_up(hass, bridge_account(bridge, language="en"))

    assert engine(hass).check_metadata(metadata(assistant))
    assert (await transcribe(hass, language=assistant)).text == WORDS


async def test_a_missing_profile_cannot_transcribe(hass: HomeAssistant, bridge: Bridge) -> None:
    await set_up(hass, bridge_account(bridge, profile="kitchen"))

    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE
    assert engine(hass).supported_languages == []
    assert not engine(hass).audio_processing.requires_external_vad
    assert await transcribe(hass) == ERROR


async def test_a_bridge_with_an_access_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)

    await set_up(hass, bridge_account(bridge, token=ACCESS_TOKEN))

    assert (await transcribe(hass)).text == WORDS


@pytest.fixture
async def locked_out(hass: HomeAssistant, start_bridge: StartBridge) -> MockConfigEntry:
    """Add an account of a bridge whose access token then changes."""
    bridge = await start_bridge(token=ACCESS_TOKEN)
    entry = bridge_account(bridge, token=ACCESS_TOKEN)
    await set_up(hass, entry)
    bridge.token = "an0ther"
    await bridge.restart()
    return entry


async def test_the_user_is_asked_for_a_changed_token_at_the_next_utterance(
    hass: HomeAssistant, locked_out: MockConfigEntry
) -> None:
    result = await transcribe(hass)

    assert result == ERROR
    assert reauth_flows(hass) == [locked_out.entry_id]


async def test_the_user_is_asked_for_a_changed_token_without_an_utterance(
    hass: HomeAssistant, locked_out: MockConfigEntry
) -> None:
    await advance_time(hass, seconds=31)

    assert reauth_flows(hass) == [locked_out.entry_id]
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


async def test_the_user_is_asked_for_a_missing_token_at_setup(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    entry = bridge_account(await start_bridge(token=ACCESS_TOKEN))

    await set_up(hass, entry)

    assert (entry.state, reauth_flows(hass)) == (ConfigEntryState.SETUP_ERROR, [entry.entry_id])


async def test_setup_is_retried_while_the_bridge_is_stopped(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    await bridge.pause()
    entry = bridge_account(bridge)
    await set_up(hass, entry)
    waiting = entry.state

    await bridge.start()
    await advance_time(hass, minutes=10)

    assert (waiting, entry.state) == (ConfigEntryState.SETUP_RETRY, ConfigEntryState.LOADED)


async def test_an_outdated_bridge_is_an_issue(
    hass: HomeAssistant,
    bridge: Bridge,
    foreign_servers: ForeignServers,
    issue_registry: ir.IssueRegistry,
) -> None:
    program = {"name": "offline", "version": "0.0.9", "models": []}
    program["attribution"] = {"name": "Wyoming Bridge", "url": ""}
    info = json.dumps({"type": "info", "data": {"asr": [program]}}).encode() + b"\n"
    entry = bridge_account(bridge, port=await foreign_servers.start(info))
    await set_up(hass, entry)
    issue = issue_registry.async_get_issue(DOMAIN, f"bridge_too_old_{entry.entry_id}")

    hass.config_entries.async_update_entry(entry, data={**entry.data, "port": bridge.port})
    await hass.async_block_till_done()

    assert issue.translation_placeholders["version"] == "0.0.9"
    assert not issue_registry.issues


async def test_the_audio_sent_to_a_bridge_is_counted(hass: HomeAssistant, bridge: Bridge) -> None:
    await set_up(hass, bridge_account(bridge))

    await transcribe(hass)

    assert hass.states.get("sensor.kitchen_audio_sent_today").state == "1.0"
    assert float(hass.states.get("sensor.kitchen_response_time").state) > 0
