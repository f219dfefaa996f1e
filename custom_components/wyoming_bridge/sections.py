"""Sections of forms: groups of fields that are collapsed at first."""

from collections.abc import Mapping
from typing import Any

import probatio as vol
from homeassistant.data_entry_flow import section

Fields = dict[vol.Marker, Any]
"""The fields of a form or of one of its sections."""


def collapsed_section(fields: Fields) -> section:
    """Return a section that shows its fields only after the user has opened it."""
    return section(vol.Schema(fields), {"collapsed": True})


def field_names(form: Mapping[vol.Marker, Any]) -> set[str]:
    """Return the names of a form's fields, without its sections."""
    names: set[str] = set()
    for key, field in form.items():
        names |= field_names(field.schema.schema) if isinstance(field, section) else {str(key)}
    return names
