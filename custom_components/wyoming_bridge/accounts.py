"""Accounts: their stored data and their titles."""

from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from homeassistant.const import (
    CONF_HOST,
    CONF_LANGUAGE,
    CONF_MODEL,
    CONF_NAME,
    CONF_PORT,
    CONF_SSL,
    CONF_TOKEN,
    CONF_URL,
)
from homeassistant.core import HomeAssistant

from .account_settings import bridge_address
from .addresses import host_and_port, websocket_url
from .bridge import PROVIDERS, ConfigError, ErrorText, ProviderName
from .const import (
    CONF_PROVIDER,
    CONF_REMOVE_TOKEN,
    CONF_SAVE_ANYWAY,
    DOMAIN,
    PROVIDER_BRIDGE,
    PROVIDER_LOCAL,
    SECTION_ADVANCED,
)
from .form_input import cleaned

_TITLES = {PROVIDER_LOCAL: "Local realtime server", PROVIDER_BRIDGE: "Wyoming Bridge"}


def changed_data(stored: Mapping[str, Any], user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the values of the form that changes an account to the data to store.

    Raises:
        ConfigError: An address is invalid; the message names the setting and what is allowed.
    """
    values = dict(user_input)
    removes_token = values.pop(CONF_REMOVE_TOKEN, False)
    values.pop(CONF_SAVE_ANYWAY, None)
    data = account_data(stored[CONF_PROVIDER], values)
    if CONF_TOKEN in stored and not removes_token:
        data.setdefault(CONF_TOKEN, stored[CONF_TOKEN])
    return data


def changed_token(stored: Mapping[str, Any], user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data to store for the form that asks for a new token."""
    values = cleaned(user_input)
    return {**stored, CONF_TOKEN: values[CONF_TOKEN]} if CONF_TOKEN in values else dict(stored)


def suggested_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form that changes an account shows at first: all data except the token."""
    known = {key: value for key, value in data.items() if key != CONF_TOKEN}
    if data[CONF_PROVIDER] in PROVIDERS:
        known[SECTION_ADVANCED] = {CONF_URL: known.get(CONF_URL, "")}
    return known


def account_data(provider: str, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the values of the form that adds an account to the data to store.

    Raises:
        ConfigError: An address is invalid; the message names the setting and what is allowed.
    """
    flat = {**user_input, **user_input.get(SECTION_ADVANCED, {})}
    if (address := flat.get(CONF_URL)) and not address.strip():
        # Spaces must not count as an empty address. If they did, the token for the user's server
        # would go to the service on the internet.
        raise ConfigError(ErrorText.INVALID_URL, setting=CONF_URL, scheme="wss")
    given = cleaned(flat)
    for name in (CONF_LANGUAGE, CONF_NAME, SECTION_ADVANCED):
        given.pop(name, None)
    if url := given.get(CONF_URL):
        given[CONF_URL] = websocket_url(url)
    if provider == PROVIDER_BRIDGE:
        given |= host_and_port(given.get(CONF_HOST, ""))
        bridge_address(given)
    if not given.get(CONF_SSL):
        given.pop(CONF_SSL, None)
    return {CONF_PROVIDER: provider, **given}


def account_title(account: Mapping[str, Any], *, name: str = "", taken: Collection[str]) -> str:
    """Return a title for an account that is not one of the titles in ``taken``.

    The title is ``name``, such as the name of an announced bridge, or by default the title of the
    provider. If this title is taken, the first detail that makes it unique is added: the host, the
    host and the port, or the model. If none does, a number is added too.
    """
    provider: str = account[CONF_PROVIDER]
    title = name or _TITLES.get(provider) or PROVIDERS[ProviderName(provider)].title
    candidates = [title, *(f"{title} ({detail})" for detail in _details(account))]
    free = (each for each in candidates if each not in taken)
    return next(free, None) or free_title(candidates[-1], taken=taken)


def _details(account: Mapping[str, Any]) -> Iterator[str]:
    """Yield what tells an account apart from others of its provider."""
    address = urlsplit(account.get(CONF_URL, ""))
    host: str | None = account.get(CONF_HOST) or address.hostname
    port = account.get(CONF_PORT) or address.port
    if host:
        yield host
    if host and port:
        yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if model := account.get(CONF_MODEL):
        yield f"{host}, {model}" if host else model


def free_title(title: str, *, taken: Collection[str]) -> str:
    """Return ``title``. If it is taken, append the first number from 2 that makes it unique."""
    if title not in taken:
        return title
    return next(each for number in count(2) if (each := f"{title} {number}") not in taken)


def entity_titles(hass: HomeAssistant) -> set[str]:
    """Return the titles of the entities of all accounts, because assistants list all of them."""
    return {
        subentry.title
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        for subentry in entry.subentries.values()
    }
