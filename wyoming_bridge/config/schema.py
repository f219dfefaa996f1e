"""Creates voluptuous schemas from declared options, and one-line texts for their errors."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import reduce
from operator import or_
from typing import Final, get_type_hints

import voluptuous as vol

from ..errors import ConfigError, alternatives
from ..options import Option, options_of

__all__ = ["TYPE_NAMES", "default_of", "options_schema", "type_name", "validated"]

_REFERENCE: Final = "docs/configuration.md"
"""Where the documentation describes all keys."""

TYPE_NAMES: Mapping[object, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple[str, ...]: "a list of texts",
    Mapping[str, str]: "a mapping of names to texts",
    Mapping[str, tuple[str, ...]]: "a mapping of names to lists of texts",
    str | Mapping[str, object]: "the path of a file, or a mapping",
}
"""The name of each type in error texts and in the documentation."""


def options_schema(owner: type) -> dict[vol.Marker, object]:
    """Return the declared options of a class as the keys of a schema."""
    kinds = {name: _plain(hint) for name, hint in get_type_hints(owner).items()}
    return {
        vol.Optional(name): _checker(kinds[name], declared) for name, declared in options_of(owner)
    }


def type_name(owner: type, name: str) -> str:
    """Return the name of an option's type, for the documentation."""
    return TYPE_NAMES[_plain(get_type_hints(owner)[name])]


def default_of(owner: type, name: str) -> object:
    """Return the default of an option."""
    default: object = next(each.default for each in fields(owner) if each.name == name)
    return None if default is MISSING else default


def _plain(hint: object) -> object:
    """Return ``str`` for ``str | None``: in a file, a key without a value is left out instead."""
    alternatives = [each for each in getattr(hint, "__args__", ()) if each is not type(None)]
    is_optional = type(None) in getattr(hint, "__args__", ())
    return reduce(or_, alternatives) if is_optional else hint


def _checker(kind: object, declared: Option) -> Callable[[object], object]:
    def check(value: object) -> object:
        typed = _typed(kind, value)
        if typed is None:
            raise vol.Invalid(f"must be {TYPE_NAMES[kind]}{_allowed(declared)}")
        if text := declared.problem(typed):
            raise vol.Invalid(text)
        return typed

    return check


def _typed(kind: object, value: object) -> object:
    """Return the value if it has this type, else None. A YAML number is not accepted as text."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, bool):
        return None
    if kind == tuple[str, ...]:
        return _texts(value)
    if kind == str | Mapping[str, object]:
        return value if isinstance(value, (str, dict)) else None
    if kind in (Mapping[str, str], Mapping[str, tuple[str, ...]]):
        return _by_name(value, of_texts=kind == Mapping[str, str])
    return value if isinstance(kind, type) and isinstance(value, kind) else None


def _texts(value: object) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    return None


def _by_name(value: object, *, of_texts: bool) -> dict[str, object] | None:
    if not isinstance(value, dict):
        return None
    typed: dict[str, object] = {}
    for name, each in value.items():
        entry = (each if isinstance(each, str) else None) if of_texts else _texts(each)
        if not isinstance(name, str) or entry is None:
            return None
        typed[name] = entry
    return typed


def _allowed(declared: Option) -> str:
    return f"; allowed: {declared.allowed}" if declared.allowed else ""


def validated(
    schema: Mapping[vol.Marker, object], content: object, *, where: str
) -> dict[str, object]:
    """Return the checked values of a group of keys.

    Raises:
        ConfigError: A key or a value is invalid; the message names it and what is allowed.
    """
    try:
        values: dict[str, object] = vol.Schema(dict(schema))(content)
    except vol.Invalid as err:
        raise ConfigError(_problem(err, schema, where=where)) from err
    return values


def _problem(err: vol.Invalid, schema: Mapping[vol.Marker, object], *, where: str) -> str:
    """Return the text of the first error, with the key and what is allowed."""
    first = err.errors[0] if isinstance(err, vol.MultipleInvalid) else err
    key = ".".join(str(part) for part in first.path)
    if str(first.msg).startswith("extra keys"):
        known = [str(marker.schema) for marker in schema]
        described = alternatives(first.path[-1], known, rest=_REFERENCE)
        return f"{where}{key}: unknown key{described}"
    if str(first.msg).startswith(("expected a dictionary", "expected dict")):
        return f"{where}{key}: must be a mapping" if key else "the file must be a mapping of keys"
    if str(first.msg) == "expected str":  # a name that YAML reads as a number or a date
        return f"{where}{key}: the name must be text; write it in quotes"
    return f"{where}{key}: {first.msg}"
