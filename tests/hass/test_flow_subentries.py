"""Adding a speech-to-text entity to an account, changing it, and taking it away."""

from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from bridges import StartBridge
from flows import ABORT, CREATED, FORM, added, changed_entity, new_entity, sent, suggested
from servers import TOKEN, Server

END_OF_SPEECH = {
    "endpointing": "client",
    "silence_ms": 700.0,
    "min_speech_ms": 100.0,
    "speech_threshold": 0.6,
    "speculate_ms": 0.0,
    "no_speech_timeout_s": 5.0,
    "max_utterance_s": 12.5,
    "open": "on_speech",
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


def least(provider: str, name: str = "Kitchen") -> dict[str, Any]:
    """What is sent of a form that nobody touched but for the name."""
    bias = {} if provider == "scriptix" else {"bias": {}}
    return {"name": name, "recognition": {}, "end_of_speech": {}, "limits": {}, **bias}


async def account_of(hass: HomeAssistant, server: Server, protocol: str = "reson8") -> ConfigEntry:
    form = {"url": server.url, "protocol": protocol, "token": TOKEN}
    return await added(hass, "local", form)


def numbered(data: Mapping[str, Any]) -> list[tuple[str, type]]:
    return [(name, type(each)) for name, each in data.items() if isinstance(each, (int, float))]


@pytest.mark.parametrize("provider", RECOGNITION)
async def test_an_entity_of_a_service_is_added_with_all_that_can_be_set(
    provider: str, hass: HomeAssistant, server: Server
) -> None:
    account = await account_of(hass, server, provider)
    (first,) = account.subentries
    form = await new_entity(hass, account)
    assert (form["type"], form["step_id"], form["errors"]) == (FORM, "user", {})
    assert form["description_placeholders"]["account"] == account.title
    assert suggested(form)["name"] == account.title
    values = {
        **least(provider),
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
    account = await account_of(hass, server)
    blank = {
        "recognition": {"custom_model_id": "  ", "secondary_languages": []},
        "bias": {"terms": []},
    }

    await sent(hass, await new_entity(hass, account), {**least("reson8", " Kitchen "), **blank})

    *_, subentry = account.subentries.values()
    assert subentry.title == "Kitchen"
    assert sorted(subentry.data) == ["bias", "end_of_speech", "limits"]
    assert subentry.data["bias"] == {"home_names": False}
    assert subentry.data["limits"] == {"text": "commands"}


async def test_a_name_is_needed(hass: HomeAssistant, server: Server) -> None:
    account = await account_of(hass, server)

    again = await sent(hass, await new_entity(hass, account), least("reson8", "  "))

    assert (again["type"], again["errors"]) == (FORM, {"name": "no_name"})
    assert (await sent(hass, again, least("reson8")))["type"] is CREATED


async def test_what_cannot_be_is_named_with_what_is_allowed(
    hass: HomeAssistant, server: Server
) -> None:
    account = await account_of(hass, server, "elevenlabs")
    wrong = {**least("elevenlabs"), "recognition": {"secondary_languages": ["klingon"]}}

    again = await sent(hass, await new_entity(hass, account), wrong)

    assert (again["type"], again["errors"]) == (FORM, {"base": "invalid_setting"})
    told = again["description_placeholders"]["error"]
    assert "secondary_languages: 'klingon' is not possible" in told
    assert "2 to 3 characters" in told
    assert suggested(again)["name"] == "Kitchen"
    assert suggested(again)["recognition"]["secondary_languages"] == ["klingon"]
    assert (await sent(hass, again, least("elevenlabs")))["type"] is CREATED


@pytest.mark.parametrize(
    "values",
    [
        {"end_of_speech": {"endpointing": "provider"}},
        {"end_of_speech": {"silence_ms": 99}},
        {"end_of_speech": {"speech_threshold": 0.95}},
        {"recognition": {"secondary_languages": ["xx"]}},
        {"limits": {"max_seconds_per_day": -1}},
        {"limits": {"text": "shouted"}},
    ],
)
async def test_what_the_form_does_not_offer_is_refused(
    values: Mapping[str, object], hass: HomeAssistant, server: Server
) -> None:
    account = await account_of(hass, server)
    form = await new_entity(hass, account)

    with pytest.raises(InvalidData):
        await sent(hass, form, {**least("reson8"), **values})

    assert len(account.subentries) == 1


async def test_what_is_stored_is_shown_and_a_change_is_stored(
    hass: HomeAssistant, server: Server
) -> None:
    account = await account_of(hass, server, "elevenlabs")
    (subentry_id,) = account.subentries
    values = {
        **least("elevenlabs", "Hall"),
        "language": "nl",
        "recognition": RECOGNITION["elevenlabs"],
        "end_of_speech": {**END_OF_SPEECH, "endpointing": "provider"},
        "bias": BIAS,
        "limits": {"text": "as_is", "max_seconds_per_day": 600.0},
    }

    result = await sent(hass, await changed_entity(hass, account, subentry_id), values)

    assert (result["type"], result["reason"]) == (ABORT, "reconfigure_successful")
    assert account.subentries[subentry_id].title == "Hall"
    shown = suggested(await changed_entity(hass, account, subentry_id))
    assert shown == {**values, "limits": {**values["limits"], "fallback": []}}
    assert hass.states.get("stt.local_realtime_server").name == "Hall"
    assert account.state is ConfigEntryState.LOADED


async def test_a_change_that_cannot_be_is_told_and_nothing_is_stored(
    hass: HomeAssistant, server: Server
) -> None:
    account = await account_of(hass, server, "elevenlabs")
    (subentry_id,) = account.subentries
    wrong = {**least("elevenlabs"), "recognition": {"secondary_languages": ["klingon"]}}

    form = await changed_entity(hass, account, subentry_id)
    again = await sent(hass, form, wrong)

    assert (again["step_id"], again["errors"]) == ("reconfigure", {"base": "invalid_setting"})
    assert account.subentries[subentry_id].title == "Local realtime server"
    result = await sent(hass, again, least("elevenlabs"))
    assert result["reason"] == "reconfigure_successful"
    assert account.subentries[subentry_id].title == "Kitchen"


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

    await sent(hass, await changed_entity(hass, account, subentry_id), least("reson8"))

    assert account.state is ConfigEntryState.LOADED


def fallbacks(form: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is offered as fallback: ids and labels."""
    fields = form["data_schema"].schema["limits"].schema.schema
    return [(each["value"], each["label"]) for each in fields["fallback"].config["options"]]


async def test_others_that_services_stand_behind_are_offered_as_fallbacks(
    hass: HomeAssistant, server: Server, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    one, other = await account_of(hass, server), await account_of(hass, server, "scriptix")
    await added(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    (first,), (second,) = one.subentries, other.subentries
    await sent(hass, await new_entity(hass, one), least("reson8"))
    *_, kitchen = one.subentries

    of_a_new_one = fallbacks(await new_entity(hass, one))
    of_the_first = fallbacks(await changed_entity(hass, one, first))

    title = "Local realtime server"
    assert of_a_new_one == [
        (first, f"{title}: {title}"),
        (kitchen, f"{title}: Kitchen"),
        (second, f"{title}: {title}"),
    ]
    assert [value for value, _ in of_the_first] == [kitchen, second]


async def test_where_there_is_nobody_to_stand_in_no_fallback_is_offered(
    hass: HomeAssistant, server: Server
) -> None:
    account = await account_of(hass, server)
    (only,) = account.subentries

    form = await changed_entity(hass, account, only)

    assert "fallback" not in form["data_schema"].schema["limits"].schema.schema


async def test_a_fallback_that_was_removed_is_not_shown_any_more(
    hass: HomeAssistant, server: Server
) -> None:
    account, other = await account_of(hass, server), await account_of(hass, server, "scriptix")
    (first,), (second,) = account.subentries, other.subentries
    values = {**least("reson8"), "limits": {"fallback": [second, first]}}
    await sent(hass, await new_entity(hass, account), values)
    *_, kitchen = account.subentries
    await hass.config_entries.async_remove(other.entry_id)
    await hass.async_block_till_done()

    form = await changed_entity(hass, account, kitchen)

    assert suggested(form)["limits"]["fallback"] == [first]
    result = await sent(hass, form, {**least("reson8"), **suggested(form)})
    assert result["reason"] == "reconfigure_successful"


async def test_an_entity_that_is_removed_takes_its_device_along(
    hass: HomeAssistant,
    server: Server,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    account = await account_of(hass, server)
    await sent(hass, await new_entity(hass, account), least("reson8"))
    *_, kitchen = account.subentries
    assert device_registry.async_get_device(identifiers={("wyoming_bridge", kitchen)})

    hass.config_entries.async_remove_subentry(account, kitchen)
    await hass.async_block_till_done()

    assert hass.states.async_entity_ids("stt") == ["stt.local_realtime_server"]
    assert entity_registry.async_get("stt.kitchen") is None
    assert device_registry.async_get_device(identifiers={("wyoming_bridge", kitchen)}) is None
    assert account.state is ConfigEntryState.LOADED
