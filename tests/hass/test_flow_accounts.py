"""Adding the account of a service or a local server: what is stored."""

import pytest
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from flows import ABORT, CREATED, FORM, added, answered, chosen, local_form, service_form, suggested
from servers import TOKEN, Server

SERVICES = {"elevenlabs": "ElevenLabs Scribe", "reson8": "Reson8", "scriptix": "Scriptix"}


async def test_the_menu_offers_each_service_a_local_server_and_a_bridge(
    hass: HomeAssistant,
) -> None:
    menu = await hass.config_entries.flow.async_init(
        "wyoming_bridge", context={"source": SOURCE_USER}
    )

    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["elevenlabs", "reson8", "scriptix", "local", "bridge"]


@pytest.mark.parametrize("name", SERVICES)
async def test_an_account_that_works_is_stored_with_its_first_entity(
    name: str, hass: HomeAssistant, server: Server
) -> None:
    form = await chosen(hass, name)
    assert (form["type"], form["step_id"], form["errors"]) == (FORM, name, {})

    result = await answered(hass, form, service_form(server, name, language="nl"))
    await hass.async_block_till_done()

    assert (result["type"], result["title"]) == (CREATED, SERVICES[name])
    account = result["result"]
    assert account.data == {"provider": name, "token": TOKEN, "url": f"{server.url}/{name}"}
    (subentry,) = account.subentries.values()
    assert (subentry.subentry_type, subentry.title) == ("stt", f"{SERVICES[name]} STT")
    assert subentry.data == {"language": "nl"}
    assert account.state is ConfigEntryState.LOADED
    assert len(hass.states.async_entity_ids("stt")) == 1


async def test_without_a_language_it_is_the_pipelines(hass: HomeAssistant, server: Server) -> None:
    account = await added(hass, "reson8", service_form(server, "reson8"))

    (subentry,) = account.subentries.values()
    assert subentry.data == {}


@pytest.mark.parametrize("name", SERVICES)
async def test_a_wrong_token_is_told_at_its_field_and_the_right_one_is_taken(
    name: str, hass: HomeAssistant, server: Server
) -> None:
    wrong = service_form(server, name, token="wr0ng", language="nl")

    again = await answered(hass, await chosen(hass, name), wrong)

    assert (again["type"], again["errors"]) == (FORM, {"token": "invalid_auth"})
    assert suggested(again) == wrong
    result = await answered(hass, again, service_form(server, name))
    assert result["type"] is CREATED
    await hass.async_block_till_done()


async def test_spaces_around_what_was_pasted_do_not_count(
    hass: HomeAssistant, server: Server
) -> None:
    account = await added(hass, "local", local_form(f" {server.url} ", token=f"  {TOKEN} "))

    assert (account.data["url"], account.data["token"]) == (server.url, TOKEN)


async def test_an_account_is_added_once(hass: HomeAssistant, server: Server) -> None:
    form = service_form(server, "elevenlabs")
    await added(hass, "elevenlabs", form)

    twice = await answered(hass, await chosen(hass, "elevenlabs"), {**form, "language": "nl"})

    assert (twice["type"], twice["reason"]) == (ABORT, "already_configured")


@pytest.mark.parametrize("protocol", SERVICES)
async def test_a_local_server_speaks_the_protocol_that_was_chosen(
    protocol: str, hass: HomeAssistant, server: Server
) -> None:
    account = await added(hass, "local", local_form(server.url, protocol=protocol, language="en"))

    assert account.title == "Local realtime server"
    assert account.data == {
        "provider": "local",
        "url": server.url,
        "protocol": protocol,
        "token": TOKEN,
    }
    (subentry,) = account.subentries.values()
    assert (subentry.title, subentry.data) == ("Local realtime server STT", {"language": "en"})
    assert account.state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("http://{place}", "ws://{place}"),
        ("{place}", "ws://{place}"),
        ("WS://{place}/", "ws://{place}"),
        ("ws://{place}/reson8", "ws://{place}/reson8"),
    ],
)
async def test_a_local_server_is_found_as_people_write_its_address(
    written: str, stored: str, hass: HomeAssistant, server: Server
) -> None:
    place = server.url.removeprefix("ws://")

    account = await added(hass, "local", local_form(written.format(place=place)))

    assert account.data["url"] == stored.format(place=place)
    twice = await answered(
        hass, await chosen(hass, "local"), local_form(stored.format(place=place))
    )
    assert twice["reason"] == "already_configured"


async def test_a_local_server_may_be_there_for_each_protocol(
    hass: HomeAssistant, server: Server
) -> None:
    one = await added(hass, "local", local_form(server.url, protocol="reson8"))
    other = await added(hass, "local", local_form(server.url, protocol="scriptix"))

    assert one.data["protocol"] != other.data["protocol"]
