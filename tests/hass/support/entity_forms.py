"""Helpers that fill in the forms of an account's entities."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant import config_entries
from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import Selector
from probatio import Schema

from custom_components.wyoming_bridge.bridge import (
    PROVIDERS,
    Endpointing,
    ProfileCapabilities,
    ProviderName,
    options_of,
)
from custom_components.wyoming_bridge.entity_data import form_values
from custom_components.wyoming_bridge.entity_fields import bridge_entity_fields, entity_fields

FORMS = [*ProviderName, None]
"""Each service, and a remote bridge (None)."""


def default_values(name: str = "Kitchen") -> dict[str, Any]:
    """Return the values that the form sends if only the name was entered."""
    return {"name": name}


def form_of(
    provider: ProviderName | None, *, languages: tuple[str, ...] = (), **options: Any
) -> dict[Any, Any]:
    """Return the form of an entity; without a provider, that of a bridge with all settings.

    ``languages`` are by default those of the service, and Dutch for a bridge.
    """
    if provider is None:
        known = languages or ("nl",)
        return bridge_entity_fields(
            ProfileCapabilities(), stored={"override": True}, languages=known
        )
    known = languages or PROVIDERS[provider].capabilities.languages
    return entity_fields(provider, languages=known, **options)


def fields_of(provider: ProviderName | None) -> dict[Any, Selector[Any]]:
    """Return the fields of an entity's form, from all sections."""
    shown: dict[Any, Selector[Any]] = {}
    for key, field in form_of(provider).items():
        shown |= field.schema.schema if isinstance(field, section) else {key: field}
    return shown


def defaults_of(provider: ProviderName | None, names: Iterable[str]) -> dict[str, Any]:
    """Return the values of the named fields if the user does not fill them in."""
    wanted = set(names)
    chosen = {key: field for key, field in fields_of(provider).items() if str(key) in wanted}
    assert {str(key) for key in chosen} == wanted
    values: dict[str, Any] = Schema(chosen)({})
    return values


def endpoint_of(provider: ProviderName | None) -> set[str]:
    """Return the settings for the end of speech that have an effect with a provider."""
    return {name for name, _ in options_of(Endpointing)} - (
        {"speculate_ms"} if provider is ProviderName.SCRIPTIX else set()
    )


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
