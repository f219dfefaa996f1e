"""Reads the fields of JSON messages, and checks the type of each field.

A field without which the message is useless is read with a method that raises an error if the
type is wrong, such as ``text`` or ``optional_text``. A detail is read with a method whose name
begins with ``spare_``. If the detail is invalid, it counts as missing, and the reason is added to
``left_out``. A list entry without its most important string is useless: see ``key_text``.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from .errors import ProtocolViolationError
from .json_text import parsed_object

__all__ = ["JsonFields"]


T = TypeVar("T")

_MAX_NUMBER: Final = 2**53
"""The largest number that is accepted in a detail. A float can represent every whole number up to
this one."""


_BOOLEANS: Final[Mapping[int | str, bool]] = {0: False, 1: True, "false": False, "true": True}
"""Other ways to write a boolean, in languages without booleans. A partial whose ``is_final`` is 0
must not count as a final."""


class JsonFields:
    """A JSON object that is read field by field. An error names the field."""

    def __init__(
        self,
        values: Mapping[str, object],
        *,
        provider: str,
        left_out: list[str] | None = None,
    ) -> None:
        self._values = values
        self._provider = provider
        self.left_out: list[str] = [] if left_out is None else left_out
        """Why fields were left out, including those of inner objects."""

    @classmethod
    def parse(
        cls,
        message: str | bytes,
        *,
        provider: str,
        left_out: list[str] | None = None,
        max_depth: int | None = None,
    ) -> "JsonFields":
        """Parse a message.

        ``max_depth`` is the most levels of objects and lists; None if there is no limit.

        Raises:
            ProtocolViolationError: The message is not a JSON object, or is nested too deeply.
        """
        values = parsed_object(message, provider=provider, max_depth=max_depth)
        return cls(values, provider=provider, left_out=left_out)

    @property
    def values(self) -> Mapping[str, object]:
        """All fields, without a check of their types."""
        return self._values

    def __contains__(self, name: str) -> bool:
        """Return whether the field exists and is not null."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a required string."""
        value = self._values.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        try:
            value.encode()
        except UnicodeEncodeError as err:  # JSON can contain a lone surrogate, UTF-8 cannot
            raise self._wrong(
                name, "a string of valid characters", got="half a surrogate pair"
            ) from err
        return value

    def whole_characters(self, name: str) -> str:
        """Return a required string without unpaired surrogates.

        A service that limits the length of its text can split a surrogate pair.
        """
        value = self._values.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        whole = value.encode("utf-8", "ignore").decode()
        if whole != value:
            self.left_out.append(f"{name} has half a surrogate pair")
        return whole

    def optional_text(self, name: str) -> str | None:
        """Return a string, or None if it is missing or null."""
        return self.text(name) if name in self else None

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean, or the default if it is missing or null."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def number(self, name: str) -> float:
        """Return a required number."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(name, "a number")
        try:
            return float(value)
        except OverflowError as err:
            raise self._wrong(name, "a number that fits into a float", got="a larger one") from err

    def optional_number(self, name: str) -> float | None:
        """Return a number, or None if it is missing or null."""
        return self.number(name) if name in self else None

    def whole(self, name: str) -> int:
        """Return a required number, rounded to a whole number."""
        try:
            return round(self.number(name))
        except (ValueError, OverflowError) as err:  # Python's JSON accepts NaN and Infinity
            raise self._wrong(name, "a finite number", got="NaN or Infinity") from err

    def optional_whole(self, name: str) -> int | None:
        """Return a number rounded to a whole number, or None if it is missing or null."""
        return self.whole(name) if name in self else None

    def raw(self, name: str) -> object:
        """Return a field of any type, or None if it is missing."""
        return self._values.get(name)

    def holds_object(self, name: str) -> bool:
        """Return whether a field is an object."""
        return isinstance(self._values.get(name), dict)

    def inner(self, name: str) -> "JsonFields":
        """Return an object with typed access; empty if it is missing or null."""
        return self.within(self.mapping(name))

    def array(self, name: str) -> list[object]:
        """Return a list; empty if it is missing or null."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value

    def mapping(self, name: str) -> Mapping[str, object]:
        """Return an object as a mapping; empty if it is missing or null."""
        value = self._values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def objects(self, name: str) -> list["JsonFields"]:
        """Return a list of objects; empty if it is missing or null."""
        entries = []
        for entry in self.array(name):
            if not isinstance(entry, dict):
                raise self._wrong(name, "a list of objects", got=f"a list with {_type_of(entry)}")
            entries.append(self.within(entry))
        return entries

    def within(self, values: Mapping[str, object]) -> "JsonFields":
        """Return typed access to an inner object, which shares ``left_out``."""
        return JsonFields(values, provider=self._provider, left_out=self.left_out)

    def spare_text(self, name: str) -> str | None:
        """Return a string, or None if it is missing or invalid."""
        return self._spare(self.optional_text, name)

    def key_text(self, name: str) -> str | None:
        """Return a string without which its object is useless; None if it is missing or invalid."""
        try:
            return self.text(name)
        except ProtocolViolationError as err:
            self.left_out.append(err.message)
            return None

    def spare_flag(self, name: str) -> bool | None:
        """Return a boolean, or None if it is missing or invalid. See ``_BOOLEANS``."""
        value = self._values.get(name)
        if isinstance(value, int | str) and value in _BOOLEANS:
            return _BOOLEANS[value]
        return self._spare(lambda name: self.flag(name, default=False), name)

    def spare_number(self, name: str) -> float | None:
        """Return a number, or None if it is missing or invalid."""
        return self._spare(self._sensible, name)

    def spare_whole(self, name: str) -> int | None:
        """Return a number rounded to a whole number, or None if it is missing or invalid."""
        number = self._spare(self._sensible, name)
        return None if number is None else round(number)

    def _sensible(self, name: str) -> float:
        """Return a number from -2**53 to 2**53; raise an error for NaN and for larger numbers."""
        number = self.number(name)
        if math.isnan(number):
            raise self._wrong(name, "a number", got="NaN")
        if abs(number) > _MAX_NUMBER:
            raise self._wrong(
                name, "a number from -2**53 to 2**53", got="a number out of this range"
            )
        return number

    def spare_objects(self, name: str) -> "list[JsonFields] | None":
        """Return the entries of a list that are objects; None if there is no list."""
        entries = self._entries(name, dict, "objects")
        return None if entries is None else [self.within(entry) for entry in entries]

    def spare_arrays(self, name: str) -> list[list[object]] | None:
        """Return the entries of a list that are lists; None if there is no list."""
        return self._entries(name, list, "lists")

    def _entries(self, name: str, kind: type[T], title: str) -> list[T] | None:
        """Return the entries of a list that are of one type; None if there is no list."""
        entries = self._spare(self.array, name)
        if entries is None:
            return None
        fitting = [entry for entry in entries if isinstance(entry, kind)]
        if len(fitting) < len(entries):
            self.left_out.append(f"{name} must be a list of {title}, got other entries")
        return fitting

    def spare_mapping(self, name: str) -> Mapping[str, object]:
        """Return an object as a mapping; empty if it is missing or invalid."""
        return self._spare(self.mapping, name) or {}

    def _spare(self, read: Callable[[str], T], name: str) -> T | None:
        if name not in self:
            return None
        try:
            return read(name)
        except ProtocolViolationError as err:
            self.left_out.append(err.message)
            return None

    def _wrong(self, name: str, wanted: str, *, got: str = "") -> ProtocolViolationError:
        """Return the error for a field. It quotes no values, because they can be private."""
        if not got:
            got = _type_of(self._values[name]) if name in self._values else "nothing"
        return ProtocolViolationError(
            f"{name} must be {wanted}, got {got}", provider=self._provider
        )


def _type_of(value: object) -> str:
    """Return what a value is in JSON, for messages: ``null``, ``true``, ``false`` or its type."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"
