"""Adding the account of a service or a local server, and the data that is stored."""

import asyncio

import pytest
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.wyoming_bridge.accounts import account_title
from custom_components.wyoming_bridge.bridge import PROVIDERS
from flows import (
    ABORT,
    CREATED,
    DOMAIN,
    FORM,
    add_account,
    local_form,
    provider_form,
    service_form,
    submit,
    suggested,
)
from servers import TOKEN, Server, StartServer

SERVICES = {name.value: provider.title for name, provider in PROVIDERS.items()}


async def test_the_menu_offers_each_service_a_local_server_and_a_bridge(
    hass: HomeAssistant,
) -> None:
    menu = await hass.config_entries.flow.async_init(
        "wyoming_bridge", context={"source": SOURCE_USER}
    )

    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == [*SERVICES, "local", "bridge"]


@pytest.mark.parametrize("name", SERVICES)
async def test_a_working_account_is_stored_with_its_first_entity(
    name: str, hass: HomeAssistant, server: Server
) -> None:
    form = await provider_form(hass, name)
    assert (form["type"], form["step_id"], form["errors"]) == (FORM, name, {})

    result = await submit(hass, form, service_form(server, name, language="en"))
    await hass.async_block_till_done()

    assert (result["type"], result["title"]) == (CREATED, SERVICES[name])
    account = result["result"]
    assert account.data == {"provider": name, "token": TOKEN, "url": f"{server.url}/{name}"}
    (subentry,) = account.subentries.values()
    assert (subentry.subentry_type, subentry.title) == ("stt", f"{SERVICES[name]} STT")
    assert subentry.data == {"language": "en"}
    assert account.state is ConfigEntryState.LOADED
    assert len(hass.states.async_entity_ids("stt")) == 1


async def test_without_a_language_the_pipelines_language_is_used(
    hass: HomeAssistant, server: Server
) -> None:
    account = await add_account(hass, "reson8", service_form(server, "reson8"))

    (subentry,) = account.subentries.values()
    assert subentry.data == {}


@pytest.mark.parametrize("name", SERVICES)
async def test_a_wrong_token_is_shown_at_its_field_and_can_be_corrected(
    name: str, hass: HomeAssistant, server: Server
) -> None:
    wrong = service_form(server, name, token="wr0ng", language="nl")

    again = await submit(hass, await provider_form(hass, name), wrong)

    assert (again["type"], again["errors"]) == (FORM, {"token": "token_refused"})
    assert suggested(again) == wrong
    result = await submit(hass, again, service_form(server, name))
    assert result["type"] is CREATED
    await hass.async_block_till_done()


async def test_spaces_around_values_are_removed(hass: HomeAssistant, server: Server) -> None:
    account = await add_account(hass, "local", local_form(f" {server.url} ", token=f"  {TOKEN} "))

    assert (account.data["url"], account.data["token"]) == (server.url, TOKEN)


async def test_an_account_cannot_be_added_twice(hass: HomeAssistant, server: Server) -> None:
    form = service_form(server, "elevenlabs")
    await add_account(hass, "elevenlabs", form)

    twice = await submit(hass, await provider_form(hass, "elevenlabs"), {**form, "language": "nl"})

    assert (twice["type"], twice["reason"]) == (ABORT, "already_configured")


async def test_an_account_cannot_be_added_in_two_windows_at_the_same_time(
    hass: HomeAssistant, server: Server
) -> None:
    windows = [await provider_form(hass, "elevenlabs") for _ in range(2)]
    form = service_form(server, "elevenlabs")

    results = await asyncio.gather(*(submit(hass, each, form) for each in windows))
    await hass.async_block_till_done()

    assert sorted(each["type"] for each in results) == [ABORT, CREATED]
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


@pytest.mark.parametrize("protocol", SERVICES)
async def test_a_local_server_uses_the_selected_protocol(
    protocol: str, hass: HomeAssistant, server: Server
) -> None:
    account = await add_account(
        hass, "local", local_form(server.url, protocol=protocol, language="en")
    )

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
    ("entered", "stored"),
    [
        ("http://{address}", "ws://{address}"),
        ("{address}", "ws://{address}"),
        ("WS://{address}/", "ws://{address}"),
        ("ws://{address}/reson8", "ws://{address}/reson8"),
    ],
)
async def test_the_address_of_a_local_server_may_be_written_in_several_ways(
    entered: str, stored: str, hass: HomeAssistant, server: Server
) -> None:
    address = server.url.removeprefix("ws://")

    account = await add_account(hass, "local", local_form(entered.format(address=address)))

    assert account.data["url"] == stored.format(address=address)
    twice = await submit(
        hass, await provider_form(hass, "local"), local_form(stored.format(address=address))
    )
    assert twice["reason"] == "already_configured"


async def test_a_local_server_can_be_added_once_per_protocol(
    hass: HomeAssistant, server: Server
) -> None:
    one = await add_account(hass, "local", local_form(server.url, protocol="reson8"))
    other = await add_account(hass, "local", local_form(server.url, protocol="scriptix"))

    assert one.data["protocol"] != other.data["protocol"]


async def test_accounts_and_entities_have_names_that_tell_them_apart(
    hass: HomeAssistant, start_server: StartServer
) -> None:
    servers = [await start_server() for _ in range(3)]

    for server in servers:
        await add_account(hass, "local", local_form(server.url))
        await add_account(hass, "reson8", service_form(server, "reson8"))

    entries = hass.config_entries.async_entries(DOMAIN)
    titles = [each.title for each in entries]
    assert titles == [
        "Local realtime server",
        "Reson8",
        "Local realtime server (127.0.0.1)",
        "Reson8 (127.0.0.1)",
        f"Local realtime server ({servers[2].url.removeprefix('ws://')})",
        f"Reson8 ({servers[2].url.removeprefix('ws://')})",
    ]
    assert sorted(state.name for state in hass.states.async_all("stt")) == sorted(
        f"{each} STT" for each in titles
    )


async def test_a_second_account_of_a_service_can_be_named(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    other = await start_server()
    first = await provider_form(hass, "scriptix")
    await add_account(hass, "scriptix", service_form(server, "scriptix"))

    form = await provider_form(hass, "scriptix")
    named = await submit(hass, form, {**service_form(other, "scriptix"), "name": " Attic "})
    await hass.async_block_till_done()

    assert "name" not in first["data_schema"].schema
    assert (named["type"], named["title"]) == (CREATED, "Attic")
    assert "name" not in named["data"]
    assert [each.title for each in named["result"].subentries.values()] == ["Attic STT"]


@pytest.mark.parametrize(
    ("account", "ends"),
    [
        ({"token": "1"}, ["", " 2", " 3"]),
        ({"url": "wss://attic:8/x"}, ["", " (attic)", " (attic:8)", " (attic:8) 2"]),
        ({"url": "wss://[::1]:8"}, ["", " (::1)", " ([::1]:8)"]),
        ({"url": "wss://attic", "model": "m"}, ["", " (attic)", " (attic, m)"]),
        ({"model": "m"}, ["", " (m)", " (m) 2"]),
    ],
)
def test_the_title_of_an_account_has_the_details_that_tell_it_apart(
    account: dict[str, str], ends: list[str]
) -> None:
    taken: list[str] = []
    for _ in ends:
        taken.append(account_title({"provider": "reson8", **account}, taken=taken))

    assert taken == [f"Reson8{end}" for end in ends]
