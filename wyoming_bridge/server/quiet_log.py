"""Limits how many log lines clients can cause per minute."""

import logging
import time
from collections.abc import Callable
from typing import Final

__all__ = ["QuietLog", "ServiceLogs"]

_REFUSALS_PER_MINUTE: Final = 20
_ANSWERS_PER_MINUTE: Final = 40
"""These two limits keep the log below 10 kB per minute, even in a flood of thousands of clients per
second. A home has fewer than 40 commands per minute."""

_MINUTE_S: Final = 60.0


class QuietLog:
    """A logger that leaves out lines above a limit, and later logs how many it left out."""

    def __init__(
        self,
        logger: logging.Logger,
        *,
        lines_per_minute: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Limit the lines that go to ``logger``. ``clock`` returns monotonic seconds."""
        self._logger = logger
        self._lines_per_minute = lines_per_minute
        self._clock = clock
        self._minute_began = float("-inf")
        self._written = 0
        self._left_out = 0

    def log(
        self, level: int, message: str, *values: object, exc_info: BaseException | None = None
    ) -> None:
        """Write a line, unless the limit of this minute is reached."""
        if not self._logger.isEnabledFor(level):
            return
        now = self._clock()
        if now - self._minute_began >= _MINUTE_S:
            left_out, self._left_out = self._left_out, 0
            self._minute_began, self._written = now, 0
            if left_out:
                self._logger.info("left out %d lines like the next one", left_out)
        if self._written < self._lines_per_minute:
            self._written += 1
            self._logger.log(level, message, *values, exc_info=exc_info)
        else:
            self._left_out += 1


class ServiceLogs:
    """The logs of a server. Each has its own limit, so a flood in one does not hide the other."""

    def __init__(self, logger: logging.Logger) -> None:
        self.refusals = QuietLog(logger, lines_per_minute=_REFUSALS_PER_MINUTE)
        """Errors of clients, and clients that were disconnected."""
        self.answers = QuietLog(logger, lines_per_minute=_ANSWERS_PER_MINUTE)
        """One line per utterance."""
