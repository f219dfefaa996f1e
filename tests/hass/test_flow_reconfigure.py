"""Changing an account."""

from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from bridges import ACCESS_TOKEN, StartBridge
from flows import added, answered, ended, local_account, service_form, suggested
from servers import TOKEN, Server, StartServer
from strangers import Strangers


async def changing(hass: HomeAssistant, account: ConfigEntry) -> ConfigFlowResult:
    """The form in which an account is changed."""
    return await hass.config_entries.flow.async_init(
        account.domain, context={"source": "reconfigure", "entry_id": account.entry_id}
    )


async def test_the_form_of_an_account_shows_all_but_the_token(
    hass: HomeAssistant, server: Server, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    service, own = (
        await added(hass, "reson8", service_form(server, "reson8")),
        await local_account(hass, server),
    )
    other = await added(hass, "bridge", {"host": bridge.host, "port": bridge.port})

    shown = [suggested(await changing(hass, each)) for each in (service, own, other)]

    assert shown == [
        {"advanced": {"url": f"{server.url}/reson8"}},
        {"url": server.url, "protocol": "reson8"},
        {"host": bridge.host, "port": bridge.port},
    ]


async def test_an_account_moves_to_another_server_and_keeps_its_token(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    account = await added(hass, "reson8", service_form(server, "reson8"))
    elsewhere = f"{(await start_server()).url}/reson8"
    form = await changing(hass, account)
    assert form["description_placeholders"]["account"] == "Reson8"

    result = await answered(hass, form, {"advanced": {"url": elsewhere}})

    await ended(hass, result, "reconfigure_successful")
    assert account.data == {"provider": "reson8", "token": TOKEN, "url": elsewhere}
    assert account.state is ConfigEntryState.LOADED


async def test_a_change_reloads_an_account_once(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    account = await local_account(hass, server)
    elsewhere = await start_server()
    states = async_capture_events(hass, "state_changed")

    form = {"url": elsewhere.url, "protocol": "reson8"}
    await ended(
        hass, await answered(hass, await changing(hass, account), form), "reconfigure_successful"
    )

    seen = [each.data["new_state"] for each in states]
    gone = [
        each for each in seen if each.entity_id.startswith("stt.") and each.state == "unavailable"
    ]
    assert len(gone) == 1


async def test_a_local_server_changes_its_protocol(hass: HomeAssistant, server: Server) -> None:
    account = await local_account(hass, server)

    form = {"url": server.url.replace("ws", "http"), "protocol": "scriptix"}
    result = await answered(hass, await changing(hass, account), form)

    await ended(hass, result, "reconfigure_successful")
    assert account.data == {
        "provider": "local",
        "url": server.url,
        "protocol": "scriptix",
        "token": TOKEN,
    }
    assert account.state is ConfigEntryState.LOADED


async def test_an_account_without_a_token_gets_none_by_a_change(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge, elsewhere = await start_bridge(), await start_bridge()
    account = await added(hass, "bridge", {"host": bridge.host, "port": bridge.port})

    form = {"host": elsewhere.host, "port": elsewhere.port}
    result = await answered(hass, await changing(hass, account), form)

    await ended(hass, result, "reconfigure_successful")
    assert account.data == {"provider": "bridge", "host": "127.0.0.1", "port": elsewhere.port}
    assert account.state is ConfigEntryState.LOADED


async def test_a_bridge_that_moved_and_wants_a_token_is_both_told(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge, elsewhere = await start_bridge(), await start_bridge(token=ACCESS_TOKEN)
    account = await added(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    form = {"host": elsewhere.host, "port": elsewhere.port}

    again = await answered(hass, await changing(hass, account), form)

    assert again["errors"] == {"token": "access_denied"}
    assert suggested(again) == form
    result = await answered(hass, again, {**form, "token": ACCESS_TOKEN})
    await ended(hass, result, "reconfigure_successful")
    assert account.data["token"] == ACCESS_TOKEN


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"token": "wr0ng"}, {"token": "invalid_auth"}),
        ({"url": "ftp://127.0.0.1"}, {"url": "invalid_setting"}),
        ({"url": "ws://127.0.0.1:{nobody}"}, {"url": "cannot_connect"}),
    ],
)
async def test_what_is_wrong_with_a_change_is_told_and_nothing_is_stored(
    values: Mapping[str, str],
    errors: Mapping[str, str],
    hass: HomeAssistant,
    server: Server,
    strangers: Strangers,
) -> None:
    account = await local_account(hass, server)
    before = dict(account.data)
    form = {"url": server.url, "protocol": "elevenlabs"}
    wrong = {key: value.format(nobody=strangers.nobody()) for key, value in values.items()}

    again = await answered(hass, await changing(hass, account), {**form, **wrong})

    assert (again["step_id"], again["errors"]) == ("reconfigure", errors)
    assert suggested(again) == {**form, **wrong}
    assert account.data == before
    await ended(hass, await answered(hass, again, form), "reconfigure_successful")
    assert account.data == {**before, "protocol": "elevenlabs"}


async def test_an_account_does_not_become_another_that_is_there(
    hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server, "reson8")
    await local_account(hass, server, "scriptix")

    form = {"url": server.url, "protocol": "scriptix"}
    result = await answered(hass, await changing(hass, account), form)

    await ended(hass, result, "already_configured")
    assert account.data["protocol"] == "reson8"


async def test_an_account_may_stay_as_it_is(hass: HomeAssistant, server: Server) -> None:
    account = await local_account(hass, server)

    form = {"url": server.url, "protocol": "reson8"}
    result = await answered(hass, await changing(hass, account), form)

    await ended(hass, result, "reconfigure_successful")
    assert account.state is ConfigEntryState.LOADED


async def test_an_account_that_was_not_set_up_is_after_the_change(
    hass: HomeAssistant, server: Server, strangers: Strangers
) -> None:
    stored: dict[str, Any] = {"provider": "local", "protocol": "reson8", "token": TOKEN}
    account = MockConfigEntry(
        domain="wyoming_bridge", data={**stored, "url": f"ws://127.0.0.1:{strangers.nobody()}"}
    )
    account.add_to_hass(hass)
    await hass.config_entries.async_setup(account.entry_id)
    assert account.state is ConfigEntryState.SETUP_RETRY

    form = {"url": server.url, "protocol": "reson8"}
    result = await answered(hass, await changing(hass, account), form)

    await ended(hass, result, "reconfigure_successful")
    assert account.state is ConfigEntryState.LOADED
