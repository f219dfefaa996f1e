"""Keeps the settings that the form of an entity hides, because they have no effect at present.

A form hides the settings that its server does not use, and those of a switch that is off.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import probatio as vol
from homeassistant.data_entry_flow import section

from .bridge import PROVIDERS, ProviderName, options_of
from .entity_data import stored_data
from .form_input import cleaned


def changed_entity(
    stored: Mapping[str, Any],
    user_input: Mapping[str, Any],
    *,
    form: Mapping[vol.Marker, Any],
    provider: ProviderName | None,
) -> dict[str, Any]:
    """Return the data to store for a filled-in form, with the settings that the form hides.

    ``stored`` is the present data of the entity. Its hidden settings keep their values, so that
    they are still there when they have an effect again. ``provider`` is None for a remote bridge.
    """
    data = stored_data(user_input)
    shown = set(_shown(form, user_input))
    for name, value in cleaned(stored).items():
        if isinstance(value, Mapping):
            hidden = {
                each: value[each]
                for each in value
                if each not in shown and not _acts_unseen(each, provider)
            }
            if hidden:
                data[name] = {**hidden, **data.get(name, {})}
        elif name not in shown:
            data[name] = value
    return data


def _shown(form: Mapping[vol.Marker, Any], values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the settings that a filled-in form showed.

    Home Assistant fills in a required field, unless the value of another field hides it.
    """
    for key, field in form.items():
        name = str(key)
        if isinstance(field, section):
            yield from _shown(field.schema.schema, values.get(name, {}))
        elif name in values or not isinstance(key, vol.Required):
            yield name


def _acts_unseen(name: str, provider: ProviderName | None) -> bool:
    """Return whether a setting would have an effect that users cannot see.

    The client of ``provider`` reads the setting, but only the forms of other providers show it. So
    users could not correct its value.
    """
    if provider is None:
        return False
    row = PROVIDERS[provider]
    is_of_another = any(name in each.form_fields for each in PROVIDERS.values())
    return is_of_another and name not in row.form_fields and name in dict(options_of(row.settings))
