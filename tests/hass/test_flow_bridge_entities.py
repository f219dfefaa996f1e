"""Entities of a bridge on the network: which of its profiles, and what is set in here."""

from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData

from bridges import ACCESS_TOKEN, Bridge, StartBridge
from entity_forms import changed_entity, new_entity, sent
from flows import ABORT, CREATED, FORM, added, suggested

LEAST: dict[str, Any] = {"name": "Attic", "profile": "hall", "end_of_speech": {}, "bias": {}}


@pytest.fixture
async def bridge(start_bridge: StartBridge) -> Bridge:
    return await start_bridge("kitchen", "hall")


@pytest.fixture
async def account(hass: HomeAssistant, start_bridge: StartBridge, bridge: Bridge) -> ConfigEntry:
    """Of a bridge that had one profile when it was added, and got another."""
    hall = bridge.profiles.pop("hall")
    await bridge.restart()
    account = await added(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    bridge.profiles["hall"] = hall
    await bridge.restart()
    return account


async def test_the_profiles_that_a_bridge_has_now_are_offered(
    hass: HomeAssistant, account: ConfigEntry
) -> None:
    form = await new_entity(hass, account)

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
        "override",
    ]
    assert "provider" in fields["end_of_speech"].schema.schema["source"].config["options"]


async def test_an_entity_of_another_profile_is_added(
    hass: HomeAssistant, account: ConfigEntry
) -> None:
    values = {
        **LEAST,
        "language": "en",
        "override": True,
        "end_of_speech": {"source": "provider", "silence_ms": 500.0},
        "bias": {"terms": ["attic"], "home_names": True},
    }

    result = await sent(hass, await new_entity(hass, account), values)

    assert (result["type"], result["title"]) == (CREATED, "Attic")
    *_, subentry = account.subentries.values()
    assert (subentry.data["profile"], subentry.data["language"]) == ("hall", "en")
    assert subentry.data["override"] is True
    assert subentry.data["end_of_speech"]["source"] == "provider"
    assert subentry.data["end_of_speech"]["silence_ms"] == 500
    assert subentry.data["bias"] == {"terms": ["attic"], "home_names": True}
    assert "limits" not in subentry.data
    assert hass.states.get("stt.attic")


async def test_an_entity_changes_its_profile(hass: HomeAssistant, account: ConfigEntry) -> None:
    (subentry_id,) = account.subentries
    form = await changed_entity(hass, account, subentry_id)
    assert (suggested(form)["name"], suggested(form)["profile"]) == ("kitchen", "kitchen")

    result = await sent(hass, form, LEAST)

    assert (result["type"], result["reason"]) == (ABORT, "reconfigure_successful")
    subentry = account.subentries[subentry_id]
    assert (subentry.title, subentry.data["profile"]) == ("Attic", "hall")
    assert subentry.data["override"] is False


async def test_a_profile_that_the_bridge_does_not_have_is_refused(
    hass: HomeAssistant, account: ConfigEntry
) -> None:
    form = await new_entity(hass, account)

    with pytest.raises(InvalidData):
        await sent(hass, form, {**LEAST, "profile": "cellar"})

    assert len(account.subentries) == 1


async def test_a_name_is_needed_here_too(hass: HomeAssistant, account: ConfigEntry) -> None:
    again = await sent(hass, await new_entity(hass, account), {**LEAST, "name": " "})

    assert again["errors"] == {"name": "no_name"}
    assert suggested(again)["profile"] == "hall"
    assert (await sent(hass, again, LEAST))["type"] is CREATED


async def test_without_the_bridge_there_is_nothing_to_choose(
    hass: HomeAssistant, account: ConfigEntry, bridge: Bridge
) -> None:
    (subentry_id,) = account.subentries
    await bridge.go()

    new = await new_entity(hass, account)
    changed = await changed_entity(hass, account, subentry_id)

    assert (new["type"], new["reason"]) == (ABORT, "cannot_connect")
    assert "no bridge answers" in new["description_placeholders"]["error"]
    assert (changed["type"], changed["reason"]) == (ABORT, "cannot_connect")


async def test_a_bridge_that_lets_us_in_no_more_is_told(
    hass: HomeAssistant, account: ConfigEntry, bridge: Bridge
) -> None:
    bridge.token = ACCESS_TOKEN
    await bridge.restart()

    result = await new_entity(hass, account)

    assert (result["type"], result["reason"]) == (ABORT, "access_denied")


async def test_a_bridge_that_goes_while_a_name_is_missing_is_told(
    hass: HomeAssistant, account: ConfigEntry, bridge: Bridge
) -> None:
    form = await new_entity(hass, account)
    await bridge.go()

    result = await sent(hass, form, {**LEAST, "name": " "})

    assert (result["type"], result["reason"]) == (ABORT, "cannot_connect")
