"""Stores the new address of a known bridge, after the bridge has proved its identity.

Every device on the network can announce the id of a bridge. So a new address is stored only after
the bridge at that address has proved that it knows the access token and that the address is its
own. If the proof fails, or if the account has no token, a repair issue asks the user.
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .account_settings import bridge_address, is_bridge
from .bridge import BridgeError, verify
from .bridge_tls import bridge_tls
from .const import DOMAIN, LOGGER
from .discovered_bridge import DiscoveredBridge
from .known_accounts import async_take_id

ISSUE_MOVED: Final = "bridge_moved"
"""The bridge could not prove its identity, because the account has no access token."""
ISSUE_MOVED_UNPROVEN: Final = "bridge_moved_unproven"
"""The bridge at the new address did not prove its identity."""

CONF_ENTRY: Final = "entry_id"


async def async_follow(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    address: Mapping[str, Any],
    *,
    bridge_id: str,
    hosts: Sequence[str],
) -> None:
    """Store the announced address of a known bridge, or create an issue that asks the user.

    ``hosts`` are all names and addresses of the machine that announces the bridge.
    """
    if not is_bridge(entry.data):
        return
    stored, port = _place(entry.data)
    if port == address[CONF_PORT] and (stored in hosts or await _resolves_to(hass, stored, hosts)):
        async_forget(hass, entry)
        return
    token = entry.data.get(CONF_TOKEN)
    if not token:
        _ask(hass, entry, address, key=ISSUE_MOVED)
        return
    try:
        host, port = bridge_address(address)
        tls = bridge_tls(entry.data)
        await verify(host=host, port=port, token=token, bridge_id=bridge_id, tls=tls)
    except BridgeError as error:
        LOGGER.warning("%s: cannot verify the bridge at the new address: %s", entry.title, error)
        _ask(hass, entry, address, key=ISSUE_MOVED_UNPROVEN)
        return
    LOGGER.info("%s has a new address, and has proved that it knows the access token", entry.title)
    async_move(hass, entry, address)


@callback
def async_move(hass: HomeAssistant, entry: ConfigEntry[Any], address: Mapping[str, Any]) -> None:
    """Store a new address of a bridge, and connect to it."""
    data = {**entry.data, CONF_HOST: address[CONF_HOST], CONF_PORT: address[CONF_PORT]}
    _store(hass, entry, data, unique_id=entry.unique_id)


@callback
def async_adopt(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    found: DiscoveredBridge,
    *,
    unique_id: str,
    uuid: str,
) -> None:
    """Store what the Supervisor announces about a known bridge, and connect to it.

    ``unique_id`` is stored if the entry has none, or only the ``uuid`` of the announcement.

    The announcement is complete: a bridge that is announced without a token has none. So a stored
    token is removed, because a client that has a token refuses a bridge without one.
    """
    if not is_bridge(entry.data):
        return
    own_id = unique_id if entry.unique_id in {None, uuid} else entry.unique_id
    kept = {name: value for name, value in entry.data.items() if name != CONF_TOKEN}
    _store(hass, entry, {**kept, **found.address}, unique_id=own_id)


def _store(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    data: Mapping[str, Any],
    *,
    unique_id: str | None,
) -> None:
    reloads_itself = bool(entry.update_listeners)
    waits = entry.state is ConfigEntryState.SETUP_RETRY  # the bridge was unavailable until now
    changed = hass.config_entries.async_update_entry(entry, data=data, unique_id=unique_id)
    async_forget(hass, entry)
    loaded_before = entry.state is not ConfigEntryState.NOT_LOADED
    if (changed or waits) and not reloads_itself and loaded_before:
        hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def async_learn_id(hass: HomeAssistant, entry: ConfigEntry[Any], bridge_id: str | None) -> None:
    """Store the id that a bridge reports, if the bridge's account has no id yet.

    An id that is already stored is kept, because another bridge may have got the same address.
    """
    if bridge_id and entry.unique_id is None and async_take_id(hass, bridge_id):
        hass.config_entries.async_update_entry(entry, unique_id=bridge_id)


@callback
def async_forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the issue that asks about a new address of the bridge, if there is one."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry))


@callback
def async_ask_again(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Show the present title and address of the account in the issue, if there is one.

    Delete the issue if the user has changed the address to the announced one.
    """
    issue = ir.async_get(hass).async_get_issue(DOMAIN, _issue_id(entry))
    if not issue or not issue.data or not issue.translation_key:
        return
    if _place(issue.data) == _place(entry.data):
        async_forget(hass, entry)
    else:
        _ask(hass, entry, issue.data, key=issue.translation_key)


def shown_address(data: Mapping[str, Any]) -> str:
    """Return host and port as one text, with brackets around an IPv6 address."""
    host, port = _place(data)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _ask(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    address: Mapping[str, Any],
    *,
    key: str,
) -> None:
    """Create the issue that asks about a new address, in place of an older issue of the account."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, _issue_id(entry))
    if issue and issue.data and _place(issue.data) != _place(address):
        async_forget(hass, entry)  # show a new issue, even if the user has ignored the old one
    LOGGER.debug("%s announces another address, which is not stored", entry.title)
    placeholders = {
        "account": entry.title,
        "old": shown_address(entry.data),
        "new": shown_address(address),
    }
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry),
        data={
            CONF_ENTRY: entry.entry_id,
            CONF_HOST: address[CONF_HOST],
            CONF_PORT: address[CONF_PORT],
        },
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders=placeholders,
    )


async def async_addresses(hass: HomeAssistant, host: str) -> list[str]:
    """Return the IP addresses of a host name.

    The list is empty if ``host`` is an IP address itself, or cannot be resolved.
    """
    try:
        ip_address(host)
    except ValueError:
        pass
    else:
        return []
    try:
        found = await hass.loop.getaddrinfo(host, None)
    except OSError, UnicodeError:  # the name is unknown or malformed
        return []
    return [str(each[4][0]) for each in found]


async def _resolves_to(hass: HomeAssistant, host: str, hosts: Sequence[str]) -> bool:
    """Return whether a host name that the user has entered resolves to one of ``hosts``."""
    return any(each in hosts for each in await async_addresses(hass, host))


def _place(data: Mapping[str, Any]) -> tuple[str, int]:
    """Return host and port, or ``("", 0)`` for an invalid account that has neither."""
    return data.get(CONF_HOST, ""), data.get(CONF_PORT, 0)


def _issue_id(entry: ConfigEntry[Any]) -> str:
    return f"{ISSUE_MOVED}_{entry.entry_id}"
