"""Adds the stored values of an entity to the choices of its form.

A server can be started with another model or another engine, and a bridge with other profiles. Home
Assistant refuses a whole form if one value is not among the choices of its field. So the form
offers the stored values too, and the trial of the settings says which of them does not work.
"""

from collections.abc import Mapping
from typing import Any

import probatio as vol
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import LanguageSelector, SelectOptionDict, SelectSelector

from .sections import Fields


def with_stored_choices(form: Fields, values: Mapping[str, Any]) -> Fields:
    """Return a form whose lists offer the stored values of their fields too.

    ``values`` are grouped in sections, as the form groups them.
    """
    return {key: _with_stored(field, values.get(str(key))) for key, field in form.items()}


def _with_stored(field: Any, stored: Any) -> Any:
    if isinstance(field, SelectSelector) and field.config["custom_value"]:
        return field  # it takes any text
    match field, stored:
        case section(), Mapping():
            inner: Fields = field.schema.schema
            return section(vol.Schema(with_stored_choices(inner, stored)), field.options)
        case LanguageSelector(), str():
            return LanguageSelector(_extended(field.config, "languages", [stored]))
        case SelectSelector(), str():
            return SelectSelector(_extended(field.config, "options", [stored]))
        case SelectSelector(), list():
            return SelectSelector(_extended(field.config, "options", stored))
        case _:
            return field


def _extended(config: Any, name: str, stored: list[str]) -> Any:
    """Return the configuration of a selector whose list ``name`` also has the stored values."""
    choices = config[name]
    if not any(isinstance(each, Mapping) for each in choices):
        return {**config, name: list(dict.fromkeys([*choices, *stored]))}
    known = {each["value"] for each in choices}
    # Home Assistant refuses a list of which only some choices have a label.
    added = [SelectOptionDict(value=each, label=each) for each in stored if each not in known]
    return {**config, name: [*choices, *added]}
