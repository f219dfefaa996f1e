"""The fallbacks of an entity: other entities that transcribe if its service fails."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectOptionDict

from .account_settings import is_bridge
from .bridge import ConfigError, is_same_language
from .const import CONF_FALLBACK, DOMAIN, SECTION_LIMITS, SUBENTRY_STT
from .form_errors import NO_ERRORS, Form, FormErrors
from .languages import protocol_languages


def fallbacks_of(hass: HomeAssistant, subentry: ConfigSubentry) -> tuple[str, ...]:
    """Return the IDs of a subentry's fallbacks that still exist."""
    existing = _all_subentries(hass)
    return tuple(each for each in fallbacks_in(subentry.data) if each in existing)


def missing_fallbacks(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str]:
    """Return the IDs of an account's subentries that have a fallback which was removed."""
    existing = _all_subentries(hass)
    return {
        subentry.subentry_id
        for subentry in entry.subentries.values()
        if not existing.issuperset(fallbacks_in(subentry.data))
    }


def _all_subentries(hass: HomeAssistant) -> set[str]:
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return {subentry_id for entry in entries for subentry_id in entry.subentries}


def fallbacks_in(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the IDs of the fallbacks in the data of a subentry."""
    return tuple(data.get(SECTION_LIMITS, {}).get(CONF_FALLBACK, ()))


def offered_fallbacks(
    hass: HomeAssistant,
    *,
    own: str | None,
    languages: Collection[str],
    stored: Collection[str] = (),
) -> list[SelectOptionDict]:
    """Return the entities that can be fallbacks: all except those of remote bridges and ``own``.

    ``own`` is the subentry ID of the entity that gets the fallbacks; None if it is new. A fallback
    gets the language of that entity, so it must know one of ``languages``, unless it is ``stored``
    as a fallback already.
    """
    return [
        SelectOptionDict(value=subentry.subentry_id, label=f"{entry.title}: {subentry.title}")
        for entry, subentry in _possible_fallbacks(hass)
        if subentry.subentry_id != own
        and (subentry.subentry_id in stored or _knows_any(entry, languages))
    ]


def unsuitable_fallbacks(
    hass: HomeAssistant, entity: Mapping[str, Any], *, languages: Collection[str]
) -> list[tuple[ConfigEntry[Any], ConfigSubentry]]:
    """Return the fallbacks that know no language of an entity, each with its account.

    ``entity`` is the data of the entity, and ``languages`` are those of its service. They count if
    the entity has no language of its own. An account can be without languages, because its server
    was started with another engine. Then there is nothing to compare, and the account is at fault,
    not the choice of the fallback.
    """
    spoken = [entity[CONF_LANGUAGE]] if CONF_LANGUAGE in entity else languages
    chosen = set(fallbacks_in(entity))
    return [
        (entry, subentry)
        for entry, subentry in _possible_fallbacks(hass)
        if subentry.subentry_id in chosen
        and spoken
        and _languages_of(entry)
        and not _knows_any(entry, spoken)
    ]


def wrong_fallback(
    hass: HomeAssistant,
    stored: Mapping[str, Any],
    entity: Mapping[str, Any],
    *,
    languages: Collection[str],
    form: Form,
) -> FormErrors:
    """Return an error of the form if a change makes a fallback unsuitable.

    A fallback that is unsuitable with the ``stored`` data already has a repair issue. It must not
    prevent other changes of the entity.
    """
    known = unsuitable_fallbacks(hass, stored, languages=languages)
    for entry, subentry in unsuitable_fallbacks(hass, entity, languages=languages):
        if (entry, subentry) not in known:
            return FormErrors.at(
                CONF_FALLBACK,
                "fallback_language_unknown",
                form,
                fallback=subentry.title,
                languages=", ".join(_languages_of(entry)),
            )
    return NO_ERRORS


def with_existing_fallbacks(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a subentry without the fallbacks that were removed.

    A form could show such a fallback only by its ID.
    """
    existing = _all_subentries(hass)
    limits = {**data.get(SECTION_LIMITS, {})}
    limits[CONF_FALLBACK] = [each for each in fallbacks_in(data) if each in existing]
    return {**data, SECTION_LIMITS: limits}


def _possible_fallbacks(hass: HomeAssistant) -> Iterator[tuple[ConfigEntry[Any], ConfigSubentry]]:
    """Yield all entities except those of remote bridges, each with its account."""
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        if not is_bridge(entry.data):
            for subentry in entry.get_subentries_of_type(SUBENTRY_STT):
                yield entry, subentry


def _knows_any(entry: ConfigEntry[Any], languages: Collection[str]) -> bool:
    known = _languages_of(entry)
    return any(is_same_language(one, other) for one in known for other in languages)


def _languages_of(entry: ConfigEntry[Any]) -> tuple[str, ...]:
    """Return the languages of an account, as they are known without a request.

    An account that is not loaded has the languages of its service. An invalid account has none.
    """
    if entry.state is ConfigEntryState.LOADED:
        return tuple(entry.runtime_data.service.known_languages)
    try:
        return protocol_languages(entry.data)
    except ConfigError:
        return ()
