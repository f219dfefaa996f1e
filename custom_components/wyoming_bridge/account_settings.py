"""Reads the stored data of accounts: the kind, the address, and the settings of the service."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN, CONF_URL

from .addresses import websocket_url
from .bridge import (
    PROVIDERS,
    ConfigError,
    ErrorText,
    Provider,
    ProviderName,
    RepairMode,
    Settings,
    options_of,
)
from .const import CONF_PROTOCOL, CONF_PROVIDER, PROVIDER_BRIDGE, PROVIDER_LOCAL

_MAX_PORT: Final = 65535


def is_bridge(data: Mapping[str, Any]) -> bool:
    """Return whether an account is a remote bridge."""
    return data.get(CONF_PROVIDER) == PROVIDER_BRIDGE


def protocol_of(data: Mapping[str, Any]) -> ProviderName:
    """Return the name of the provider whose protocol an account uses.

    Raises:
        ConfigError: The stored name is unknown; the message lists the known names.
    """
    is_local = data.get(CONF_PROVIDER) == PROVIDER_LOCAL
    name: object = data.get(CONF_PROTOCOL if is_local else CONF_PROVIDER)
    if name not in set(ProviderName):
        known = ", ".join(ProviderName)
        setting = CONF_PROTOCOL if is_local else CONF_PROVIDER
        raise ConfigError(f"{setting}: must be one of {known}, got {name!r}")
    return ProviderName(str(name))


def provider_of(data: Mapping[str, Any]) -> Provider:
    """Return the provider of an account."""
    return PROVIDERS[protocol_of(data)]


def bridge_address(data: Mapping[str, Any]) -> tuple[str, int]:
    """Return the host and the port of a remote bridge.

    Raises:
        ConfigError: The host or the port is missing or invalid; the message says what is allowed.
    """
    host, port = data.get(CONF_HOST), data.get(CONF_PORT)
    if not isinstance(host, str) or not host.strip():
        raise ConfigError(f"host: must be the name or the address of the bridge, got {host!r}")
    if not isinstance(port, int) or not 1 <= port <= _MAX_PORT:
        raise ConfigError(f"port: must be a whole number from 1 to {_MAX_PORT}, got {port!r}")
    return host, port


def base_url(data: Mapping[str, Any]) -> str | None:
    """Return the address of the server that an account names; None if it names no server.

    Without an address, the service on the internet is used. So a local server must have an
    address: its audio and its token must not leave the house.

    Raises:
        ConfigError: The address is invalid, or a local server has no address or an unknown
            protocol.
    """
    url = data.get(CONF_URL)
    is_local = data.get(CONF_PROVIDER) == PROVIDER_LOCAL
    if url is None and not is_local:
        return None
    if not isinstance(url, str) or not url.strip():
        raise ConfigError(f"url: must be the address of the server, got {url!r}")
    url = websocket_url(url)
    try:
        has_path = bool(urlsplit(url).path)
    except ValueError as err:
        raise ConfigError(ErrorText.INVALID_URL, setting=CONF_URL, scheme="wss") from err
    return f"{url}/{protocol_of(data)}" if is_local and not has_path else url


def settings_of(
    data: Mapping[str, Any], options: Mapping[str, Any], *, language: str | None = None
) -> Settings:
    """Return the settings of an account's service, with the options of a subentry.

    Raises:
        ConfigError: A value is invalid; the message names the setting and what is allowed.
    """
    own = {name: data[name] for name in provider_of(data).account_fields if name in data}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in (own | dict(options)).items()
    }
    if values.get("filter_background_audio"):
        values["include_timestamps"] = False  # the service has no timestamps with this filter
    if url := base_url(data):
        values["url"] = url
        # By entering a ws:// address, the user has chosen a connection without encryption.
        values["plain_ws_hosts"] = (urlsplit(url).hostname or "",)
    make = provider_of(data).settings
    build: Callable[..., Settings] = make
    return build(token=data.get(CONF_TOKEN), language=language, **supported(make, values))


def default_repair(account: Mapping[str, Any]) -> RepairMode:
    """Return the default of the repair setting: careful for a local server, off for a service."""
    is_local = account.get(CONF_PROVIDER) == PROVIDER_LOCAL
    return RepairMode.CAREFUL if is_local else RepairMode.OFF


def supported(owner: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the options that this release has."""
    names = {name for name, _ in options_of(owner)}
    return {name: value for name, value in values.items() if name in names}
