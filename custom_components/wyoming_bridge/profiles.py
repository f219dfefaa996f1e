"""Converts the stored data of subentries to profiles of the package."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_LANGUAGE

from .account_settings import default_repair, provider_of, settings_of, supported
from .bridge import (
    ConfigError,
    Endpointing,
    Limits,
    Profile,
    RepairMode,
    SessionStarted,
    Settings,
    TextStyle,
)
from .const import (
    CONF_DAILY_LIMIT,
    CONF_FALLBACK,
    CONF_REPAIR,
    CONF_TEXT,
    SECTION_ENDPOINT,
    SECTION_LIMITS,
    SECTION_RECOGNITION,
)

LIMITS: Final = Limits()
"""How long an utterance waits for its service."""


def endpointing_of(data: Mapping[str, Any]) -> Endpointing:
    """Return the endpointing settings of a subentry.

    Raises:
        ConfigError: A value is invalid; the message names the setting and what is allowed.
    """
    build: Callable[..., Endpointing] = Endpointing
    return build(**supported(Endpointing, with_current_names(data).get(SECTION_ENDPOINT, {})))


def with_current_names(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the stored data of a subentry, with the current names of renamed settings."""
    if SECTION_ENDPOINT not in data:
        return data
    stored: Mapping[str, Any] = data[SECTION_ENDPOINT]
    renamed = Endpointing.renamed
    former = {renamed[name]: value for name, value in stored.items() if name in renamed}
    current = {name: value for name, value in stored.items() if name not in renamed}
    return {**data, SECTION_ENDPOINT: {**former, **current}}


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
