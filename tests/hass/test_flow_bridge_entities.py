"""Entities of a remote bridge: their profile, and their settings in Home Assistant."""

from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData

from bridges import ACCESS_TOKEN, Bridge, StartBridge
from entity_forms import add_form, reconfigure_form, submit
from flows import ABORT, CREATED, FORM, add_account, suggested

MINIMUM: dict[str, Any] = {"name": "Attic", "profile": "hall", "end_of_speech": {}, "bias": {}}


@pytest.fixture
async def bridge(start_bridge: StartBridge) -> Bridge:
    return await start_bridge("kitchen", "hall")


@pytest.fixture
async def account(hass: HomeAssistant, start_bridge: StartBridge, bridge: Bridge) -> ConfigEntry:
    """Add a bridge that has one profile, and then give the bridge a second profile."""
    hall = bridge.profiles.pop("hall")
    await bridge.restart()
    account = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    bridge.profiles["hall"] = hall
    await bridge.restart()
    return account


async def test_the_form_offers_the_current_profiles_of_the_bridge(
    hass: HomeAssistant, account: ConfigEntry
) -> None:
    form = await add_form(hass, account)

    fields = form["data_schema"].schema
    assert (form["type"], form["step_id"]) == (FORM, "user")
    assert fields["profile"].config["options"] == ["kitchen", "hall"]
    assert fields["language"].config["languages"][:2] == ["en", "en-US"]
    assert [str(key) for key in fields] == [
        "profile",
        "name",
        "language",
        "end_of_speech",
        "bias",
    ]
    assert list(fields["end_of_speech"].schema.schema) == ["override"]
    assert suggested(form)["profile"] == "kitchen"


async def test_an_entity_of_another_profile_is_added(
    hass: HomeAssistant, account: ConfigEntry
) -> None:
    values = {
        **MINIMUM,
        "language": "en",
        "end_of_speech": {"override": True},
        "bias": {"terms": ["attic"], "home_names": True},
    }
    form = await submit(hass, await add_form(hass, account), values)
    values["end_of_speech"] |= {"source": "client", "silence_ms": 500.0}

    result = await submit(hass, form, values)

    assert (result["type"], result["title"]) == (CREATED, "Attic")
    *_, subentry = account.subentries.values()
    assert (subentry.data["profile"], subentry.data["language"]) == ("hall", "en")
    assert subentry.data["override"] is True
    assert subentry.data["end_of_speech"]["source"] == "client"
    assert subentry.data["end_of_speech"]["silence_ms"] == 500
    assert subentry.data["bias"] == {"terms": ["attic"], "home_names": True}
    assert "limits" not in subentry.data
    assert hass.states.get("stt.attic")


async def test_an_entity_changes_its_profile(hass: HomeAssistant, account: ConfigEntry) -> None:
    (subentry_id,) = account.subentries
    form = await reconfigure_form(hass, account, subentry_id)
    assert (suggested(form)["name"], suggested(form)["profile"]) == (
        "Wyoming Bridge kitchen",
        "kitchen",
    )

    result = await submit(hass, form, MINIMUM)

    assert (result["type"], result["reason"]) == (ABORT, "reconfigure_successful")
    subentry = account.subentries[subentry_id]
    assert (subentry.title, subentry.data["profile"]) == ("Attic", "hall")
    assert subentry.data["override"] is False


async def test_the_form_shows_the_stored_switch_first_in_its_section(
    hass: HomeAssistant, account: ConfigEntry
) -> None:
    (subentry_id,) = account.subentries
    values = {**MINIMUM, "end_of_speech": {"override": True}}
    form = await submit(hass, await reconfigure_form(hass, account, subentry_id), values)
    values["end_of_speech"]["silence_ms"] = 700
    await submit(hass, form, values)
    stored = account.subentries[subentry_id].data

    shown = suggested(await reconfigure_form(hass, account, subentry_id))

    assert stored["override"] is True
    assert "override" not in stored["end_of_speech"]
    assert shown["end_of_speech"]["override"] is True
    assert shown["end_of_speech"]["silence_ms"] == 700


async def test_a_fraction_of_a_millisecond_is_refused(
    hass: HomeAssistant, account: ConfigEntry
) -> None:
    """The bridge would refuse each utterance."""
    values = {**MINIMUM, "end_of_speech": {"override": True}}
    form = await submit(hass, await add_form(hass, account), values)
    values["end_of_speech"]["silence_ms"] = 600.5

    again = await submit(hass, form, values)

    assert again["errors"] == {"end_of_speech": "not_a_whole_number_silence_ms"}
    assert again["description_placeholders"]["value"] == "600.5"
    values["end_of_speech"]["silence_ms"] = 600.0
    assert (await submit(hass, again, values))["type"] is CREATED


async def test_an_unknown_profile_is_refused(hass: HomeAssistant, account: ConfigEntry) -> None:
    form = await add_form(hass, account)

    with pytest.raises(InvalidData):
        await submit(hass, form, {**MINIMUM, "profile": "cellar"})

    assert len(account.subentries) == 1


async def test_a_name_is_required(hass: HomeAssistant, account: ConfigEntry) -> None:
    again = await submit(hass, await add_form(hass, account), {**MINIMUM, "name": " "})

    assert again["errors"] == {"name": "required"}
    assert suggested(again)["profile"] == "hall"
    assert (await submit(hass, again, MINIMUM))["type"] is CREATED


async def test_without_the_bridge_there_is_no_form(
    hass: HomeAssistant, account: ConfigEntry, bridge: Bridge
) -> None:
    (subentry_id,) = account.subentries
    await bridge.pause()

    new = await add_form(hass, account)
    changed = await reconfigure_form(hass, account, subentry_id)

    assert (new["type"], new["reason"]) == (ABORT, "no_bridge_listens")
    assert new["description_placeholders"]["place"].startswith("tcp://127.0.0.1:")
    assert (changed["type"], changed["reason"]) == (ABORT, "no_bridge_listens")


async def test_a_bridge_that_denies_access_is_reported(
    hass: HomeAssistant, account: ConfigEntry, bridge: Bridge
) -> None:
    bridge.token = ACCESS_TOKEN
    await bridge.restart()

    result = await add_form(hass, account)

    assert (result["type"], result["reason"]) == (ABORT, "token_missing")


async def test_a_bridge_that_stops_while_a_name_is_missing_is_reported(
    hass: HomeAssistant, account: ConfigEntry, bridge: Bridge
) -> None:
    form = await add_form(hass, account)
    await bridge.pause()

    result = await submit(hass, form, {**MINIMUM, "name": " "})

    assert (result["type"], result["reason"]) == (ABORT, "no_bridge_listens")
