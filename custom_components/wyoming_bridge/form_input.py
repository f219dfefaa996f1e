"""Converts the values that users enter in forms."""

from collections.abc import Mapping
from typing import Any


def cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a form, without empty ones and with whole numbers as ``int``.

    A text that consists of spaces is empty, also if it is an entry of a list.
    """
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            if inner := cleaned(value):
                kept[name] = inner
        elif isinstance(value, str):
            if value.strip():
                kept[name] = value.strip()
        elif isinstance(value, list):
            if entries := [each.strip() for each in value if each.strip()]:
                kept[name] = entries
        elif isinstance(value, float) and value.is_integer():
            kept[name] = int(value)  # number selectors return floats
        elif value is not None:
            kept[name] = value
    return kept


def without_sections(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values without their sections. No two settings have the same name."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= value if isinstance(value, Mapping) else {name: value}
    return flat
