"""Warns of usage that counts for a day after today, which can keep a limit reached for years."""

import logging
from datetime import date
from typing import Final

__all__ = ["LaterDays"]

_log = logging.getLogger(__name__)

_WARNING: Final = (
    "%s: the usage of %s counts for %s, which is after today, %s, because a clock was ahead, or is "
    "behind now; it counts until that day is over; if the clock is right, %s"
)


class LaterDays:
    """The profiles whose usage counts for a later day. Each of them is logged once for a day."""

    def __init__(self, where: str, *, remedy: str) -> None:
        """Begin without warnings. ``where`` is the store, ``remedy`` says what a user can do."""
        self._where = where
        self._remedy = remedy
        self._logged: dict[str, date] = {}

    def check(self, profile: str, day: date, *, today: date, title: str) -> None:
        """Log a warning if ``day``, for which the usage of a profile counts, is after today."""
        if day > today and self._logged.get(profile) != day:
            self._logged[profile] = day
            _log.warning(_WARNING, self._where, title, day, today, self._remedy)
