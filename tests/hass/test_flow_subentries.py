"""Adding, reconfiguring and removing a speech-to-text entity of an account."""

from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryState, ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from custom_components.wyoming_bridge.bridge import ProviderName
from custom_components.wyoming_bridge.entity_data import form_values, stored_data
from entity_forms import add_form, default_values, reconfigure_form, submit
from flows import ABORT, CREATED, DOMAIN, FORM, local_account, service_account, suggested
from servers import TOKEN, Server, StartServer, without_index
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour

END_OF_SPEECH = {
    "source": "client",
    "silence_ms": 700.0,
    "commands_end_early": False,
    "complete_silence_ms": 300.0,
    "extendable_silence_ms": 500.0,
    "unfinished_silence_ms": 2000.0,
    "min_speech_ms": 100.0,
    "speech_threshold": 0.6,
    "speculate_ms": 0.0,
    "no_speech_timeout_s": 5.0,
    "max_utterance_s": 12.5,
    "connect": "on_speech",
}
STORED_END_OF_SPEECH = {
    **END_OF_SPEECH,
    "silence_ms": 700,
    "complete_silence_ms": 300,
    "extendable_silence_ms": 500,
    "unfinished_silence_ms": 2000,
    "min_speech_ms": 100,
    "speculate_ms": 0,
    "no_speech_timeout_s": 5,
}
BIAS = {"terms": ["Wyoming", "hallway"], "home_names": True}

RECOGNITION: dict[str, dict[str, Any]] = {
    "elevenlabs": {
        "model": "scribe_v2_realtime",
        "secondary_languages": ["nl", "de"],
        "no_verbatim": True,
        "filter_background_audio": True,
        "diarize": True,
        "enable_logging": False,
    },
    "reson8": {
        "custom_model_id": "kitchen",
        "secondary_languages": ["nl"],
        "filler_mode": "clean",
        "bias_strength": 1.5,
        "diarize": True,
    },
    "scriptix": {"type": "quality"},
}
"""A value for each setting that the form offers."""


def without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def numbered(data: Mapping[str, Any]) -> dict[str, type]:
    return {name: type(each) for name, each in data.items() if isinstance(each, (int, float))}


@pytest.mark.parametrize("provider", RECOGNITION)
async def test_an_entity_is_added_with_all_settings(
    provider: str,
    hass: HomeAssistant,
    start_server: StartServer,
    aioclient_mock: AiohttpClientMocker,
) -> None:
    models = Reson8Behaviour(models={"kitchen": ("extractor hood",)})
    server = await start_server(behaviour=Behaviour(services=(models,)))
    without_index(aioclient_mock, server)
    account = await service_account(hass, server, provider)
    (first,) = account.subentries
    form = await add_form(hass, account)
    assert (form["type"], form["step_id"], form["errors"]) == (FORM, "user", {})
    assert form["description_placeholders"]["account"] == account.title
    assert suggested(form)["name"] == f"{account.title} STT 2"
    values = {
        **default_values(),
        "language": "en",
        "recognition": RECOGNITION[provider],
        "end_of_speech": END_OF_SPEECH,
        "limits": {
            "text": "as_is",
            "repair": "careful",
            "max_seconds_per_day": 600.0,
            "fallback": [first],
        },
    }
    stored_end_of_speech = dict(STORED_END_OF_SPEECH)
    bias = {"bias": BIAS}
    if provider == "scriptix":  # it takes no terms, and sends no text on request
        bias = {}
        values["end_of_speech"] = without(END_OF_SPEECH, "speculate_ms")
        stored_end_of_speech = without(STORED_END_OF_SPEECH, "speculate_ms")

    result = await submit(hass, form, {**values, **bias})

    assert (result["type"], result["title"]) == (CREATED, "Kitchen")
    *_, subentry = account.subentries.values()
    assert (subentry.title, subentry.subentry_type) == ("Kitchen", "stt")
    assert subentry.data == {
        "language": "en",
        "recognition": RECOGNITION[provider],
        "end_of_speech": stored_end_of_speech,
        "limits": {
            "text": "as_is",
            "repair": "careful",
            "max_seconds_per_day": 600,
            "fallback": [first],
        },
        **bias,
    }
    assert numbered(subentry.data["end_of_speech"]) == numbered(stored_end_of_speech)
    assert type(subentry.data["limits"]["max_seconds_per_day"]) is int
    assert account.state is ConfigEntryState.LOADED
    assert hass.states.get("stt.kitchen")


async def test_empty_values_are_not_stored(
    hass: HomeAssistant, server: Server, aioclient_mock: AiohttpClientMocker
) -> None:
    without_index(aioclient_mock, server)
    account = await service_account(hass, server, "reson8")
    blank = {
        "recognition": {"custom_model_id": "  ", "secondary_languages": []},
        "bias": {"terms": []},
    }

    await submit(hass, await add_form(hass, account), {**default_values(" Kitchen "), **blank})

    *_, subentry = account.subentries.values()
    assert subentry.title == "Kitchen"
    assert sorted(subentry.data) == ["bias", "end_of_speech", "limits", "recognition"]
    assert subentry.data["recognition"] == {"diarize": False}
    assert subentry.data["bias"] == {"home_names": False}
    assert subentry.data["limits"] == {"text": "commands", "repair": "off"}


