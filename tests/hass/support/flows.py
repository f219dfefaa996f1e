"""Helpers that fill in the forms of the config flow, as a user does."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant import config_entries
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section

from custom_components.wyoming_bridge.bridge import PROVIDERS, ProviderName
from servers import TOKEN, Server

DOMAIN: Final = "wyoming_bridge"

FORM: Final = FlowResultType.FORM
ABORT: Final = FlowResultType.ABORT
CREATED: Final = FlowResultType.CREATE_ENTRY


async def provider_form(hass: HomeAssistant, provider: str) -> ConfigFlowResult:
    """Select a provider from the menu and return its form."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": config_entries.SOURCE_USER}
    )
    return await submit(hass, menu, {"next_step_id": provider})


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, values: Mapping[str, Any]
) -> ConfigFlowResult:
    """Submit a form and return the result."""
    return await hass.config_entries.flow.async_configure(form["flow_id"], dict(values))


async def add_account(hass: HomeAssistant, provider: str, values: Mapping[str, Any]) -> ConfigEntry:
    """Add an account, set it up, and return its entry."""
    result = await submit(hass, await provider_form(hass, provider), values)
    assert result["type"] is CREATED, result
    await hass.async_block_till_done()
    return result["result"]


async def expect_abort(hass: HomeAssistant, result: ConfigFlowResult, reason: str) -> None:
    """Check that a flow was aborted for a reason, and wait until nothing is in progress."""
    assert (result["type"], result["reason"]) == (ABORT, reason)
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


def service_form(server: Server, name: str, **values: object) -> dict[str, Any]:
    """Return the values for a service's form, with a local server as the custom server."""
    url = {"url": f"{server.url}/{name}"}
    address = url if PROVIDERS[ProviderName(name)].account_fields else {"advanced": url}
    return {"token": TOKEN, **address, **values}


def local_form(url: str, **values: object) -> dict[str, Any]:
    """Return the values for a local server's form."""
    return {"url": url, "protocol": "reson8", "token": TOKEN, **values}


async def local_account(
    hass: HomeAssistant, server: Server, protocol: str = "reson8"
) -> ConfigEntry:
    """Add the account of a local server and set it up."""
    return await add_account(hass, "local", local_form(server.url, protocol=protocol))


async def service_account(hass: HomeAssistant, server: Server, service: str) -> ConfigEntry:
    """Add the account of a service with a custom server, and set it up."""
    return await add_account(hass, service, service_form(server, service))


def suggested(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the suggested values of a form, with those of a section in a nested dict."""
    return _suggested(form["data_schema"].schema)


def _suggested(fields: Mapping[Any, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key, field in fields.items():
        if isinstance(field, section):
            shown[key.schema] = _suggested(field.schema.schema)
        elif key.description and "suggested_value" in key.description:
            shown[key.schema] = key.description["suggested_value"]
    return shown
