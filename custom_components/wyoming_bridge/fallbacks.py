"""The fallbacks of an entity: other entities that transcribe if its service fails."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectOptionDict

from .const import CONF_FALLBACK, DOMAIN, SECTION_LIMITS, SUBENTRY_STT
from .profiles import is_bridge


def fallbacks_of(hass: HomeAssistant, subentry: ConfigSubentry) -> tuple[str, ...]:
    """Return the IDs of a subentry's fallbacks that still exist."""
    existing = _all_subentries(hass)
    return tuple(each for each in _chosen(subentry) if each in existing)


def missing_fallbacks(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str]:
    """Return the IDs of an account's subentries that have a fallback which was removed."""
    existing = _all_subentries(hass)
    return {
        subentry.subentry_id
        for subentry in entry.subentries.values()
        if not existing.issuperset(_chosen(subentry))
    }


def _all_subentries(hass: HomeAssistant) -> set[str]:
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return {subentry_id for entry in entries for subentry_id in entry.subentries}


def _chosen(subentry: ConfigSubentry) -> tuple[str, ...]:
    return tuple(subentry.data.get(SECTION_LIMITS, {}).get(CONF_FALLBACK, ()))


def offered_fallbacks(hass: HomeAssistant, *, own: str | None) -> list[SelectOptionDict]:
    """Return the entities that can be fallbacks: all except those of remote bridges and ``own``.

    ``own`` is the subentry ID of the entity that gets the fallbacks; None if it is new.
    """
    return [
        SelectOptionDict(value=subentry.subentry_id, label=f"{entry.title}: {subentry.title}")
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if not is_bridge(entry.data)
        for subentry in entry.get_subentries_of_type(SUBENTRY_STT)
        if subentry.subentry_id != own
    ]


def with_offered_fallbacks(
    data: Mapping[str, Any], offered: Iterable[SelectOptionDict]
) -> dict[str, Any]:
    """Return the data of a subentry without the fallbacks that its form does not offer.

    The form would refuse a fallback that was removed.
    """
    existing = {each["value"] for each in offered}
    limits = dict(data.get(SECTION_LIMITS, {}))
    limits[CONF_FALLBACK] = [each for each in limits.get(CONF_FALLBACK, ()) if each in existing]
    return {**data, SECTION_LIMITS: limits}
