"""Helpers that fill in the forms of an account's entities."""

from collections.abc import Mapping
from typing import Any

from homeassistant import config_entries
from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant

from custom_components.wyoming_bridge.bridge import PROVIDERS, ProviderName


def default_values(provider: str, name: str = "Kitchen") -> dict[str, Any]:
    """Return the values that the form sends if only the name was entered."""
    bias = {"bias": {}} if PROVIDERS[ProviderName(provider)].capabilities.bias_terms else {}
    return {"name": name, "recognition": {}, "end_of_speech": {}, "limits": {}, **bias}


async def add_form(hass: HomeAssistant, account: ConfigEntry) -> SubentryFlowResult:
    """Open the form that adds an entity to an account."""
    return await hass.config_entries.subentries.async_init(
        (account.entry_id, "stt"), context={"source": config_entries.SOURCE_USER}
    )


async def reconfigure_form(
    hass: HomeAssistant, account: ConfigEntry, subentry_id: str
) -> SubentryFlowResult:
    """Open the form that reconfigures an entity."""
    return await hass.config_entries.subentries.async_init(
        (account.entry_id, "stt"),
        context={"source": config_entries.SOURCE_RECONFIGURE, "subentry_id": subentry_id},
    )


async def submit(
    hass: HomeAssistant, form: SubentryFlowResult, values: Mapping[str, Any]
) -> SubentryFlowResult:
    """Submit the form of an entity and return the result."""
    result = await hass.config_entries.subentries.async_configure(form["flow_id"], dict(values))
    await hass.async_block_till_done()
    return result
