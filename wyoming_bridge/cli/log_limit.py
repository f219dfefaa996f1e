"""Limits how much is logged per minute, because clients and services can cause any number of lines.

The bridge and the local server leave out most of these lines themselves. This limit is for other
lines, such as those about each attempt to reach a service, and those that libraries log.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

__all__ = ["LogLimit"]

_Kind = tuple[str, str]
"""The logger's name, and the text of the line before its values are filled in."""

_PERIOD_S: Final = 60.0

_MAX_BYTES: Final = 8_500
"""The most bytes that are logged per minute. Tests check that a log of one minute, with the lines
about left-out lines, stays below 10 kB."""

_MAX_BYTES_OF_KIND: Final = 3_000
"""The most bytes per minute of lines of one kind, so that a flood of them hides no other lines."""

_PREFIX_BYTES: Final = 30
"""The size in bytes of the time and the level at the beginning of each line."""


class LogLimit(logging.Filter):
    """Leaves out lines above the limits. The next line that is written contains their number."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Create the filter. ``clock`` returns monotonic seconds."""
        super().__init__()
        self._clock = clock
        self._written: deque[tuple[float, _Kind, int]] = deque()  # the lines of the last minute
        self._bytes = 0
        self._bytes_of: Counter[_Kind] = Counter()
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write a line. Add the number of lines that were left out before it."""
        now = self._clock()
        self._forget(before=now - _PERIOD_S)
        kind = (record.name, str(record.msg))
        more = f" ({self._left_out} lines before it were left out)" if self._left_out else ""
        size = _size_of(record) + len(more)
        of_kind = self._bytes_of[kind]
        # The first line is written whatever its length: it may have a traceback.
        is_too_much = of_kind and of_kind + size > _MAX_BYTES_OF_KIND
        if is_too_much or (self._bytes and self._bytes + size > _MAX_BYTES):
            self._left_out += 1
            return False
        self._written.append((now, kind, size))
        self._bytes += size
        self._bytes_of[kind] += size
        if more:
            record.msg = record.getMessage() + more
            record.args = None
            self._left_out = 0
        return True

    def _forget(self, *, before: float) -> None:
        while self._written and self._written[0][0] <= before:
            _, kind, size = self._written.popleft()
            self._bytes -= size
            self._bytes_of[kind] -= size
            if not self._bytes_of[kind]:
                del self._bytes_of[kind]


def _size_of(record: logging.LogRecord) -> int:
    size = _PREFIX_BYTES + len(record.getMessage().encode(errors="replace"))
    if record.exc_info:
        size += len(logging.Formatter().formatException(record.exc_info))
    return size
