"""Helpers that fill in the forms of an account's entities."""

from collections.abc import Mapping
from typing import Any

from homeassistant import config_entries
from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section

from custom_components.wyoming_bridge.bridge import ProfileCapabilities, ProviderName
from custom_components.wyoming_bridge.forms import (
    bridge_entity_fields,
    entity_fields,
    form_values,
)


def default_values(name: str = "Kitchen") -> dict[str, Any]:
    """Return the values that the form sends if only the name was entered."""
    return {"name": name}


def form_of(
    provider: ProviderName | None, *, languages: tuple[str, ...] = ("nl",), **options: Any
) -> dict[Any, Any]:
    """Return the form of an entity; without a provider, that of a bridge with all settings."""
    if provider is None:
        return bridge_entity_fields(ProfileCapabilities(), overrides=True, languages=languages)
    return entity_fields(provider, languages=languages, **options)


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
    """Submit the form of an entity and return the result.

    ``values`` are grouped like the stored data. All sections of the form are sent, even empty ones,
    as the browser does.
    """
    schema = form["data_schema"]
    assert schema is not None
    empty = {str(key): {} for key, field in schema.schema.items() if isinstance(field, section)}
    is_of_bridge = "profile" in schema.schema
    shown = {**empty, **form_values(values, None if is_of_bridge else ProviderName.RESON8)}
    result = await hass.config_entries.subentries.async_configure(form["flow_id"], shown)
    await hass.async_block_till_done()
    return result
