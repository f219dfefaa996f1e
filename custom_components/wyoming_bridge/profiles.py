"""Converts the stored data of accounts and subentries to the package's own types."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_LANGUAGE, CONF_PORT, CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from .bridge import (
    PROVIDERS,
    ConfigError,
    Endpointing,
    Limits,
    Profile,
    Provider,
    ProviderName,
    RepairMode,
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
    DOMAIN,
    PROVIDER_BRIDGE,
    PROVIDER_LOCAL,
    SECTION_ENDPOINT,
    SECTION_LIMITS,
    SECTION_RECOGNITION,
)

LIMITS: Final = Limits()
"""How long an utterance waits for its service."""

_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


def is_bridge(data: Mapping[str, Any]) -> bool:
    """Return whether an account is a remote bridge."""
    return bool(data[CONF_PROVIDER] == PROVIDER_BRIDGE)


def protocol_of(data: Mapping[str, Any]) -> ProviderName:
    """Return the service whose protocol an account uses."""
    provider: str = data[CONF_PROVIDER]
    return ProviderName(data[CONF_PROTOCOL] if provider == PROVIDER_LOCAL else provider)


def provider_of(data: Mapping[str, Any]) -> Provider:
    """Return the provider of an account."""
    return PROVIDERS[protocol_of(data)]


def websocket_url(text: str) -> str:
    """Return the websocket URL for an address as users enter it.

    Other schemes are kept, and refused later.
    """
    scheme, found, rest = text.strip().partition("://")
    if not found:
        scheme, rest = "ws", scheme
    return f"{_SCHEMES.get(scheme.lower(), scheme)}://{rest.rstrip('/')}"


def host_and_port(text: str) -> dict[str, Any]:
    """Return the host, and the port if there is one, of an address as users enter it.

    Text that is not an address is returned as the host.
    """
    host = text.strip().removeprefix("tcp://")
    if host.count(":") != 1 and not host.startswith("["):
        return {CONF_HOST: host}
    try:
        parts = urlsplit(f"tcp://{host}")
        address: dict[str, Any] = {CONF_HOST: parts.hostname or host}
        return address | ({CONF_PORT: parts.port} if parts.port else {})
    except ValueError:
        return {CONF_HOST: host}


def settings_of(
    data: Mapping[str, Any], options: Mapping[str, Any], *, language: str | None = None
) -> Settings:
    """Return the settings of an account's service, with the options of a subentry.

    Raises:
        ConfigError: A value is out of range; the message names it and what is allowed.
    """
    own = {name: data[name] for name in provider_of(data).account_fields if name in data}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in (own | dict(options)).items()
    }
    if values.get("filter_background_audio"):
        values["include_timestamps"] = False  # the service allows only one of the two
    if url := data.get(CONF_URL):
        values["url"] = url
        try:
            parts = urlsplit(url)
        except ValueError as err:
            raise ConfigError(f"url: {err}") from err
        # With ws:// in the form, the user has chosen to send without encryption.
        values["plain_ws_hosts"] = (parts.hostname or "",)
        if data[CONF_PROVIDER] == PROVIDER_LOCAL and not parts.path:
            values["url"] = f"{url}/{protocol_of(data)}"
    make = provider_of(data).settings
    build: Callable[..., Settings] = make
    return build(token=data.get(CONF_TOKEN), language=language, **_supported(make, values))


def endpointing_of(data: Mapping[str, Any]) -> Endpointing:
    """Return the endpointing settings of a subentry.

    Raises:
        ConfigError: A value is out of range; the message names it and what is allowed.
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
    """Return the values without options that only another release knows."""
    names = {name for name, _ in options_of(owner)}
    return {name: value for name, value in values.items() if name in names}


def account_profile(name: str, data: Mapping[str, Any]) -> Profile:
    """Return the profile of the account itself, without options, for probing.

    Raises:
        ConfigError: The address or the token is invalid.
    """
    return Profile(name=name, backend=settings_of(data, {}))


def profile_of(entry: ConfigEntry[Any], subentry: ConfigSubentry) -> Profile:
    """Return the profile of a subentry.

    Raises:
        ConfigError: A value is out of range; the message names it and what is allowed.
    """
    return new_profile(subentry.subentry_id, entry.data, subentry.data)


def fallbacks_of(hass: HomeAssistant, subentry: ConfigSubentry) -> tuple[str, ...]:
    """Return the IDs of a subentry's fallbacks that still exist."""
    existing = _all_subentries(hass)
    return tuple(each for each in _chosen_fallbacks(subentry) if each in existing)


def missing_fallbacks(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, str]:
    """Return the IDs and titles of the subentries with a fallback that was removed."""
    existing = _all_subentries(hass)
    return {
        subentry.subentry_id: subentry.title
        for subentry in entry.subentries.values()
        if not existing.issuperset(_chosen_fallbacks(subentry))
    }


def _all_subentries(hass: HomeAssistant) -> set[str]:
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return {subentry_id for entry in entries for subentry_id in entry.subentries}


def _chosen_fallbacks(subentry: ConfigSubentry) -> tuple[str, ...]:
    return tuple(subentry.data.get(SECTION_LIMITS, {}).get(CONF_FALLBACK, ()))


def new_profile(name: str, account: Mapping[str, Any], data: Mapping[str, Any]) -> Profile:
    """Return the profile for the data of a subentry, stored or not.

    Raises:
        ConfigError: A value is out of range; the message names it and what is allowed.
    """
    limits = data.get(SECTION_LIMITS, {})
    endpointing = endpointing_of(data)
    settings = settings_of(
        account, data.get(SECTION_RECOGNITION, {}), language=data.get(CONF_LANGUAGE)
    )
    return Profile(
        name=name,
        backend=settings,
        limits=LIMITS,
        endpointing=endpointing,
        text_style=_choice(limits, CONF_TEXT, TextStyle) or TextStyle.COMMANDS,
        fallback=tuple(limits.get(CONF_FALLBACK, ())),
        max_seconds_per_day=limits.get(CONF_DAILY_LIMIT),
        repair=_choice(limits, CONF_REPAIR, RepairMode),
    )


def _choice[ChoiceT: StrEnum](
    values: Mapping[str, Any], name: str, choices: type[ChoiceT]
) -> ChoiceT | None:
    """Return the stored choice, or None if there is none.

    Raises:
        ConfigError: There is no such choice; the message names those that exist.
    """
    chosen: str | None = values.get(name)
    if chosen is None:
        return None
    if chosen not in set(choices):
        allowed = ", ".join(choices)
        raise ConfigError(f"{name}: {chosen!r} is invalid, allowed is {allowed}")
    return choices(chosen)
