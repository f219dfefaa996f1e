"""Fields of a form that are shown only while other fields have certain values.

Home Assistant 2026.10 cannot hide fields, and newer versions can do so only if the other fields are
in the same section. Otherwise, a form has only the fields whose conditions the stored values meet.
After it was submitted with other values, it is shown again if these values need more fields.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import probatio as vol
from homeassistant import data_entry_flow

from .sections import Fields

HIDES_FIELDS: Final = hasattr(data_entry_flow, "FieldCondition")
"""Whether this Home Assistant can hide fields, which is new in 2026.11."""

Conditions = Mapping[str, Sequence[str | bool]]
"""The names of other fields, each with the values that it must have."""


def conditional_fields(
    fields: Fields,
    conditions: Mapping[str, Conditions],
    *,
    values: Mapping[str, object],
    section_of: Callable[[str], str | None],
) -> Fields:
    """Return fields that are shown only while their conditions are met.

    ``conditions`` has the conditions of each field by its name. ``values`` are the values of all
    fields before the user changes them. ``section_of`` returns the section of a field.
    """
    shown: Fields = {}
    for key, field in fields.items():
        name = str(key)
        beside = {
            other: allowed
            for other, allowed in conditions[name].items()
            if HIDES_FIELDS and section_of(other) == section_of(name)
        }
        elsewhere = conditions[name].keys() - beside.keys()
        if all(values[other] in conditions[name][other] for other in elsewhere):
            shown[_hidden_unless(key, beside)] = field
    return shown


def _hidden_unless(key: vol.Marker, conditions: Conditions) -> vol.Marker:
    """Return the key of a field that Home Assistant hides unless the conditions are met."""
    if not conditions or not isinstance(key, vol.Required | vol.Optional):
        return key
    kind: Any = getattr(data_entry_flow, type(key).__name__)
    default = {} if isinstance(key.default, vol.Undefined) else {"default": key.default()}
    visible = [
        {"field": name, "operator": "in", "value": list(allowed)}
        for name, allowed in conditions.items()
    ]
    marker: vol.Marker = kind(key.schema, visible=visible, **default)
    return marker
