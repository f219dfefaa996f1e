"""Bounds the log: clients and services can cause its lines as often as they like.

The bridge and the local server leave out most of these lines themselves. This limit is for all
others, such as those of each attempt at a service, of libraries, and of what is not foreseen.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

__all__ = ["LogLimit"]

_PERIOD_S: Final = 60.0

_MAX_BYTES: Final = 8_500
"""What all lines of a minute may take: 10 kB with the summaries and a line that was begun."""

_MAX_BYTES_OF_KIND: Final = 3_000
"""What the lines with one text may take, so that a flood of them does not hide the others."""

_PREFIX_BYTES: Final = 30
"""The time and the level, which stand before each line."""


class LogLimit(logging.Filter):
    """Leaves lines out when a minute has enough of them. The next line says how many."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare. ``clock`` returns seconds."""
        super().__init__()
        self._clock = clock
        self._began = float("-inf")
        self._bytes = 0
        self._bytes_of: dict[tuple[str, str], int] = {}
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is written."""
        now = self._clock()
        if now - self._began >= _PERIOD_S:
            self._began = now
            self._bytes = 0
            self._bytes_of.clear()
        kind = (record.name, str(record.msg))
        of_kind = self._bytes_of.get(kind, 0)
        size = _size_of(record)
        is_first = not of_kind  # a traceback may be longer than what is allowed
        is_too_much = of_kind + size > _MAX_BYTES_OF_KIND and not is_first
        if is_too_much or (self._bytes + size > _MAX_BYTES and self._bytes):
            self._left_out += 1
            return False
        self._bytes_of[kind] = of_kind + size
        self._bytes += size
        if self._left_out:
            record.msg = f"{record.getMessage()} ({self._left_out} lines before it were left out)"
            record.args = None
            self._left_out = 0
        return True


def _size_of(record: logging.LogRecord) -> int:
    size = _PREFIX_BYTES + len(record.getMessage().encode(errors="replace"))
    if record.exc_info:
        size += len(logging.Formatter().formatException(record.exc_info))
    return size
