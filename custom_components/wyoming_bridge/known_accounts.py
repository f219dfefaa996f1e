"""Finds out whether Home Assistant has an account already."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry
from homeassistant.const import CONF_HOST, CONF_MODEL, CONF_PORT, CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant, callback

from .account_settings import base_url, is_bridge, provider_of
from .addresses import canonical_host, canonical_url
from .bridge import ConfigError
from .const import CONF_PROTOCOL, CONF_PROVIDER, CORE_DOMAIN, DOMAIN


def known_account(
    hass: HomeAssistant,
    account: Mapping[str, Any],
    *,
    other_than: ConfigEntry[Any] | None = None,
) -> ConfigEntry[Any] | None:
    """Return an entry that has the same account, if there is one."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    others = (entry for entry in entries if entry is not other_than)
    return next((entry for entry in others if is_same_account(entry.data, account)), None)


def core_entry(hass: HomeAssistant, account: Mapping[str, Any]) -> ConfigEntry[Any] | None:
    """Return the entry with which Home Assistant's own Wyoming integration uses a bridge, if any.

    The entry is recognised by host and port, because that integration knows no id.
    """
    entries = hass.config_entries.async_entries(
        CORE_DOMAIN, include_ignore=False, include_disabled=False
    )
    return next((each for each in entries if _place(each.data) == _place(account)), None)


def known_app(
    hass: HomeAssistant, account: Mapping[str, Any], *, unique_ids: Iterable[str]
) -> ConfigEntry[Any] | None:
    """Return the entry of a bridge that the Supervisor announces, if there is one.

    The bridge is recognised by one of its ``unique_ids``, or by its address.
    """
    entry_with = hass.config_entries.async_entry_for_domain_unique_id
    by_id = (entry_with(DOMAIN, each) for each in unique_ids)
    return next(filter(None, by_id), None) or known_account(hass, account)


@callback
def async_take_id(hass: HomeAssistant, bridge_id: str) -> bool:
    """Return whether an account can have the id of a bridge as its unique id.

    If the user has ignored the bridge when Home Assistant discovered it, an entry without data has
    the id. Take the id from that entry, and delete it, as Home Assistant does if the user adds the
    bridge. The caller must store the id at once: after the deletion, Home Assistant handles the
    announcement of the bridge again, and looks for an entry with this id.
    """
    holder = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, bridge_id)
    if holder and holder.source == SOURCE_IGNORE:
        hass.config_entries.async_update_entry(holder, unique_id=None)
        hass.async_create_task(
            hass.config_entries.async_remove(holder.entry_id),
            name=f"{DOMAIN} delete an ignored bridge",
            eager_start=False,
        )
        return True
    return holder is None


def is_same_account(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two accounts are the same, even if their addresses are spelled differently.

    Two bridges are the same if they have the same host and port. Two services are the same if they
    have the same address, protocol, model and token. The model counts, because the user can use two
    models of one server, and what the server can do depends on the model.
    """
    return _identity(one) == _identity(other)


def _identity(data: Mapping[str, Any]) -> tuple[object, ...]:
    provider = data.get(CONF_PROVIDER)
    if is_bridge(data):
        return provider, *_place(data)
    try:
        url = canonical_url(base_url(data) or provider_of(data).settings().url)
    except ConfigError:
        url = str(data.get(CONF_URL))  # invalid, so compare the text as it was entered
    return provider, url, data.get(CONF_PROTOCOL), data.get(CONF_MODEL), data.get(CONF_TOKEN)


def _place(data: Mapping[str, Any]) -> tuple[object, ...]:
    return canonical_host(str(data.get(CONF_HOST))), data.get(CONF_PORT)
