"""Filling in forms as a person does, one after the other."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant import config_entries
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section

from servers import TOKEN, Server

DOMAIN: Final = "wyoming_bridge"

FORM: Final = FlowResultType.FORM
ABORT: Final = FlowResultType.ABORT
CREATED: Final = FlowResultType.CREATE_ENTRY


async def chosen(hass: HomeAssistant, provider: str) -> ConfigFlowResult:
    """The form of a provider, chosen from the menu."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": config_entries.SOURCE_USER}
    )
    return await answered(hass, menu, {"next_step_id": provider})


async def answered(
    hass: HomeAssistant, form: ConfigFlowResult, values: Mapping[str, Any]
) -> ConfigFlowResult:
    """What comes after a form was sent."""
    return await hass.config_entries.flow.async_configure(form["flow_id"], dict(values))


async def added(hass: HomeAssistant, provider: str, values: Mapping[str, Any]) -> ConfigEntry:
    """An account that was added, and is set up."""
    result = await answered(hass, await chosen(hass, provider), values)
    assert result["type"] is CREATED, result
    await hass.async_block_till_done()
    return result["result"]


async def ended(hass: HomeAssistant, result: ConfigFlowResult, reason: str) -> None:
    """That a flow is over, and what follows from it as well."""
    assert (result["type"], result["reason"]) == (ABORT, reason)
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


def service_form(server: Server, name: str, **values: object) -> dict[str, Any]:
    """That of a service, for which a local server stands in."""
    return {"token": TOKEN, "advanced": {"url": f"{server.url}/{name}"}, **values}


def local_form(url: str, **values: object) -> dict[str, Any]:
    """That of a local server."""
    return {"url": url, "protocol": "reson8", "token": TOKEN, **values}


async def local_account(
    hass: HomeAssistant, server: Server, protocol: str = "reson8"
) -> ConfigEntry:
    """That of a local server, added and set up."""
    return await added(hass, "local", local_form(server.url, protocol=protocol))


def suggested(form: Mapping[str, Any]) -> dict[str, Any]:
    """What a form shows as filled in; what is folded away by its section."""
    return _suggested(form["data_schema"].schema)


def _suggested(fields: Mapping[Any, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key, field in fields.items():
        if isinstance(field, section):
            shown[key.schema] = _suggested(field.schema.schema)
        elif key.description and "suggested_value" in key.description:
            shown[key.schema] = key.description["suggested_value"]
    return shown
