"""Adding a speech-to-text entity to an account, changing it, and taking it away."""

from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryState, ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from entity_forms import changed_entity, new_entity, sent, untouched
from flows import ABORT, CREATED, DOMAIN, FORM, local_account, suggested
from servers import TOKEN, Server

END_OF_SPEECH = {
    "source": "client",
    "silence_ms": 700.0,
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
        "enable_logging": False,
    },
    "reson8": {
        "custom_model_id": "kitchen",
        "secondary_languages": ["nl"],
        "filler_mode": "clean",
        "bias_strength": 1.5,
    },
    "scriptix": {"type": "quality"},
}
"""A value for each that is offered."""


def numbered(data: Mapping[str, Any]) -> list[tuple[str, type]]:
    return [(name, type(each)) for name, each in data.items() if isinstance(each, (int, float))]


@pytest.mark.parametrize("provider", RECOGNITION)
async def test_an_entity_of_a_service_is_added_with_all_that_can_be_set(
    provider: str, hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server, provider)
    (first,) = account.subentries
    form = await new_entity(hass, account)
    assert (form["type"], form["step_id"], form["errors"]) == (FORM, "user", {})
    assert form["description_placeholders"]["account"] == account.title
    assert suggested(form)["name"] == f"{account.title} STT"
    values = {
        **untouched(provider),
        "language": "nl",
        "recognition": RECOGNITION[provider],
        "end_of_speech": END_OF_SPEECH,
        "limits": {"text": "as_is", "max_seconds_per_day": 600.0, "fallback": [first]},
    }
    bias = {"bias": BIAS} if "bias" in values else {}

    result = await sent(hass, form, {**values, **bias})

    assert (result["type"], result["title"]) == (CREATED, "Kitchen")
    *_, subentry = account.subentries.values()
    assert (subentry.title, subentry.subentry_type) == ("Kitchen", "stt")
    assert subentry.data == {
        "language": "nl",
        "recognition": RECOGNITION[provider],
        "end_of_speech": STORED_END_OF_SPEECH,
        "limits": {"text": "as_is", "max_seconds_per_day": 600, "fallback": [first]},
        **bias,
    }
    assert numbered(subentry.data["end_of_speech"]) == numbered(STORED_END_OF_SPEECH)
    assert type(subentry.data["limits"]["max_seconds_per_day"]) is int
    assert account.state is ConfigEntryState.LOADED
    assert hass.states.get("stt.kitchen")


async def test_of_a_form_that_nobody_touched_nothing_empty_is_stored(
    hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server)
    blank = {
        "recognition": {"custom_model_id": "  ", "secondary_languages": []},
        "bias": {"terms": []},
    }

    await sent(hass, await new_entity(hass, account), {**untouched("reson8", " Kitchen "), **blank})

    *_, subentry = account.subentries.values()
    assert subentry.title == "Kitchen"
    assert sorted(subentry.data) == ["bias", "end_of_speech", "limits"]
    assert subentry.data["bias"] == {"home_names": False}
    assert subentry.data["limits"] == {"text": "commands"}


async def test_what_is_stored_is_shown_and_a_change_is_stored(
    hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server, "elevenlabs")
    (subentry_id,) = account.subentries
    values = {
        **untouched("elevenlabs", "Hall"),
        "language": "nl",
        "recognition": RECOGNITION["elevenlabs"],
        "end_of_speech": {**END_OF_SPEECH, "source": "provider"},
        "bias": BIAS,
        "limits": {"text": "as_is", "max_seconds_per_day": 600.0},
    }

    result = await sent(hass, await changed_entity(hass, account, subentry_id), values)

    assert (result["type"], result["reason"]) == (ABORT, "reconfigure_successful")
    assert account.subentries[subentry_id].title == "Hall"
    shown = suggested(await changed_entity(hass, account, subentry_id))
    assert shown == values
    assert hass.states.get("stt.local_realtime_server_stt").name == "Hall"
    assert account.state is ConfigEntryState.LOADED


async def test_settings_with_former_names_are_shown_and_stored_under_their_present_names(
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
    form = await changed_entity(hass, account, subentry_id)
    shown = suggested(form)
    assert shown["end_of_speech"] == {"source": "client", "connect": "on_speech"}

    await sent(hass, form, {**untouched("reson8"), "end_of_speech": shown["end_of_speech"]})

    stored = account.subentries[subentry_id].data["end_of_speech"]
    assert (stored["source"], stored["connect"]) == ("client", "on_speech")
    assert not {"endpointing", "open"} & set(stored)


async def test_a_change_reloads_the_account_once(hass: HomeAssistant, server: Server) -> None:
    account = await local_account(hass, server)
    (subentry_id,) = account.subentries
    states = async_capture_events(hass, "state_changed")

    await sent(hass, await changed_entity(hass, account, subentry_id), untouched("reson8"))

    seen = [(each.data["entity_id"], each.data["new_state"].state) for each in states]
    assert seen.count(("stt.local_realtime_server_stt", "unavailable")) == 1


async def test_an_account_that_failed_for_an_entity_is_set_up_when_that_is_changed(
    hass: HomeAssistant, server: Server
) -> None:
    withdrawn = ConfigSubentryData(
        data={"end_of_speech": {"silence_ms": 1}},
        subentry_type="stt",
        title="Kitchen",
        unique_id=None,
    )
    account = MockConfigEntry(
        domain="wyoming_bridge",
        data={"provider": "local", "protocol": "reson8", "url": server.url, "token": TOKEN},
        subentries_data=[withdrawn],
    )
    account.add_to_hass(hass)
    await hass.config_entries.async_setup(account.entry_id)
    assert account.state is ConfigEntryState.SETUP_ERROR
    (subentry_id,) = account.subentries

    await sent(hass, await changed_entity(hass, account, subentry_id), untouched("reson8"))

    assert account.state is ConfigEntryState.LOADED


async def test_an_entity_that_is_removed_takes_its_device_along(
    hass: HomeAssistant,
    server: Server,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    account = await local_account(hass, server)
    await sent(hass, await new_entity(hass, account), untouched("reson8"))
    *_, kitchen = account.subentries
    device = ("wyoming_bridge", kitchen)
    assert device_registry.async_get_device_by_identifier(device, account.entry_id)

    hass.config_entries.async_remove_subentry(account, kitchen)
    await hass.async_block_till_done()

    assert hass.states.async_entity_ids("stt") == ["stt.local_realtime_server_stt"]
    assert entity_registry.async_get("stt.kitchen") is None
    assert device_registry.async_get_device_by_identifier(device, account.entry_id) is None
    assert account.state is ConfigEntryState.LOADED


async def test_a_discovery_that_was_ignored_is_in_nobodys_way(
    hass: HomeAssistant, server: Server
) -> None:
    ignored = MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, data={}, unique_id="ignored")
    ignored.add_to_hass(hass)
    account = await local_account(hass, server)

    form = await new_entity(hass, account)

    assert (form["type"], form["step_id"]) == (FORM, "user")
