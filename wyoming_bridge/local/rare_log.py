"""A log of things that a client can cause as often as it likes."""

import logging
import time
from collections.abc import Callable
from typing import Final

__all__ = ["RareLog"]

_PERIOD_S: Final = 60.0

_MAX_KINDS: Final = 100
"""More kinds than the local server has."""


class RareLog:
    """Logs the first line of each kind per minute, and then how many there were since."""

    def __init__(self, log: logging.Logger, *, now: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._now = now
        self._kinds: dict[str, tuple[float, int]] = {}  # the last line's time, and the lines since

    def note(self, kind: str, text: str) -> None:
        """Log a line, unless one of its kind was logged less than a minute ago."""
        now = self._now()
        logged_at, left_out = self._kinds.get(kind, (-_PERIOD_S, 0))
        if now - logged_at < _PERIOD_S:
            self._kinds[kind] = (logged_at, left_out + 1)
            return
        if len(self._kinds) >= _MAX_KINDS:
            self._kinds.clear()
        self._kinds[kind] = (now, 0)
        more = f" (and {left_out} times since the last such line)" if left_out else ""
        self._log.info("%s%s", text, more)
