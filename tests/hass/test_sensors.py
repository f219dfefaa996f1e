"""The sensors of an entity, and its device."""

from collections.abc import Mapping

import pytest
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import (
    account,
    add_entity,
    bridge_account,
    set_up,
    set_up_enabled,
    transcribe,
    vllm_account,
)
from bridges import Bridge, StartBridge
from clock import advance_time
from custom_components.wyoming_bridge.speech_service import BACKENDS
from fakes import VllmFake
from ports import free_port
from servers import Server
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.transcriber import Limits

RESPONSE = "sensor.kitchen_response_time"
AUDIO = "sensor.kitchen_audio_sent_today"
UTTERANCES = "sensor.kitchen_utterances"
ERRORS = "sensor.kitchen_errors"
TERMS = "sensor.kitchen_names_and_terms"


async def test_rarely_used_sensors_are_disabled_by_default(
    hass: HomeAssistant, server: Server, entity_registry: er.EntityRegistry
) -> None:
    await set_up(hass, account(server))

    disabled = {
        name: entity_registry.async_get(name).disabled
        for name in (RESPONSE, AUDIO, UTTERANCES, ERRORS)
    }

    assert disabled == {RESPONSE: False, AUDIO: False, UTTERANCES: True, ERRORS: True}


async def test_each_entity_has_a_device_and_the_account_has_none(
    hass: HomeAssistant, server: Server, device_registry: dr.DeviceRegistry
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall")

    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)

    assert [each.name for each in devices] == ["Kitchen", "Hall"]
    assert {each.entry_type for each in devices} == {dr.DeviceEntryType.SERVICE}
    assert {each.via_device_id for each in devices} == {None}


@pytest.mark.parametrize(
    ("kind", "recognition", "product"),
    [
        ("elevenlabs", {}, ("ElevenLabs", "Scribe v2 realtime")),
        ("elevenlabs", {"model": "scribe_v3"}, ("ElevenLabs", "Scribe v3")),
        ("reson8", {}, ("Reson8", "Reson8")),
        ("reson8", {"custom_model_id": "m-7"}, ("Reson8", "Custom model m-7")),
        ("scriptix", {"type": "quality"}, ("Scriptix", "Quality model")),
    ],
)
async def test_the_device_names_the_maker_of_the_model(
    kind: str,
    recognition: Mapping[str, str],
    product: tuple[str, str],
    *,
    hass: HomeAssistant,
    server: Server,
    device_registry: dr.DeviceRegistry,
) -> None:
    await set_up(hass, account(server, kind, recognition=recognition))

    assert product_of(device_registry, "Kitchen") == product


async def test_the_maker_of_an_openai_compatible_server_is_unknown(
    hass: HomeAssistant, vllm: VllmFake, device_registry: dr.DeviceRegistry
) -> None:
    await set_up(hass, vllm_account(vllm))

    assert product_of(device_registry, "Kitchen") == (None, "voxtral")


async def test_a_local_server_and_a_bridge_are_ours(
    hass: HomeAssistant, server: Server, bridge: Bridge, device_registry: dr.DeviceRegistry
) -> None:
    local = account(server, "local", name="Hall", protocol="reson8")

    await set_up(hass, bridge_account(bridge), local)

    assert product_of(device_registry, "Kitchen") == (
        "Wyoming Bridge",
        "Remote bridge, profile offline",
    )
    assert product_of(device_registry, "Hall") == ("Wyoming Bridge", "Local realtime server")


def product_of(devices: dr.DeviceRegistry, name: str) -> tuple[str | None, str | None]:
    (device,) = (each for each in devices.devices if each.name == name)
    return device.manufacturer, device.model


