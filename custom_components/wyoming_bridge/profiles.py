"""What is stored of an account and its subentries, as the package's own values."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_LANGUAGE, CONF_PORT, CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from .bridge import (
    PROVIDERS,
    ConfigError,
    Endpointing,
    Profile,
    Provider,
    ProviderName,
    Settings,
    TextStyle,
    options_of,
)
from .const import (
    CONF_DAILY_LIMIT,
    CONF_FALLBACK,
    CONF_PROTOCOL,
    CONF_PROVIDER,
    CONF_TEXT,
    DOMAIN,
    PROVIDER_BRIDGE,
    PROVIDER_LOCAL,
    SECTION_ENDPOINT,
    SECTION_LIMITS,
    SECTION_RECOGNITION,
)

_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


def is_bridge(data: Mapping[str, Any]) -> bool:
    """Whether an account is a bridge on the network."""
    return bool(data[CONF_PROVIDER] == PROVIDER_BRIDGE)


def protocol_of(data: Mapping[str, Any]) -> ProviderName:
    """Which service's protocol an account speaks."""
    provider: str = data[CONF_PROVIDER]
    return ProviderName(data[CONF_PROTOCOL] if provider == PROVIDER_LOCAL else provider)


def provider_of(data: Mapping[str, Any]) -> Provider:
    """What is known of the service of an account."""
    return PROVIDERS[protocol_of(data)]


def websocket_url(text: str) -> str:
    """An address as people write it, as that of a websocket. What is none stays, to be refused."""
    scheme, found, rest = text.strip().partition("://")
    if not found:
        scheme, rest = "ws", scheme
    return f"{_SCHEMES.get(scheme.lower(), scheme)}://{rest.rstrip('/')}"


def bridge_place(text: str) -> dict[str, Any]:
    """A host as people write it, with its port where it names one. What is none stays."""
    host = text.strip().removeprefix("tcp://")
    if host.count(":") != 1 and not host.startswith("["):
        return {CONF_HOST: host}
    try:
        parts = urlsplit(f"tcp://{host}")
        place: dict[str, Any] = {CONF_HOST: parts.hostname or host}
        return place | ({CONF_PORT: parts.port} if parts.port else {})
    except ValueError:
        return {CONF_HOST: host}


def settings_of(
    data: Mapping[str, Any], options: Mapping[str, Any], *, language: str | None = None
) -> Settings:
    """The settings of an account's service, with what one of its subentries wants.

    Raises:
        ConfigError: A value is out of range; the message names it and what is allowed.
    """
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in options.items()
    }
    if values.get("filter_background_audio"):
        values["include_timestamps"] = False  # the service allows one of them only
    if url := data.get(CONF_URL):
        values["url"] = url
        try:
            parts = urlsplit(url)
        except ValueError as err:
            raise ConfigError(f"url: {err}") from err
        # Whoever writes ws:// in the form has decided that this network may hear it.
        values["plain_ws_hosts"] = (parts.hostname or "",)
        if data[CONF_PROVIDER] == PROVIDER_LOCAL and not parts.path:
            values["url"] = f"{url}/{protocol_of(data)}"
    make = provider_of(data).settings
    build: Callable[..., Settings] = make
    return build(token=data.get(CONF_TOKEN), language=language, **_known(make, values))


def endpointing_of(data: Mapping[str, Any]) -> Endpointing:
    """How a subentry wants the end of speech to be found.

    Raises:
        ConfigError: A value is out of range; the message names it and what is allowed.
    """
    build: Callable[..., Endpointing] = Endpointing
    return build(**_known(Endpointing, with_present_names(data).get(SECTION_ENDPOINT, {})))


def with_present_names(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a subentry has stored, with the present names of renamed settings."""
    if SECTION_ENDPOINT not in data:
        return data
    stored: Mapping[str, Any] = data[SECTION_ENDPOINT]
    renamed = Endpointing.renamed
    former = {renamed[name]: value for name, value in stored.items() if name in renamed}
    present = {name: value for name, value in stored.items() if name not in renamed}
    return {**data, SECTION_ENDPOINT: {**former, **present}}


def _known(owner: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values without those that another release of the integration has stored."""
    names = {name for name, _ in options_of(owner)}
    return {name: value for name, value in values.items() if name in names}


def account_profile(name: str, data: Mapping[str, Any]) -> Profile:
    """The account itself, without any wishes: what is probed.

    Raises:
        ConfigError: The address or the token is not possible.
    """
    return Profile(name=name, backend=settings_of(data, {}))


def profile_of(entry: ConfigEntry[Any], subentry: ConfigSubentry) -> Profile:
    """The profile of a subentry.

    Raises:
        ConfigError: A value is out of range; the message names it and what is allowed.
    """
    return new_profile(subentry.subentry_id, entry.data, subentry.data)


def fallbacks_of(hass: HomeAssistant, subentry: ConfigSubentry) -> tuple[str, ...]:
    """Who stands in for a subentry, by their ids; without those that were removed meanwhile."""
    there = _all_subentries(hass)
    return tuple(each for each in _chosen_fallbacks(subentry) if each in there)


def without_fallback(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, str]:
    """The subentries for which somebody was to stand in who was removed: ids and titles."""
    there = _all_subentries(hass)
    return {
        subentry.subentry_id: subentry.title
        for subentry in entry.subentries.values()
        if not there.issuperset(_chosen_fallbacks(subentry))
    }


def _all_subentries(hass: HomeAssistant) -> set[str]:
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return {subentry_id for entry in entries for subentry_id in entry.subentries}


def _chosen_fallbacks(subentry: ConfigSubentry) -> tuple[str, ...]:
    return tuple(subentry.data.get(SECTION_LIMITS, {}).get(CONF_FALLBACK, ()))


def new_profile(name: str, account: Mapping[str, Any], data: Mapping[str, Any]) -> Profile:
    """The profile of what a subentry has stored, or is about to store.

    Raises:
        ConfigError: A value is out of range; the message names it and what is allowed.
    """
    limits = data.get(SECTION_LIMITS, {})
    endpointing = endpointing_of(data)
    settings = settings_of(
        account, data.get(SECTION_RECOGNITION, {}), language=data.get(CONF_LANGUAGE)
    )
    text_style: str = limits.get(CONF_TEXT, TextStyle.COMMANDS)
    if text_style not in set(TextStyle):
        raise ConfigError(f"{CONF_TEXT}: {text_style!r} is not possible")
    return Profile(
        name=name,
        backend=settings,
        endpointing=endpointing,
        text_style=TextStyle(text_style),
        fallback=tuple(limits.get(CONF_FALLBACK, ())),
        max_seconds_per_day=limits.get(CONF_DAILY_LIMIT),
    )
