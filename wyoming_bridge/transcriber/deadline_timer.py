"""A timer for the next deadline. It notices if the process was suspended or busy."""

import asyncio
from collections.abc import Callable
from typing import Final

__all__ = ["DeadlineTimer"]

_LATE_S: Final = 0.1
"""If the timer fires more than 0.1 s late, the process was suspended or the machine is busy."""

_READ_FIRST_S: Final = 1.0
"""The longest postponement of a deadline. In this time, the messages that arrived while the process
was late are read."""

_SHARED_S: Final = 0.25
"""The timers of all utterances fire at multiples of this time, so that the event loop wakes up once
for many of them. While the user speaks, the next deadline is almost always the one by which the
service must show that it can be reached, and it moves before it is due."""


class DeadlineTimer:
    """Calls a function when the next deadline is due.

    If the timer fires late, messages that have arrived may not be read yet, and one of them may
    move the deadline. So the timer then postpones the deadline, but each deadline only once.
    """

    def __init__(
        self,
        *,
        next_timeout: Callable[[], float | None],
        on_due: Callable[[float], None],
    ) -> None:
        """Create a timer that is not set. All times are those of the event loop's clock.

        ``next_timeout`` returns the next deadline, or None. ``on_due`` gets the present time, and
        may be called before something is due.
        """
        self._next_timeout = next_timeout
        self._on_due = on_due
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._excused: float | None = None  # the deadline that was postponed
        self._not_before = 0.0  # the time to which it was postponed

    @property
    def is_set(self) -> bool:
        """Whether ``on_due`` will be called."""
        return self._handle is not None

    def set(self) -> None:
        """Set the timer for the next deadline. A timer that is set for an earlier time stays."""
        due = self._next_timeout()
        if due is not None:
            due = max(due, self._not_before)
        if self._handle is not None:
            if due is not None and self._handle.when() <= due:
                return
            self._handle.cancel()
            self._handle = None
        if due is not None:
            wake_up_at = self._wake_up_at(due)
            self._handle = self._loop.call_at(wake_up_at, self._fire, wake_up_at)

    def _wake_up_at(self, due: float) -> float:
        """Return when the timer fires: at a shared moment before ``due``, or else at ``due``."""
        shared = max(due // _SHARED_S * _SHARED_S, self._not_before)
        return shared if shared > self._loop.time() else due

    def _fire(self, was_set_for: float) -> None:
        self._handle = None
        now = self._loop.time()
        late_s = now - was_set_for
        if late_s > _LATE_S and self._postpone(now, late_s=late_s):
            self.set()
        else:
            self._on_due(now)

    def _postpone(self, now: float, *, late_s: float) -> bool:
        """Postpone the deadline if it is due. Return whether it was postponed.

        Even if it is due only since this moment, what arrived in the last ``late_s`` seconds is not
        read yet.
        """
        due = self._next_timeout()
        if due is None or due == self._excused or now < due:
            return False
        self._excused, self._not_before = due, now + min(late_s, _READ_FIRST_S)
        return True