async def test_the_form_shows_the_stored_settings(
    hass: HomeAssistant, server: Server, aioclient_mock: AiohttpClientMocker
) -> None:
    without_index(aioclient_mock, server)
    account = await service_account(hass, server, "elevenlabs")
    (subentry_id,) = account.subentries
    values = {
        **default_values("Hall"),
        "language": "en",
        "recognition": RECOGNITION["elevenlabs"],
        # with this source, all settings have an effect
        "end_of_speech": {**END_OF_SPEECH, "source": "race", "commands_end_early": True},
        "bias": BIAS,
        "limits": {"text": "as_is", "repair": "on", "max_seconds_per_day": 600.0},
    }

    result = await submit(hass, await reconfigure_form(hass, account, subentry_id), values)

    assert (result["type"], result["reason"]) == (ABORT, "reconfigure_successful")
    assert account.subentries[subentry_id].title == "Hall"
    shown = suggested(await reconfigure_form(hass, account, subentry_id))
    assert shown == form_values(values, ProviderName.ELEVENLABS)
    assert hass.states.get("stt.elevenlabs_scribe_stt").name == "Hall"
    assert account.state is ConfigEntryState.LOADED


async def test_settings_with_former_names_are_shown_and_stored_with_their_current_names(
    hass: HomeAssistant, server: Server
) -> None:
    account = MockConfigEntry(
        domain="wyoming_bridge",
        data={"provider": "local", "protocol": "reson8", "url": server.url, "token": TOKEN},
        subentries_data=[
            ConfigSubentryData(
                data={"end_of_speech": {"endpointing": "client", "open": "on_speech"}},
                subentry_type="stt",
                title="Kitchen",
                unique_id=None,
            )
        ],
    )
    account.add_to_hass(hass)
    await hass.config_entries.async_setup(account.entry_id)
    (subentry_id,) = account.subentries
    form = await reconfigure_form(hass, account, subentry_id)
    shown = suggested(form)
    assert (shown["end_of_speech"]["source"], shown["advanced"]["connect"]) == (
        "client",
        "on_speech",
    )

    await submit(
        hass,
        form,
        {**default_values(), "end_of_speech": stored_data(shown)["end_of_speech"]},
    )

    stored = account.subentries[subentry_id].data["end_of_speech"]
    assert (stored["source"], stored["connect"]) == ("client", "on_speech")
    assert not {"endpointing", "open"} & set(stored)


async def test_a_change_reloads_the_account_once(hass: HomeAssistant, server: Server) -> None:
    account = await local_account(hass, server)
    (subentry_id,) = account.subentries
    states = async_capture_events(hass, "state_changed")

    await submit(hass, await reconfigure_form(hass, account, subentry_id), default_values())

    seen = [(each.data["entity_id"], each.data["new_state"].state) for each in states]
    assert seen.count(("stt.local_realtime_server_stt", "unavailable")) == 1


async def test_an_account_with_an_invalid_entity_is_set_up_after_a_change(
    hass: HomeAssistant, server: Server
) -> None:
    invalid = ConfigSubentryData(
        data={"end_of_speech": {"silence_ms": 1}},
        subentry_type="stt",
        title="Kitchen",
        unique_id=None,
    )
    account = MockConfigEntry(
        domain="wyoming_bridge",
        data={"provider": "local", "protocol": "reson8", "url": server.url, "token": TOKEN},
        subentries_data=[invalid],
    )
    account.add_to_hass(hass)
    await hass.config_entries.async_setup(account.entry_id)
    assert account.state is ConfigEntryState.SETUP_ERROR
    (subentry_id,) = account.subentries

    await submit(hass, await reconfigure_form(hass, account, subentry_id), default_values())

    assert account.state is ConfigEntryState.LOADED


async def test_a_removed_entity_removes_its_device(
    hass: HomeAssistant,
    server: Server,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    account = await local_account(hass, server)
    await submit(hass, await add_form(hass, account), default_values())
    *_, kitchen = account.subentries
    device = ("wyoming_bridge", kitchen)
    assert device_registry.async_get_device_by_identifier(device, account.entry_id)

    hass.config_entries.async_remove_subentry(account, kitchen)
    await hass.async_block_till_done()

    assert hass.states.async_entity_ids("stt") == ["stt.local_realtime_server_stt"]
    assert entity_registry.async_get("stt.kitchen") is None
    assert device_registry.async_get_device_by_identifier(device, account.entry_id) is None
    assert account.state is ConfigEntryState.LOADED


async def test_an_ignored_discovery_does_not_matter(hass: HomeAssistant, server: Server) -> None:
    ignored = MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, data={}, unique_id="ignored")
    ignored.add_to_hass(hass)
    account = await local_account(hass, server)

    form = await add_form(hass, account)

    assert (form["type"], form["step_id"]) == (FORM, "user")
