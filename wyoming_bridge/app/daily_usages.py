"""Reads and writes the usage file: a JSON object with the usage of a day for each profile."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

__all__ = ["DailyUsage", "read_usages", "write_usages"]

_MAX_BYTES: Final = 1 << 20
"""The size that is enough for thousands of profiles. A larger file is treated as damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyUsage:
    """The audio that a profile sent on one day."""

    day: date
    seconds: float
    """Finite, and at least 0."""

    @classmethod
    def parse(cls, entry: object) -> "DailyUsage":
        """Read an entry of the file.

        Raises:
            ValueError: The day or the number of seconds is not valid.
        """
        match entry:
            case {"day": str(day), "seconds": int() | float() as seconds} if not isinstance(
                seconds, bool
            ):
                usage = cls(day=date.fromisoformat(day), seconds=_number(seconds))
                if math.isfinite(usage.seconds) and usage.seconds >= 0:
                    return usage
        raise ValueError("not an entry")

    def to_json(self) -> dict[str, object]:
        """Return the entry as a JSON object, with the seconds rounded to two digits."""
        return {"day": self.day.isoformat(), "seconds": round(self.seconds, 2)}


def read_usages(path: Path) -> tuple[dict[str, DailyUsage], frozenset[str]]:
    """Return the valid entries of the file, and the names of the profiles with invalid entries.

    Raises:
        OSError: The file cannot be read.
        ValueError: The whole file is damaged.
    """
    if not path.exists():
        return {}, frozenset()
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    found: dict[str, DailyUsage] = {}
    damaged: list[str] = []
    for name, entry in _entries(data).items():
        try:
            found[name] = DailyUsage.parse(entry)
        except ValueError:
            damaged.append(name)
    return found, frozenset(damaged)


def write_usages(path: Path, usages: Mapping[str, DailyUsage], *, damaged: frozenset[str]) -> None:
    """Replace the file in one step, because a truncated file would lose today's usage.

    The entries of ``damaged`` profiles stay invalid.

    Raises:
        OSError: The file cannot be written.
    """
    fresh = path.with_suffix(".new")
    content = {name: usage.to_json() for name, usage in usages.items()}
    with fresh.open("w", encoding="utf-8") as file:
        json.dump({**dict.fromkeys(damaged), **content}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _entries(data: bytes) -> dict[str, object]:
    """Return the entries of the file's content, or raise ValueError."""
    if len(data) > _MAX_BYTES:
        raise ValueError("the file is too large")
    try:
        content: object = json.loads(data)
    except RecursionError as err:  # json parses nested brackets recursively
        raise ValueError("the file has too many nested brackets") from err
    match content:
        case dict():
            return content
        case _:
            raise ValueError("the file must have a JSON object")


def _number(value: float) -> float:
    """Return a JSON number as a float, or infinity if it is too large for a float."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
