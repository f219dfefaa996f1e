"""A client's HTTP request to a provider's server, and the values of its query parameters."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..options import not_a_choice, shown

__all__ = ["ServerRequest"]

_MAX_DIGITS: Final = 9
"""Maximum number of digits of a whole number, more than any parameter needs. Without this limit,
``int`` would raise its own error for a number of thousands of digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRequest:
    """A client's HTTP request: a websocket upgrade or an ordinary request."""

    query: Mapping[str, Sequence[str]] = field(repr=False)
    """The decoded parameters. A parameter may have several values."""
    headers: Mapping[str, str] = field(repr=False)
    """The headers, with names in lower case."""
    path_parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The named parts of the path, such as the token in ``/v2/client/{token}``."""
    body: str = field(default="", repr=False)
    unix_time_s: float = 0.0
    """When the request arrived, in seconds since 1970, for answers that contain a date."""
    problem: str | None = field(default=None, repr=False)
    """The problem that the emulator's ``preparation`` found; an empty text if it found no problem.
    None if there was no preparation."""

    def first(self, name: str) -> str | None:
        """Return the first value of a query parameter; None if it is missing."""
        values = self.query.get(name)
        return values[0] if values else None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a query parameter that is true or false.

        Raises:
            ValueError: The value is neither of these. The message says what is allowed.
        """
        value = self.first(name)
        if value is None:
            return default
        if value.lower() not in {"true", "false"}:
            raise ValueError(f"{name}: must be true or false, got {shown(value)}")
        return value.lower() == "true"

    def number(
        self, name: str, default: float, *, minimum: float, maximum: float = math.inf
    ) -> float:
        """Return a query parameter that is a finite number within a range.

        Raises:
            ValueError: The value is not such a number. The message says what is allowed.
        """
        value = self.first(name)
        if value is None:
            return default
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not (math.isfinite(number) and minimum <= number <= maximum):
            is_open = maximum == math.inf
            allowed = f"of at least {minimum:g}" if is_open else f"from {minimum:g} to {maximum:g}"
            raise ValueError(f"{name}: must be a number {allowed}, got {shown(value)}")
        return number

    def whole(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """Return a query parameter that is a whole number within a range.

        Raises:
            ValueError: The value is not such a number. The message says what is allowed.
        """
        value = self.first(name)
        if value is None:
            return default
        is_whole = value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
        if not (is_whole and minimum <= int(value) <= maximum):
            raise ValueError(
                f"{name}: must be a whole number from {minimum} to {maximum}, got {shown(value)}"
            )
        return int(value)

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """Return a query parameter that is one of ``choices``.

        Raises:
            ValueError: The value is not one of these. The message says what is allowed.
        """
        value = self.first(name) or default
        if value not in choices:
            raise ValueError(f"{name}: {not_a_choice(value, choices)}")
        return value

    def listed(self, name: str) -> tuple[str, ...]:
        """Return the entries of a comma-separated parameter, without empty entries."""
        entries = (each.strip() for value in self.query.get(name, ()) for each in value.split(","))
        return tuple(each for each in entries if each)
