"""Read the services' JSON messages. Each field is checked for its type."""

import json
from collections.abc import Mapping

from .errors import ProtocolViolationError

__all__ = ["JsonFields", "compact"]


def compact(message: Mapping[str, object]) -> str:
    """Return a message as JSON without white space. Some clients compare the whole text."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


class JsonFields:
    """One JSON object that is read field by field. Each error names its field."""

    def __init__(self, values: Mapping[str, object], *, provider: str) -> None:
        self._values = values
        self._provider = provider

    @classmethod
    def parse(cls, message: str | bytes, *, provider: str) -> "JsonFields":
        """Parse a message.

        Raises:
            ProtocolViolationError: The message is not a JSON object.
        """
        try:
            values: object = json.loads(message)
        # json parses nested brackets recursively, which raises RecursionError if they are deep.
        except (ValueError, RecursionError) as err:
            raise ProtocolViolationError("a message is not JSON", provider=provider) from err
        if not isinstance(values, dict):
            raise ProtocolViolationError("a message is not a JSON object", provider=provider)
        return cls(values, provider=provider)

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
        except UnicodeEncodeError as err:  # JSON can hold a lone surrogate, UTF-8 cannot
            raise self._wrong(
                name, "a string of valid characters", got="half a surrogate pair"
            ) from err
        return value

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
            raise self._wrong(name, "a number", got="one that is too large") from err

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
        return JsonFields(self.mapping(name), provider=self._provider)

    def array(self, name: str) -> list[object]:
        """Return a list; empty if it is missing or null."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value

    def arrays(self, name: str) -> list[list[object]]:
        """Return a list of lists; empty if it is missing or null."""
        entries = []
        for entry in self.array(name):
            if not isinstance(entry, list):
                raise self._wrong(name, "a list of lists", got=f"a list with {_type_of(entry)}")
            entries.append(entry)
        return entries

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
            entries.append(JsonFields(entry, provider=self._provider))
        return entries

    def _wrong(self, name: str, wanted: str, *, got: str = "") -> ProtocolViolationError:
        """Return the error for a field. It never quotes the value, which can be a transcript."""
        if not got:
            got = _type_of(self._values[name]) if name in self._values else "nothing"
        return ProtocolViolationError(
            f"{name} must be {wanted}, got {got}", provider=self._provider
        )


def _type_of(value: object) -> str:
    """Return what a value is, in the words of JSON."""
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
