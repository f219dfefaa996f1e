"""Fields of a form that are shown only while a switch is on.

Home Assistant 2026.10 cannot hide fields. There, a form has these fields only after it was
submitted with the switch on.
"""

from typing import Any, Final

import probatio as vol
from homeassistant import data_entry_flow

HIDES_FIELDS: Final = hasattr(data_entry_flow, "FieldCondition")
"""Whether this Home Assistant can hide fields, which is new in 2026.11."""


def shown_if_on(key: vol.Marker, switch: str) -> vol.Marker:
    """Return the key of a field that is shown only if the switch in the same section is on."""
    if not HIDES_FIELDS or not isinstance(key, vol.Required | vol.Optional):
        return key
    kind: Any = getattr(data_entry_flow, type(key).__name__)
    default = {} if isinstance(key.default, vol.Undefined) else {"default": key.default()}
    marker: vol.Marker = kind(key.schema, visible={"field": switch, "value": True}, **default)
    return marker
