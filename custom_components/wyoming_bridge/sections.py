"""Sections of forms: groups of fields that are collapsed at first."""

from collections.abc import Container, Mapping
from typing import Any, Final

import probatio as vol
from homeassistant.data_entry_flow import section

Fields = dict[vol.Marker, Any]
"""The fields of a form or of one of its sections."""


def collapsed_section(fields: Fields) -> section:
    """Return a section that shows its fields only after the user has opened it."""
    return section(vol.Schema(fields), {"collapsed": True})


_SHORT: Final = 5
"""How many fields a section may have so that the error above it stays in view while it is open. The
frontend does not scroll to an error. In Chromium, the user had scrolled 450 pixels past the error
of a section with 20 fields."""


def short_sections(form: Mapping[vol.Marker, Any]) -> frozenset[str]:
    """Return the names of the sections that may be open while there is an error above them."""
    return frozenset(
        str(key)
        for key, field in form.items()
        if isinstance(field, section) and len(field.schema.schema) <= _SHORT
    )


def opened(form: Mapping[vol.Marker, Any], names: Container[str]) -> Fields:
    """Return a form whose named sections show their fields at first.

    When Home Assistant shows a form again, it collapses the sections that the user has opened.
    """
    return {
        key: section(field.schema, {"collapsed": False})
        if isinstance(field, section) and str(key) in names
        else field
        for key, field in form.items()
    }


def grown_sections(
    form: Mapping[vol.Marker, Any], *, than: Mapping[vol.Marker, Any]
) -> frozenset[str]:
    """Return the names of the sections that have fields which another form does not have."""
    known = field_names(than)
    return frozenset(
        str(key)
        for key, field in form.items()
        if isinstance(field, section) and field_names(field.schema.schema) - known
    )


def field_names(form: Mapping[vol.Marker, Any]) -> set[str]:
    """Return the names of a form's fields, without its sections."""
    names: set[str] = set()
    for key, field in form.items():
        names |= field_names(field.schema.schema) if isinstance(field, section) else {str(key)}
    return names
