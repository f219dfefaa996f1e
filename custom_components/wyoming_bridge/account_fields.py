"""The forms that add or change an account: their fields by provider."""

from collections.abc import Mapping
from typing import Any, Final

import probatio as vol
from homeassistant.const import (
    CONF_HOST,
    CONF_LANGUAGE,
    CONF_NAME,
    CONF_PORT,
    CONF_SSL,
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
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .bridge import DEFAULT_ADDRESS, PROVIDERS, ProviderName, options_of
from .const import (
    CONF_CA_CERTIFICATE,
    CONF_PROTOCOL,
    CONF_REMOVE_TOKEN,
    CONF_SAVE_ANYWAY,
    PROVIDER_BRIDGE,
    PROVIDER_LOCAL,
    SECTION_ADVANCED,
)
from .entity_fields import language_field
from .option_fields import option_field
from .sections import Fields, collapsed_section

_TOKEN: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_ADDRESS: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT))
_CERTIFICATE: Final = TextSelector(TextSelectorConfig(multiline=True))


def service_fields(provider: ProviderName) -> Fields:
    """Return the form for an account of a service: token, language and custom server.

    If the provider declares fields of its own, the address of the server is one of them.
    """
    row = PROVIDERS[provider]
    if row.account_fields:
        options = dict(options_of(row.settings))
        return {
            **{
                vol.Optional(name): option_field(name, options[name], default="")
                for name in row.account_fields
            },
            vol.Optional(CONF_TOKEN): _TOKEN,
            **language_field(row.capabilities.languages),
        }
    return {
        vol.Required(CONF_TOKEN): _TOKEN,
        **language_field(row.capabilities.languages),
        vol.Required(SECTION_ADVANCED): collapsed_section({vol.Optional(CONF_URL): _ADDRESS}),
    }


_LOCAL_FIELDS = {
    vol.Required(CONF_URL): _ADDRESS,
    vol.Required(CONF_PROTOCOL, default=ProviderName.RESON8.value): SelectSelector(
        SelectSelectorConfig(
            options=[name.value for name in ProviderName],
            translation_key=CONF_PROTOCOL,
            mode=SelectSelectorMode.DROPDOWN,
        )
    ),
    vol.Optional(CONF_TOKEN): _TOKEN,
    **language_field(
        sorted(
            {language for each in PROVIDERS.values() for language in each.capabilities.languages}
        )
    ),
}

_BRIDGE_FIELDS = {
    vol.Required(CONF_HOST): _ADDRESS,
    vol.Required(CONF_PORT, default=DEFAULT_ADDRESS.port): NumberSelector(
        NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)
    ),
    vol.Optional(CONF_TOKEN): _TOKEN,
    vol.Optional(CONF_SSL): BooleanSelector(),
    vol.Optional(CONF_CA_CERTIFICATE): _CERTIFICATE,
}

ACCOUNT_FIELDS: Final[Mapping[str, Fields]] = {
    **{name.value: service_fields(name) for name in ProviderName},
    PROVIDER_LOCAL: _LOCAL_FIELDS,
    PROVIDER_BRIDGE: _BRIDGE_FIELDS,
}
"""The fields of the form that adds the first account, by provider."""


def another_account_fields(provider: str) -> Fields:
    """Return the form that adds an account of a provider of which there is an account already.

    The user can name the account, to tell the accounts apart.
    """
    return {**ACCOUNT_FIELDS[provider], vol.Optional(CONF_NAME): TextSelector()}


def discovered_fields(account: Mapping[str, Any]) -> Fields:
    """Return the form for a discovered bridge, without the address, which is already known."""
    names = {CONF_TOKEN, CONF_CA_CERTIFICATE} if account.get(CONF_SSL) else {CONF_TOKEN}
    return {key: field for key, field in _BRIDGE_FIELDS.items() if key in names}


def reconfigure_fields(provider: str) -> Fields:
    """Return the form that changes an account; an empty token keeps the stored one.

    If the account may be without a token, the form can also remove the stored one. Otherwise the
    token of a service would go to every server to which the user changes the address.
    """
    shown = ACCOUNT_FIELDS[provider]
    fields = {
        vol.Optional(key.schema) if key == CONF_TOKEN else key: field
        for key, field in shown.items()
        if key != CONF_LANGUAGE
    }
    if any(key == CONF_TOKEN and isinstance(key, vol.Optional) for key in shown):
        fields[vol.Optional(CONF_REMOVE_TOKEN)] = BooleanSelector()
    return fields


def with_save_anyway(form: Fields) -> Fields:
    """Return a form with a field to save the values although a test of them failed."""
    return {**form, vol.Optional(CONF_SAVE_ANYWAY): BooleanSelector()}


REAUTH_FIELDS: Final[Fields] = {vol.Required(CONF_TOKEN): _TOKEN}
"""The form that asks for a new token."""
