"""Typed reading of the services' JSON messages: bytes in, our errors out."""

import json
from collections.abc import Mapping

from .errors import ProtocolViolationError

__all__ = ["JsonFields", "compact"]


def compact(message: Mapping[str, object]) -> str:
    """A message as JSON without white space, as some clients match it literally."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


class JsonFields:
    """One JSON object, read field by field. Every complaint names the field."""

    def __init__(self, values: Mapping[str, object], *, provider: str) -> None:
        self._values = values
        self._provider = provider

    @classmethod
    def parse(cls, message: str | bytes, *, provider: str) -> "JsonFields":
        """Read a message.

        Raises:
            ProtocolViolationError: It is not a JSON object.
        """
        try:
            values: object = json.loads(message)
        # RecursionError: deeply nested brackets, which json reads by recursion.
        except (ValueError, RecursionError) as err:
            raise ProtocolViolationError("a message is not JSON", provider=provider) from err
        if not isinstance(values, dict):
            raise ProtocolViolationError("a message is not a JSON object", provider=provider)
        return cls(values, provider=provider)

    def __contains__(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """A string that must be there."""
        value = self._values.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        try:
            value.encode()
        except UnicodeEncodeError as err:  # JSON can write half a surrogate pair, UTF-8 cannot
            raise self._wrong(name, "a string of whole characters") from err
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, or None where it is absent or null."""
        return self.text(name) if name in self else None

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean, or the default where it is absent or null."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def number(self, name: str) -> float:
        """A number that must be there."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(name, "a number")
        try:
            return float(value)
        except OverflowError as err:
            raise self._wrong(name, "a number") from err

    def optional_number(self, name: str) -> float | None:
        """A number, or None where it is absent or null."""
        return self.number(name) if name in self else None

    def whole(self, name: str) -> int:
        """A number that must be there, rounded to a whole one."""
        try:
            return round(self.number(name))
        except (ValueError, OverflowError) as err:  # JSON as Python reads it knows NaN, Infinity
            raise self._wrong(name, "a finite number") from err

    def optional_whole(self, name: str) -> int | None:
        """A number rounded to a whole one, or None where it is absent or null."""
        return self.whole(name) if name in self else None

    def raw(self, name: str) -> object:
        """A field of any type; None where it is absent."""
        return self._values.get(name)

    def holds_object(self, name: str) -> bool:
        """Whether a field is an object."""
        return isinstance(self._values.get(name), dict)

    def inner(self, name: str) -> "JsonFields":
        """An object; an empty one where it is absent or null."""
        return JsonFields(self.mapping(name), provider=self._provider)

    def array(self, name: str) -> list[object]:
        """A list; empty where it is absent or null."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value

    def mapping(self, name: str) -> Mapping[str, object]:
        """An object as it is; empty where it is absent or null."""
        value = self._values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def objects(self, name: str) -> list["JsonFields"]:
        """A list of objects; empty where it is absent or null."""
        entries = []
        for entry in self.array(name):
            if not isinstance(entry, dict):
                raise self._wrong(name, "a list of objects")
            entries.append(JsonFields(entry, provider=self._provider))
        return entries

    def _wrong(self, name: str, wanted: str) -> ProtocolViolationError:
        return ProtocolViolationError(f"{name} is not {wanted}", provider=self._provider)
