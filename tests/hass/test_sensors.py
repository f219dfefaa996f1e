"""What an account did, as sensors of its device."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from accounts import account, hear, set_up, set_up_enabled
from custom_components.wyoming_bridge.speech_service import BACKENDS
from passing import later
from servers import Server

RESPONSE = "sensor.kitchen_account_response_time"
AUDIO = "sensor.kitchen_account_audio_sent_today"
UTTERANCES = "sensor.kitchen_account_utterances"
ERRORS = "sensor.kitchen_account_errors"


async def test_what_few_people_look_at_is_disabled_at_first(
    hass: HomeAssistant, server: Server, entity_registry: er.EntityRegistry
) -> None:
    await set_up(hass, account(server))

    disabled = {
        name: entity_registry.async_get(name).disabled
        for name in (RESPONSE, AUDIO, UTTERANCES, ERRORS)
    }

    assert disabled == {RESPONSE: False, AUDIO: False, UTTERANCES: True, ERRORS: True}


async def test_the_account_has_a_device_and_so_has_each_entity(
    hass: HomeAssistant, server: Server, device_registry: dr.DeviceRegistry
) -> None:
    entry = account(server)
    await set_up(hass, entry)

    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)

    assert {each.name for each in devices} == {"Kitchen", "Kitchen account"}
    assert {each.manufacturer for each in devices} == {"Reson8"}
    assert {each.entry_type for each in devices} == {dr.DeviceEntryType.SERVICE}


async def test_utterances_audio_and_time_are_counted(hass: HomeAssistant, server: Server) -> None:
    await set_up_enabled(hass, account(server))

    await hear(hass)
    await hear(hass)

    assert hass.states.get(UTTERANCES).state == "2"
    assert hass.states.get(AUDIO).state == "2.0"
    assert hass.states.get(ERRORS).state == "0"
    assert 0 < float(hass.states.get(RESPONSE).state) < 5000


async def test_errors_are_counted_by_kind_while_the_service_is_gone(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up_enabled(hass, account(server))
    await server.go()

    await hear(hass)
    await hear(hass)

    assert hass.states.get(ERRORS).state == "2"
    assert hass.states.get(ERRORS).attributes["cannot_connect"] == 2
    assert hass.states.get(UTTERANCES).state == "2"
    assert hass.states.get(RESPONSE).state == STATE_UNKNOWN


async def test_the_audio_of_a_day_is_looked_at_again_when_nobody_speaks(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))
    hass.data[BACKENDS].usage.budget("kitchen").spend(7)  # as midnight does, nobody tells

    await later(hass, minutes=15, seconds=1)

    assert hass.states.get(AUDIO).state == "7.0"
