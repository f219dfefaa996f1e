"""What an account is: its form, what is stored of it, and when two are the same."""

from collections.abc import Mapping
from typing import Any, Final

import probatio as vol
from homeassistant.const import CONF_HOST, CONF_LANGUAGE, CONF_PORT, CONF_TOKEN, CONF_URL
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .bridge import PROVIDERS, ProviderName
from .const import (
    CONF_PROTOCOL,
    CONF_PROVIDER,
    PROVIDER_BRIDGE,
    PROVIDER_LOCAL,
    SECTION_ADVANCED,
)
from .forms import ADDRESS, TOKEN, cleaned, language_field, service_fields
from .profiles import bridge_place, is_bridge, websocket_url

_DEFAULT_PORT = 10300

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
    vol.Required(CONF_PORT, default=_DEFAULT_PORT): NumberSelector(
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
"""The form of each provider's account."""


def changed_fields(provider: str) -> dict[vol.Marker, Any]:
    """The form that changes an account: a token that is left empty stays as it is."""
    return {
        vol.Optional(key.schema) if key == CONF_TOKEN else key: field
        for key, field in ACCOUNT_FIELDS[provider].items()
        if key != CONF_LANGUAGE
    }


def shown_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What such a form shows of what is stored: all but the token."""
    known = {key: value for key, value in data.items() if key != CONF_TOKEN}
    if data[CONF_PROVIDER] in PROVIDERS:
        known[SECTION_ADVANCED] = {CONF_URL: known.get(CONF_URL, "")}
    return known


def account_of(provider: str, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of an account, from its form."""
    given = cleaned(user_input)
    given.pop(CONF_LANGUAGE, None)
    given.update(given.pop(SECTION_ADVANCED, {}))
    if url := given.get(CONF_URL):
        given[CONF_URL] = websocket_url(url)
    if host := given.get(CONF_HOST):
        given |= bridge_place(host)
    return {CONF_PROVIDER: provider, **given}


def account_title(provider: str) -> str:
    """How an account is called, unless it has a name."""
    return _TITLES.get(provider) or PROVIDERS[ProviderName(provider)].title


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two are the same account: bridges by their place, services by their token too."""
    keys = (
        (CONF_PROVIDER, CONF_HOST, CONF_PORT)
        if is_bridge(other)
        else (CONF_PROVIDER, CONF_URL, CONF_PROTOCOL, CONF_TOKEN)
    )
    return all(one.get(key) == other.get(key) for key in keys)
