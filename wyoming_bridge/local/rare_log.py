"""A log with a limit per minute, for events that a client can cause very often."""

import logging
import time
from collections.abc import Callable
from typing import Final

__all__ = ["RareLog"]

_PERIOD_S: Final = 60.0

_MAX_KINDS: Final = 100
"""The most kinds of lines that are remembered. The local server has fewer. If there are more, all
of them are forgotten."""


class RareLog:
    """Logs one line per kind and minute. The next line contains the number of skipped lines."""

    def __init__(self, log: logging.Logger, *, now: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._now = now
        # For each kind: the time of the last line in seconds, and the lines skipped since then.
        self._kinds: dict[str, tuple[float, int]] = {}

    def note(self, kind: str, text: str) -> None:
        """Log a line, unless a line of this kind was logged less than a minute ago."""
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
