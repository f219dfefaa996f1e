"""Reauthentication: a new token for an account."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry, start_reauth_flow

from bridges import ACCESS_TOKEN, StartBridge
from flows import FORM, add_account, expect_abort, local_account, service_form, submit
from servers import TOKEN, Server

NEW = "another-t0ken"


async def test_the_user_is_asked_until_the_token_is_valid(
    hass: HomeAssistant, server: Server
) -> None:
    account = await add_account(hass, "reson8", service_form(server, "reson8"))
    server.token = NEW
    await server.restart()
    await hass.config_entries.async_reload(account.entry_id)
    assert account.state is ConfigEntryState.SETUP_ERROR

    (flow,) = hass.config_entries.flow.async_progress()
    assert (flow["context"]["source"], flow["step_id"]) == ("reauth", "reauth_confirm")
    again = await submit(hass, flow, {"token": "wr0ng"})
    assert (again["type"], again["errors"]) == (FORM, {"token": "token_refused"})
    assert again["description_placeholders"]["account"] == "Reson8"
    result = await submit(hass, again, {"token": f" {NEW} "})

    await expect_abort(hass, result, "reauth_successful")
    assert account.data["token"] == NEW
    assert account.state is ConfigEntryState.LOADED


async def test_the_same_token_reloads_the_account(hass: HomeAssistant, server: Server) -> None:
    account = await add_account(hass, "reson8", service_form(server, "reson8"))
    before = account.runtime_data
    result = await start_reauth_flow(hass, account)

    await expect_abort(hass, await submit(hass, result, {"token": TOKEN}), "reauth_successful")

    assert account.state is ConfigEntryState.LOADED
    assert account.runtime_data is not before


async def test_the_error_of_an_unavailable_service_is_shown_above_the_form(
    hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server)
    question = await start_reauth_flow(hass, account)
    await server.pause()

    again = await submit(hass, question, {"token": TOKEN})

    assert again["errors"] == {"base": "connection_refused"}
    await server.start()
    await expect_abort(hass, await submit(hass, again, {"token": TOKEN}), "reauth_successful")


async def test_a_bridge_gets_its_new_access_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    account = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    bridge.token = ACCESS_TOKEN
    await bridge.restart()
    await hass.config_entries.async_reload(account.entry_id)

    (flow,) = hass.config_entries.flow.async_progress()
    again = await submit(hass, flow, {"token": "wr0ng"})
    assert again["errors"] == {"token": "token_wrong"}
    await expect_abort(
        hass, await submit(hass, again, {"token": ACCESS_TOKEN}), "reauth_successful"
    )

    assert account.data["token"] == ACCESS_TOKEN
    assert account.state is ConfigEntryState.LOADED


async def test_the_token_of_another_account_is_not_accepted(
    hass: HomeAssistant, server: Server
) -> None:
    account = await add_account(hass, "reson8", service_form(server, "reson8"))
    stale = {**account.data, "token": "0ld", "url": account.data["url"].replace("ws", "WS")}
    other = MockConfigEntry(domain=account.domain, data=stale, title="Other")
    other.add_to_hass(hass)
    question = await start_reauth_flow(hass, other)

    again = await submit(hass, question, {"token": TOKEN})

    assert (again["type"], again["errors"]) == (FORM, {"token": "already_configured"})
    assert other.data["token"] == "0ld"


async def test_a_local_account_without_an_address_gets_no_token(
    hass: HomeAssistant, server: Server
) -> None:
    stored = {"provider": "local", "protocol": "reson8", "token": "0ld"}
    account = MockConfigEntry(domain="wyoming_bridge", data=stored, title="Old")
    account.add_to_hass(hass)
    question = await start_reauth_flow(hass, account)

    again = await submit(hass, question, {"token": TOKEN})

    assert again["errors"] == {"base": "invalid_setting_url"}
