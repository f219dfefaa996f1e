"""Converts the stored data of accounts and subentries to the package's own types."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_LANGUAGE, CONF_PORT, CONF_TOKEN, CONF_URL

from .addresses import websocket_url
from .bridge import (
    PROVIDERS,
    ConfigError,
    Endpointing,
    ErrorText,
    Limits,
    Profile,
    Provider,
    ProviderName,
    RepairMode,
    SessionStarted,
    Settings,
    TextStyle,
    options_of,
)
from .const import (
    CONF_DAILY_LIMIT,
    CONF_FALLBACK,
    CONF_PROTOCOL,
    CONF_PROVIDER,
    CONF_REPAIR,
    CONF_TEXT,
    PROVIDER_BRIDGE,
    PROVIDER_LOCAL,
    SECTION_ENDPOINT,
    SECTION_LIMITS,
    SECTION_RECOGNITION,
)

LIMITS: Final = Limits()
"""How long an utterance waits for its service."""

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
    return build(token=data.get(CONF_TOKEN), language=language, **_supported(make, values))


def endpointing_of(data: Mapping[str, Any]) -> Endpointing:
    """Return the endpointing settings of a subentry.

    Raises:
        ConfigError: A value is invalid; the message names the setting and what is allowed.
    """
    build: Callable[..., Endpointing] = Endpointing
    return build(**_supported(Endpointing, with_current_names(data).get(SECTION_ENDPOINT, {})))


def with_current_names(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the stored data of a subentry, with the current names of renamed settings."""
    if SECTION_ENDPOINT not in data:
        return data
    stored: Mapping[str, Any] = data[SECTION_ENDPOINT]
    renamed = Endpointing.renamed
    former = {renamed[name]: value for name, value in stored.items() if name in renamed}
    current = {name: value for name, value in stored.items() if name not in renamed}
    return {**data, SECTION_ENDPOINT: {**former, **current}}


def _supported(owner: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the options that this release has."""
    names = {name for name, _ in options_of(owner)}
    return {name: value for name, value in values.items() if name in names}


def profile_of(entry: ConfigEntry[Any], subentry: ConfigSubentry) -> Profile:
    """Return the profile of a subentry.

    Raises:
        ConfigError: A value is invalid; the message names the setting and what is allowed.
    """
    profile = new_profile(subentry.subentry_id, entry.data, subentry.data)
    return replace(profile, title=subentry.title)


def subentry_settings(account: Mapping[str, Any], data: Mapping[str, Any]) -> Settings:
    """Return the settings of an account's service for the data of a subentry.

    Raises:
        ConfigError: A value is invalid; the message names the setting and what is allowed.
    """
    return settings_of(account, data.get(SECTION_RECOGNITION, {}), language=data.get(CONF_LANGUAGE))


def server_of(
    found: SessionStarted, account: Mapping[str, Any], data: Mapping[str, Any]
) -> SessionStarted:
    """Return what is known about the server in the sessions of a subentry with this data.

    ``found`` is what the server reported when the account was checked. The check detects the kind
    of the server. If the subentry names the kind itself, its sessions use that one.

    Raises:
        ConfigError: A value is invalid; the message names the setting and what is allowed.
    """
    known_server = provider_of(account).known_server
    named = known_server(subentry_settings(account, data)) if known_server else None
    return named or found


def new_profile(name: str, account: Mapping[str, Any], data: Mapping[str, Any]) -> Profile:
    """Return the profile for the data of a subentry, which may not be stored yet.

    Raises:
        ConfigError: A value is invalid; the message names the setting and what is allowed.
    """
    limits = data.get(SECTION_LIMITS, {})
    endpointing = endpointing_of(data)
    settings = subentry_settings(account, data)
    return Profile(
        name=name,
        backend=settings,
        limits=LIMITS,
        endpointing=endpointing,
        text_style=_choice(limits, CONF_TEXT, TextStyle) or TextStyle.COMMANDS,
        fallback=tuple(limits.get(CONF_FALLBACK, ())),
        max_seconds_per_day=_daily_limit(limits),
        repair=_choice(limits, CONF_REPAIR, RepairMode) or default_repair(account),
    )


def default_repair(account: Mapping[str, Any]) -> RepairMode:
    """Return the default of the repair setting: careful for a local server, off for a service."""
    is_local = account.get(CONF_PROVIDER) == PROVIDER_LOCAL
    return RepairMode.CAREFUL if is_local else RepairMode.OFF


def _daily_limit(limits: Mapping[str, Any]) -> float | None:
    """Return the daily limit in seconds, or None without a limit.

    Raises:
        ConfigError: The stored value is negative or not finite. Home Assistant's number fields
            accept the text ``nan``, and such a limit would never be reached.
    """
    limit: float | None = limits.get(CONF_DAILY_LIMIT)
    if limit is not None and not 0 <= limit < math.inf:
        raise ConfigError(f"{CONF_DAILY_LIMIT}: must be at least 0 s, got {limit!r}")
    return limit


def _choice[ChoiceT: StrEnum](
    values: Mapping[str, Any], name: str, choices: type[ChoiceT]
) -> ChoiceT | None:
    """Return the stored choice; None if no choice is stored.

    Raises:
        ConfigError: The stored value is not one of the choices; the message lists them.
    """
    chosen: str | None = values.get(name)
    if chosen is None:
        return None
    if chosen not in set(choices):
        allowed = ", ".join(choices)
        raise ConfigError(f"{name}: must be one of {allowed}, got {chosen!r}")
    return choices(chosen)
