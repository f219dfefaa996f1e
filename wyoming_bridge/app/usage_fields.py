"""Reads the shared usage of one profile on one day, also if another program has damaged it."""

import logging
import math
from collections.abc import Mapping
from datetime import date
from typing import Final

from ..errors import one_line

__all__ = ["UsageFields"]

_log = logging.getLogger(__name__)

_SHOWN_FIELDS: Final = 3
"""How many damaged fields a warning names. More would make the line too long."""


class UsageFields:
    """The fields of one key on the server that belong to other bridges. Each bridge has a field.

    A damaged field counts as the last number that was read from it. With zero instead, the other
    bridges' usage would be forgotten, and the limit would begin again. A bridge that still runs
    replaces its damaged field a second later.
    """

    def __init__(self, *, key: str, day: date, place: str) -> None:
        """Begin without any usage. ``place`` is the server's address for log lines."""
        self.day = day
        self.seconds = 0.0
        """How much audio the other bridges sent, as far as is known."""
        self._what = f"usage: {one_line(key)} on the server at {place}"
        self._known: dict[str, float] = {}
        self._has_warned = False

    def note(self, fields: Mapping[str, str]) -> None:
        """Take the fields that were read. A damaged field is logged once until it is corrected."""
        read = {bridge: _seconds(text) for bridge, text in fields.items()}
        damaged = sorted(bridge for bridge, seconds in read.items() if seconds is None)
        self._known = {
            bridge: self._known.get(bridge, 0.0) if seconds is None else seconds
            for bridge, seconds in read.items()
        }
        self.seconds = sum(self._known.values())
        if damaged:
            self._warn(
                f"the value of {_names(damaged)} must be a number of seconds; "
                f"{sum(self._known[bridge] for bridge in damaged):g} s are counted instead, so the "
                "limit may be exceeded; correct or delete it"
            )
        self._has_warned = bool(damaged)

    def note_other_kind(self) -> None:
        """Note that the key is not a hash. What was read before still counts."""
        self._warn(
            f"it must be a hash; this bridge counts its own audio and {self.seconds:g} s of the "
            "others, so the limit may be exceeded; delete it"
        )
        self._has_warned = True

    def _warn(self, problem: str) -> None:
        if not self._has_warned:
            _log.warning("%s is damaged: %s", self._what, problem)


def _names(fields: list[str]) -> str:
    more = len(fields) - _SHOWN_FIELDS
    shown = ", ".join(one_line(field) for field in fields[:_SHOWN_FIELDS])
    return f"{shown} and {more} more" if more > 0 else shown


def _seconds(text: str) -> float | None:
    """Return a number of seconds, or None if another program wrote something else."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
