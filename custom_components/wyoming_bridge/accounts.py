"""Accounts: their forms, their stored data, and a comparison of two accounts."""

from collections.abc import Mapping
from typing import Any, Final

import probatio as vol
from homeassistant.const import (
    CONF_HOST,
    CONF_LANGUAGE,
    CONF_MODEL,
    CONF_PORT,
    CONF_TOKEN,
    CONF_URL,
)
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .bridge import DEFAULT_ADDRESS, PROVIDERS, ProviderName
from .const import (
    CONF_PROTOCOL,
    CONF_PROVIDER,
    CONF_REMOVE_TOKEN,
    PROVIDER_BRIDGE,
    PROVIDER_LOCAL,
    SECTION_ADVANCED,
)
from .forms import ADDRESS, TOKEN, cleaned, language_field, service_fields
from .profiles import host_and_port, is_bridge, websocket_url

_LOCAL_FIELDS = {
    vol.Required(CONF_URL): ADDRESS,
    vol.Required(CONF_PROTOCOL, default=ProviderName.RESON8.value): SelectSelector(
        SelectSelectorConfig(
            options=[name.value for name in ProviderName],
            translation_key=CONF_PROTOCOL,
            mode=SelectSelectorMode.DROPDOWN,
        )
    ),
    vol.Optional(CONF_TOKEN): TOKEN,
    **language_field(
        sorted(
            {language for each in PROVIDERS.values() for language in each.capabilities.languages}
        )
    ),
}

_BRIDGE_FIELDS = {
    vol.Required(CONF_HOST): ADDRESS,
    vol.Required(CONF_PORT, default=DEFAULT_ADDRESS.port): NumberSelector(
        NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)
    ),
    vol.Optional(CONF_TOKEN): TOKEN,
}

_TITLES = {PROVIDER_LOCAL: "Local realtime server", PROVIDER_BRIDGE: "Wyoming Bridge"}

ACCOUNT_FIELDS: Final[Mapping[str, dict[vol.Marker, Any]]] = {
    **{name.value: service_fields(name) for name in ProviderName},
    PROVIDER_LOCAL: _LOCAL_FIELDS,
    PROVIDER_BRIDGE: _BRIDGE_FIELDS,
}
"""The form for an account of each provider."""


def reconfigure_fields(provider: str) -> dict[vol.Marker, Any]:
    """Return the form that changes an account; an empty token keeps the stored one."""
    fields = {
        vol.Optional(key.schema) if key == CONF_TOKEN else key: field
        for key, field in ACCOUNT_FIELDS[provider].items()
        if key != CONF_LANGUAGE
    }
    if provider == PROVIDER_BRIDGE:
        fields[vol.Optional(CONF_REMOVE_TOKEN)] = BooleanSelector()
    return fields


def changed_data(stored: Mapping[str, Any], user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data to store for the values of the form that changes an account."""
    values = dict(user_input)
    removes_token = values.pop(CONF_REMOVE_TOKEN, False)
    data = account_data(stored[CONF_PROVIDER], values)
    if CONF_TOKEN in stored and not removes_token:
        data.setdefault(CONF_TOKEN, stored[CONF_TOKEN])
    return data


def suggested_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored data that the form for changes shows: everything except the token."""
    known = {key: value for key, value in data.items() if key != CONF_TOKEN}
    if data[CONF_PROVIDER] in PROVIDERS:
        known[SECTION_ADVANCED] = {CONF_URL: known.get(CONF_URL, "")}
    return known


def account_data(provider: str, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data to store for the values of an account's form."""
    given = cleaned(user_input)
    given.pop(CONF_LANGUAGE, None)
    given.update(given.pop(SECTION_ADVANCED, {}))
    if url := given.get(CONF_URL):
        given[CONF_URL] = websocket_url(url)
    if host := given.get(CONF_HOST):
        given |= host_and_port(host)
    return {CONF_PROVIDER: provider, **given}


def account_title(provider: str) -> str:
    """Return the title of an account that has no name of its own."""
    return _TITLES.get(provider) or PROVIDERS[ProviderName(provider)].title


def is_same_account(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two accounts are the same.

    Bridges are the same if host and port are; services if address, protocol, model and token are.
    """
    keys = (
        (CONF_PROVIDER, CONF_HOST, CONF_PORT)
        if is_bridge(other)
        else (CONF_PROVIDER, CONF_URL, CONF_PROTOCOL, CONF_MODEL, CONF_TOKEN)
    )
    return all(one.get(key) == other.get(key) for key in keys)
