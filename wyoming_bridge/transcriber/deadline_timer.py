"""Calls a function when the next deadline is due, and knows when this process was late for it."""

import asyncio
from collections.abc import Callable
from typing import Final

__all__ = ["DeadlineTimer"]

_LATE_S: Final = 0.1
"""A timer that fires so late shows that the process was stopped, or the machine is busy."""

_READ_FIRST_S: Final = 1.0
"""Longest time to read what arrived while the process was late."""


class DeadlineTimer:
    """A timer that is set again after each change, and moves only if the deadline is earlier.

    What arrived while the process was late may have moved the deadline, if it had been read. So a
    deadline that is found late is put off once.
    """

    def __init__(
        self,
        *,
        next_timeout: Callable[[], float | None],
        on_due: Callable[[float], None],
    ) -> None:
        """Prepare. ``on_due`` gets the time, and may be called before something is due."""
        self._next_timeout = next_timeout
        self._on_due = on_due
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._excused: float | None = None  # the deadline that was put off
        self._not_before = 0.0  # until when it was put off

    @property
    def is_set(self) -> bool:
        """Whether ``on_due`` will be called."""
        return self._handle is not None

    def set(self) -> None:
        """Set the timer for the next deadline. It may stay set for an earlier time."""
        due = self._next_timeout()
        if due is not None:
            due = max(due, self._not_before)
        if self._handle is not None:
            if due is not None and self._handle.when() <= due:
                return
            self._handle.cancel()
            self._handle = None
        if due is not None:
            self._handle = self._loop.call_at(due, self._fire)

    def _fire(self) -> None:
        self._handle = None
        now, due = self._loop.time(), self._next_timeout()
        late_s = 0.0 if due is None else now - due
        if due != self._excused and late_s > _LATE_S:
            self._excused, self._not_before = due, now + min(late_s, _READ_FIRST_S)
            self.set()
        else:
            self._on_due(now)
