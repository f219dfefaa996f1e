"""The settings of an entity, as its form shows them and as they are stored.

The form groups the settings by how often people change them, the stored data by the part of the
package that reads them. ``stored_data`` and ``form_values`` convert between the two.
"""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_LANGUAGE, CONF_NAME

from .bridge import PROVIDERS, Endpointing, ProviderName, options_of
from .const import (
    CONF_DAILY_LIMIT,
    CONF_FALLBACK,
    CONF_HOME_NAMES,
    CONF_OVERRIDE,
    CONF_PROFILE,
    CONF_REPAIR,
    CONF_TERMS,
    CONF_TEXT,
    SECTION_ADVANCED,
    SECTION_BIAS,
    SECTION_ENDPOINT,
    SECTION_LIMITS,
    SECTION_RECOGNITION,
)
from .form_input import cleaned, without_sections

_BIAS: Final = (CONF_TERMS, CONF_HOME_NAMES)

_FIRST: Final = frozenset(
    {CONF_NAME, CONF_LANGUAGE, CONF_PROFILE, "model", "custom_model_id", "type"}
)
"""The settings that are not in a section of the form."""

_SHOWN_IN: Final = {
    **dict.fromkeys(
        (CONF_OVERRIDE, "source", "silence_ms", "commands_end_early"), SECTION_ENDPOINT
    ),
    **dict.fromkeys(_BIAS, SECTION_BIAS),
}
"""The section of the form for each setting that people often change; the others are advanced."""

_STORED_IN: Final[Mapping[str, str | None]] = {
    CONF_OVERRIDE: None,
    **{name: SECTION_RECOGNITION for each in PROVIDERS.values() for name in each.form_fields},
    **{name: SECTION_ENDPOINT for name, _ in options_of(Endpointing)},
    **dict.fromkeys(_BIAS, SECTION_BIAS),
    **dict.fromkeys((CONF_TEXT, CONF_REPAIR, CONF_DAILY_LIMIT, CONF_FALLBACK), SECTION_LIMITS),
}
"""The section of the stored data for each setting; None for a setting outside the sections."""

ENTITY_SETTINGS: Final = _FIRST | set(_STORED_IN)
"""The names of all settings in the forms of entities."""


def form_section(name: str, provider: ProviderName | None) -> str | None:
    """Return the section of the form that shows a setting; None for a setting outside the sections.

    The endpoint settings of a bridge's entity are in the section of the switch that shows them.
    """
    if name in _FIRST:
        return None
    rest = SECTION_ADVANCED if provider else SECTION_ENDPOINT
    return _SHOWN_IN.get(name, rest)


def stored_data(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data to store for the values of an entity's form."""
    data: dict[str, Any] = {}
    for name, value in without_sections(cleaned(values)).items():
        place = _STORED_IN.get(name)
        (data.setdefault(place, {}) if place else data)[name] = value
    return data


def form_values(data: Mapping[str, Any], provider: ProviderName | None) -> dict[str, Any]:
    """Return the values of an entity's form for its stored data."""
    values: dict[str, Any] = {}
    for name, value in without_sections(data).items():
        place = form_section(name, provider)
        if place is None:
            values[name] = value
        elif name in _STORED_IN:  # skip a setting that only another release has
            values.setdefault(place, {})[name] = value
    return values
