"""The speech-to-text entity where a bridge elsewhere transcribes."""

import asyncio
import json

import pytest
from homeassistant.components import stt
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, KITCHEN, bridge_account, engine, hear, reauth_flows, set_up
from bridges import ACCESS_TOKEN, Bridge, StartBridge
from passing import later
from speaking import COMMAND, WORDS, Microphone
from strangers import Strangers
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.endpointing import Endpointing

ERROR = stt.SpeechResult(None, stt.SpeechResultState.ERROR)

PATIENT = Profile(
    name="offline",
    backend=LocalBackend(engine="scripted"),
    endpointing=Endpointing(source="client"),
)
"""It waits for the end of the audio."""


async def test_whoever_does_not_wait_leaves_nothing_behind(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    await set_up(hass, bridge_account(bridge))
    microphone = Microphone(ends=False)
    run = hass.async_create_task(hear(hass, microphone.stream()))
    await microphone.all_said.wait()

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert microphone.closed
    assert (await hear(hass)).text == WORDS


async def test_languages_and_the_end_of_speech_are_as_the_bridge_says(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    entry = bridge_account(bridge)
    await set_up(hass, entry)
    before = engine(hass).audio_processing.requires_external_vad
    bridge.profiles["offline"] = PATIENT
    await bridge.restart()

    await later(hass, seconds=31)

    assert (before, engine(hass).audio_processing.requires_external_vad) == (False, True)
    assert {"en", "en-US"} <= set(engine(hass).supported_languages)


async def test_how_the_end_of_speech_is_found_can_be_chosen_in_here(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    bridge.profiles["offline"] = PATIENT
    await bridge.restart()
    chosen = {"override": True, "end_of_speech": {"source": "race"}}
    await set_up(hass, bridge_account(bridge, **chosen))
    microphone = Microphone(COMMAND, ends=False)

    result = await hear(hass, microphone.stream())

    assert not engine(hass).audio_processing.requires_external_vad
    assert result.result is stt.SpeechResultState.SUCCESS
    assert not microphone.over


async def test_a_choice_that_does_not_hold_changes_nothing(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    unused = {"override": False, "end_of_speech": {"source": "client"}}
    await set_up(hass, bridge_account(bridge, **unused))

    assert not engine(hass).audio_processing.requires_external_vad


async def test_a_fixed_language_is_the_only_one_of_a_bridge(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    await set_up(hass, bridge_account(bridge, language="en"))

    languages = engine(hass).supported_languages

    assert {each.split("-")[0] for each in languages} == {"en"}
    assert (await hear(hass)).text == WORDS


async def test_a_profile_that_the_bridge_has_no_more_hears_nobody(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    await set_up(hass, bridge_account(bridge, profile="kitchen"))

    assert engine(hass).supported_languages == []
    assert not engine(hass).audio_processing.requires_external_vad
    assert await hear(hass) == ERROR


async def test_a_bridge_may_want_a_token(hass: HomeAssistant, start_bridge: StartBridge) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)

    await set_up(hass, bridge_account(bridge, token=ACCESS_TOKEN))

    assert (await hear(hass)).text == WORDS


@pytest.fixture
async def locked_out(hass: HomeAssistant, start_bridge: StartBridge) -> MockConfigEntry:
    """An account whose token was changed in the bridge."""
    bridge = await start_bridge(token=ACCESS_TOKEN)
    entry = bridge_account(bridge, token=ACCESS_TOKEN)
    await set_up(hass, entry)
    bridge.token = "an0ther"
    await bridge.restart()
    return entry


async def test_a_token_that_was_changed_is_asked_for_at_the_next_utterance(
    hass: HomeAssistant, locked_out: MockConfigEntry
) -> None:
    result = await hear(hass)

    assert result == ERROR
    assert reauth_flows(hass) == [locked_out.entry_id]


async def test_a_token_that_was_changed_is_asked_for_before_anybody_speaks(
    hass: HomeAssistant, locked_out: MockConfigEntry
) -> None:
    await later(hass, seconds=31)

    assert reauth_flows(hass) == [locked_out.entry_id]
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


async def test_a_token_that_was_wrong_from_the_beginning_is_asked_for(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    entry = bridge_account(await start_bridge(token=ACCESS_TOKEN))

    await set_up(hass, entry)

    assert (entry.state, reauth_flows(hass)) == (ConfigEntryState.SETUP_ERROR, [entry.entry_id])


async def test_a_bridge_that_is_not_there_is_tried_again(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    await bridge.go()
    entry = bridge_account(bridge)
    await set_up(hass, entry)
    waiting = entry.state

    await bridge.start()
    await later(hass, minutes=10)

    assert (waiting, entry.state) == (ConfigEntryState.SETUP_RETRY, ConfigEntryState.LOADED)


async def test_a_bridge_that_is_too_old_has_to_be_updated(
    hass: HomeAssistant, bridge: Bridge, strangers: Strangers, issue_registry: ir.IssueRegistry
) -> None:
    program = {"name": "offline", "version": "0.0.9", "models": []}
    program["attribution"] = {"name": "Wyoming Bridge", "url": ""}
    info = json.dumps({"type": "info", "data": {"asr": [program]}}).encode() + b"\n"
    entry = bridge_account(bridge, port=await strangers.who_says(info))
    await set_up(hass, entry)
    issue = issue_registry.async_get_issue(DOMAIN, f"bridge_too_old_{entry.entry_id}")

    hass.config_entries.async_update_entry(entry, data={**entry.data, "port": bridge.port})
    await hass.async_block_till_done()

    assert issue.translation_placeholders["version"] == "0.0.9"
    assert not issue_registry.issues


async def test_what_is_sent_to_a_bridge_is_counted(hass: HomeAssistant, bridge: Bridge) -> None:
    await set_up(hass, bridge_account(bridge))

    await hear(hass)

    assert hass.states.get("sensor.kitchen_account_audio_sent_today").state == "1.0"
    assert float(hass.states.get("sensor.kitchen_account_response_time").state) > 0
