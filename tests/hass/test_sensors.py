"""The sensors of an account."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from accounts import account, set_up, set_up_enabled, transcribe
from clock import advance_time
from custom_components.wyoming_bridge.speech_service import BACKENDS
from servers import Server

RESPONSE = "sensor.kitchen_account_response_time"
AUDIO = "sensor.kitchen_account_audio_sent_today"
UTTERANCES = "sensor.kitchen_account_utterances"
ERRORS = "sensor.kitchen_account_errors"


async def test_rarely_used_sensors_are_disabled_by_default(
    hass: HomeAssistant, server: Server, entity_registry: er.EntityRegistry
) -> None:
    await set_up(hass, account(server))

    disabled = {
        name: entity_registry.async_get(name).disabled
        for name in (RESPONSE, AUDIO, UTTERANCES, ERRORS)
    }

    assert disabled == {RESPONSE: False, AUDIO: False, UTTERANCES: True, ERRORS: True}


async def test_the_account_and_each_entity_have_a_device(
    hass: HomeAssistant, server: Server, device_registry: dr.DeviceRegistry
) -> None:
    entry = account(server)
    await set_up(hass, entry)

    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)

    assert {each.name for each in devices} == {"Kitchen", "Kitchen account"}
    assert {each.manufacturer for each in devices} == {"Reson8"}
    assert {each.entry_type for each in devices} == {dr.DeviceEntryType.SERVICE}


async def test_utterances_audio_and_response_time_are_measured(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up_enabled(hass, account(server))

    await transcribe(hass)
    await transcribe(hass)

    assert hass.states.get(UTTERANCES).state == "2"
    assert hass.states.get(AUDIO).state == "2.0"
    assert hass.states.get(ERRORS).state == "0"
    assert 0 < float(hass.states.get(RESPONSE).state) < 5000


async def test_errors_are_counted_by_code_while_the_service_is_stopped(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up_enabled(hass, account(server))
    await server.pause()

    await transcribe(hass)
    await transcribe(hass)

    assert hass.states.get(ERRORS).state == "2"
    assert hass.states.get(ERRORS).attributes["cannot_connect"] == 2
    assert hass.states.get(UTTERANCES).state == "2"
    assert hass.states.get(RESPONSE).state == STATE_UNKNOWN


async def test_the_audio_of_the_day_is_updated_without_an_utterance(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))
    hass.data[BACKENDS].usage.budget("kitchen").spend(7)  # without a notification, as at midnight

    await advance_time(hass, minutes=15, seconds=1)

    assert hass.states.get(AUDIO).state == "7.0"
