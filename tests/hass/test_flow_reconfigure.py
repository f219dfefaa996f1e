"""Reconfiguring an account."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from accounts import account as stored_account
from accounts import set_up
from bridges import ACCESS_TOKEN, StartBridge
from custom_components.wyoming_bridge.account_fields import reconfigure_fields
from fakes import VllmFake
from flows import add_account, expect_abort, local_account, service_form, submit, suggested
from foreign_servers import ForeignServers
from servers import TOKEN, Server, StartServer


async def reconfigure_form(hass: HomeAssistant, account: ConfigEntry) -> ConfigFlowResult:
    """Open the form that changes an account."""
    return await hass.config_entries.flow.async_init(
        account.domain, context={"source": "reconfigure", "entry_id": account.entry_id}
    )


async def test_the_form_shows_everything_but_the_token(
    hass: HomeAssistant, server: Server, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    service, own = (
        await add_account(hass, "reson8", service_form(server, "reson8")),
        await local_account(hass, server),
    )
    other = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})

    shown = [suggested(await reconfigure_form(hass, each)) for each in (service, own, other)]

    assert shown == [
        {"advanced": {"url": f"{server.url}/reson8"}},
        {"url": server.url, "protocol": "reson8"},
        {"host": bridge.host, "port": bridge.port},
    ]


async def test_an_account_keeps_its_token_with_a_new_server(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    account = await add_account(hass, "reson8", service_form(server, "reson8"))
    other = f"{(await start_server()).url}/reson8"
    form = await reconfigure_form(hass, account)
    assert form["description_placeholders"]["account"] == "Reson8"

    result = await submit(hass, form, {"advanced": {"url": other}})

    await expect_abort(hass, result, "reconfigure_successful")
    assert account.data == {"provider": "reson8", "token": TOKEN, "url": other}
    assert account.state is ConfigEntryState.LOADED


async def test_a_change_reloads_an_account_once(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    account = await local_account(hass, server)
    other = await start_server()
    states = async_capture_events(hass, "state_changed")

    form = {"url": other.url, "protocol": "reson8"}
    await expect_abort(
        hass,
        await submit(hass, await reconfigure_form(hass, account), form),
        "reconfigure_successful",
    )

    seen = [each.data["new_state"] for each in states]
    gone = [
        each for each in seen if each.entity_id.startswith("stt.") and each.state == "unavailable"
    ]
    assert len(gone) == 1


async def test_a_local_server_changes_its_protocol(hass: HomeAssistant, server: Server) -> None:
    account = await local_account(hass, server)

    form = {"url": server.url.replace("ws", "http"), "protocol": "scriptix"}
    result = await submit(hass, await reconfigure_form(hass, account), form)

    await expect_abort(hass, result, "reconfigure_successful")
    assert account.data == {
        "provider": "local",
        "url": server.url,
        "protocol": "scriptix",
        "token": TOKEN,
    }
    assert account.state is ConfigEntryState.LOADED


async def test_an_account_without_a_token_still_has_none_after_a_change(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge, other = await start_bridge(), await start_bridge()
    account = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})

    form = {"host": other.host, "port": other.port}
    result = await submit(hass, await reconfigure_form(hass, account), form)

    await expect_abort(hass, result, "reconfigure_successful")
    assert account.data == {"provider": "bridge", "host": "127.0.0.1", "port": other.port}
    assert account.state is ConfigEntryState.LOADED


async def test_a_bridge_that_was_ignored_when_it_was_discovered_can_replace_another(
    hass: HomeAssistant, start_bridge: StartBridge, caplog: pytest.LogCaptureFixture
) -> None:
    bridge, other = await start_bridge(), await start_bridge()
    account = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    ignored = MockConfigEntry(
        domain=account.domain, source=SOURCE_IGNORE, data={}, unique_id=other.id
    )
    ignored.add_to_hass(hass)

    form = {"host": other.host, "port": other.port}
    result = await submit(hass, await reconfigure_form(hass, account), form)

    await expect_abort(hass, result, "reconfigure_successful")
    assert hass.config_entries.async_entries(account.domain) == [account]
    assert account.unique_id == other.id
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_a_new_address_and_a_token_can_be_entered_together(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge, other = await start_bridge(), await start_bridge(token=ACCESS_TOKEN)
    account = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    form = {"host": other.host, "port": other.port}

    again = await submit(hass, await reconfigure_form(hass, account), form)

    assert again["errors"] == {"token": "token_missing"}
    assert suggested(again) == form
    result = await submit(hass, again, {**form, "token": ACCESS_TOKEN})
    await expect_abort(hass, result, "reconfigure_successful")
    assert account.data["token"] == ACCESS_TOKEN


async def test_the_token_of_a_bridge_that_has_none_any_more_can_be_removed(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    form = {"host": bridge.host, "port": bridge.port}
    account = await add_account(hass, "bridge", {**form, "token": ACCESS_TOKEN})
    bridge.token = None
    await bridge.restart()

    again = await submit(hass, await reconfigure_form(hass, account), form)

    assert again["errors"] == {"host": "bridge_without_token"}
    result = await submit(hass, again, {**form, "remove_token": True})
    await expect_abort(hass, result, "reconfigure_successful")
    assert account.data == {"provider": "bridge", **form}
    assert account.state is ConfigEntryState.LOADED


async def test_the_token_of_a_service_does_not_have_to_go_to_a_server_of_the_user(
    hass: HomeAssistant, server: Server, vllm: VllmFake
) -> None:
    account = await add_account(hass, "openai", service_form(server, "openai", model="voxtral"))
    form = await reconfigure_form(hass, account)

    result = await submit(hass, form, {"url": vllm.url, "model": "voxtral", "remove_token": True})

    await expect_abort(hass, result, "reconfigure_successful")
    assert account.data == {"provider": "openai", "url": vllm.url, "model": "voxtral"}
    assert account.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("provider", ["elevenlabs", "reson8", "scriptix"])
def test_the_token_of_a_service_that_needs_one_cannot_be_removed(provider: str) -> None:
    assert "remove_token" not in map(str, reconfigure_fields(provider))


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"token": "wr0ng"}, {"token": "token_refused"}),
        ({"url": "ftp://127.0.0.1"}, {"url": "invalid_url"}),
        ({"url": "ws://127.0.0.1:{unused}"}, {"url": "connection_refused"}),
    ],
)
async def test_an_error_of_a_change_is_shown_and_nothing_is_stored(
    values: Mapping[str, str],
    errors: Mapping[str, str],
    hass: HomeAssistant,
    server: Server,
    foreign_servers: ForeignServers,
) -> None:
    account = await local_account(hass, server)
    before = dict(account.data)
    form = {"url": server.url, "protocol": "elevenlabs"}
    wrong = {
        key: value.format(unused=foreign_servers.unused_port()) for key, value in values.items()
    }

    again = await submit(hass, await reconfigure_form(hass, account), {**form, **wrong})

    assert (again["step_id"], again["errors"]) == ("reconfigure", errors)
    assert suggested(again) == {**form, **wrong}
    assert account.data == before
    await expect_abort(hass, await submit(hass, again, form), "reconfigure_successful")
    assert account.data == {**before, "protocol": "elevenlabs"}


async def test_an_account_cannot_become_the_same_as_another(
    hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server, "reson8")
    await local_account(hass, server, "scriptix")

    form = {"url": server.url, "protocol": "scriptix"}
    result = await submit(hass, await reconfigure_form(hass, account), form)

    await expect_abort(hass, result, "already_configured")
    assert account.data["protocol"] == "reson8"


async def test_an_account_can_be_saved_unchanged(hass: HomeAssistant, server: Server) -> None:
    account = await local_account(hass, server)

    form = {"url": server.url, "protocol": "reson8"}
    result = await submit(hass, await reconfigure_form(hass, account), form)

    await expect_abort(hass, result, "reconfigure_successful")
    assert account.state is ConfigEntryState.LOADED


async def test_a_change_sets_up_an_account_that_was_waiting(
    hass: HomeAssistant, server: Server, foreign_servers: ForeignServers
) -> None:
    stored: dict[str, Any] = {"provider": "local", "protocol": "reson8", "token": TOKEN}
    account = MockConfigEntry(
        domain="wyoming_bridge",
        data={**stored, "url": f"ws://127.0.0.1:{foreign_servers.unused_port()}"},
    )
    account.add_to_hass(hass)
    await hass.config_entries.async_setup(account.entry_id)
    assert account.state is ConfigEntryState.SETUP_RETRY

    form = {"url": server.url, "protocol": "reson8"}
    result = await submit(hass, await reconfigure_form(hass, account), form)

    await expect_abort(hass, result, "reconfigure_successful")
    assert account.state is ConfigEntryState.LOADED


async def test_two_accounts_cannot_become_the_same_in_two_windows_at_the_same_time(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    first = stored_account(server)
    second = stored_account(await start_server(), name="Hall")
    await set_up(hass, first, second)
    windows = [await reconfigure_form(hass, each) for each in (first, second)]
    shared = {"advanced": {"url": f"{(await start_server()).url}/reson8"}}

    results = await asyncio.gather(*(submit(hass, each, shared) for each in windows))
    await hass.async_block_till_done()

    reasons = sorted(each["reason"] for each in results)
    assert reasons == ["already_configured", "reconfigure_successful"]