async def test_a_device_is_removed_with_its_entity(
    hass: HomeAssistant, server: Server, device_registry: dr.DeviceRegistry
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall")

    hass.config_entries.async_remove_subentry(entry, "kitchen")
    await hass.async_block_till_done()

    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert [each.name for each in devices] == ["Hall"]
    assert hass.states.async_entity_ids("stt") == ["stt.hall"]


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
    # As at midnight, nothing notifies the sensor.
    hass.data[BACKENDS].usage.budget("kitchen").spend(7)

    await advance_time(hass, minutes=15, seconds=1)

    assert hass.states.get(AUDIO).state == "7.0"


async def test_the_terms_that_exceed_the_limit_of_a_service_are_shown(
    hass: HomeAssistant, server: Server
) -> None:
    terms = [f"t{number}" for number in range(49)]
    bias = {"terms": [*terms, "Wohnzimmerdeckenleuchte"], "home_names": True}
    for domain, name in (("light", "Lamp"), ("fan", "Fan"), ("sensor", "Humidity")):
        hass.states.async_set(f"{domain}.one", "on", {"friendly_name": name})
        async_expose_entity(hass, "conversation", f"{domain}.one", True)

    await set_up(hass, account(server, "elevenlabs", bias=bias))

    assert hass.states.get(TERMS).state == "50"
    assert hass.states.get(TERMS).attributes["left_out"] == [
        "Wohnzimmerdeckenleuchte",
        "Fan",
        "Humidity",
    ]
    assert "left_out" in hass.states.get(TERMS).state_info["unrecorded_attributes"]


async def test_the_terms_that_exceed_the_limit_of_a_bridges_service_are_shown_after_an_utterance(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("attic")
    attic = LocalBackend(engine="scripted", protocol="elevenlabs")
    bridge.profiles = {"attic": Profile(name="attic", backend=attic)}
    await bridge.restart()
    terms = [*(f"t{number}" for number in range(49)), "Wohnzimmerdeckenleuchte", "Zolder"]
    entry = bridge_account(bridge, profile="attic", bias={"terms": [*terms, "Bad   oben"]})
    await set_up(hass, entry)
    before = hass.states.get(TERMS)

    await transcribe(hass)

    assert (before.state, "left_out" in before.attributes) == (STATE_UNKNOWN, False)
    assert hass.states.get(TERMS).state == "50"
    assert hass.states.get(TERMS).attributes["left_out"] == [
        "Wohnzimmerdeckenleuchte",
        "Bad   oben",
    ]


async def test_without_terms_nothing_is_left_out_by_a_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    await set_up(hass, bridge_account(await start_bridge()))

    assert hass.states.get(TERMS).state == "0"
    assert hass.states.get(TERMS).attributes["left_out"] == []


async def test_an_answer_of_the_bridges_fallback_says_nothing_about_the_terms(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("attic")
    service = ElevenLabsSettings(token="t0k3n", url=f"ws://127.0.0.1:{free_port()}")
    limits = Limits(ready_s=1, final_s=1)
    bridge.profiles["attic"] = Profile(
        name="attic", backend=service, fallback=("offline",), limits=limits
    )
    bridge.profiles["offline"] = Profile(name="offline", backend=LocalBackend(engine="scripted"))
    await bridge.restart()
    await set_up(hass, bridge_account(bridge, profile="attic", bias={"terms": ["Zolder"]}))

    assert (await transcribe(hass)).text

    assert hass.states.get(TERMS).state == STATE_UNKNOWN


async def test_an_account_of_a_service_without_terms_has_no_sensor_for_them(
    hass: HomeAssistant, accounts: Mapping[str, MockConfigEntry]
) -> None:
    await set_up(hass, accounts["scriptix"])

    assert hass.states.get(TERMS) is None
    assert hass.states.get(AUDIO)


async def test_a_profile_of_a_bridge_without_terms_has_no_sensor_for_them(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("poor")
    bridge.profiles = {"poor": Profile(name="poor", backend=ScriptixSettings(token="t0k3n"))}
    await bridge.restart()

    await set_up(hass, bridge_account(bridge, profile="poor"))

    assert hass.states.get(TERMS) is None
    assert hass.states.get(AUDIO)


async def test_a_reached_daily_limit_is_shown(hass: HomeAssistant, server: Server) -> None:
    await set_up(hass, account(server, limits={"max_seconds_per_day": 1}))
    before = hass.states.get(AUDIO).attributes["limit_reached"]

    await transcribe(hass)

    assert hass.states.get(AUDIO).attributes["daily_limit"] == 1
    assert (before, hass.states.get(AUDIO).attributes["limit_reached"]) == (False, True)
