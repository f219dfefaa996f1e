"""When to open another session of a profile beside those that are not ready yet.

The module does no I/O and reads no clock.
"""

from collections.abc import Sequence
from math import inf
from typing import Final

from .attempt import Attempt
from .opening_time import OpeningTime

__all__ = ["BESIDE_S", "TRY_AGAIN_S", "OpeningSchedule"]

TRY_AGAIN_S: Final = 0.75
"""The time after which one more session is opened beside those that are not ready yet."""

BESIDE_S: Final = 1.5
"""How long a new session may take to get ready before another one is opened in parallel."""

_CHECK_AGAIN_S: Final = 0.25
"""How often an utterance that waits for a session checks whether it still has to. Its audio may
have ended, or another utterance may have found that the service is quick."""


class OpeningSchedule:
    """When to open the next session. Times are monotonic seconds.

    A new session helps when the network failed, because a connection that began during an outage
    does not notice that the network works again. It does not help when the service is only slow.
    """

    def __init__(self, opening_time: OpeningTime) -> None:
        self.due = inf
        """When to open the next session; infinity for never."""
        self._opening_time = opening_time
        self._not_before = -inf  # until when the service asked to wait
        self._newest: Attempt | None = None  # the session that was opened last

    def clear(self) -> None:
        """Open no further session."""
        self.due = inf

    def as_soon_as_allowed(self, *, now: float) -> None:
        """Open the next session now, or when the service allows it."""
        self.due = max(now, self._not_before)

    def after_failure(self, *, delay_s: float, was_asked_to_wait: bool, now: float) -> None:
        """Open the next session after a delay, if none is due earlier."""
        if was_asked_to_wait:
            self._not_before = now + delay_s
        self.due = min(self.due, now + delay_s)

    def opened(self, attempt: Attempt, *, may_be_slow: bool, now: float) -> None:
        """Note that a session was opened, and when another one may be needed."""
        self._newest = attempt
        self._opening_time.opened(now=now)
        self.due = now + (BESIDE_S if may_be_slow else TRY_AGAIN_S)

    def allows(self, opening: Sequence[Attempt], *, is_spoken: bool, now: float) -> bool:
        """Return whether the session that is due is opened now. If not, it is due later.

        ``opening`` contains the sessions that are not ready yet, the oldest first. ``is_spoken`` is
        whether the audio of the utterance still arrives.
        """
        if now < self._not_before:
            self.due = self._not_before
        elif now < (wait_until := self._newest_may_take_until(opening, is_spoken=is_spoken)):
            self.due = min(wait_until, now + _CHECK_AGAIN_S)
        elif not _may_help(opening, now=now):
            self.due = now + TRY_AGAIN_S
        else:
            return True
        return False

    def _newest_may_take_until(self, opening: Sequence[Attempt], *, is_spoken: bool) -> float:
        """Return the time until which the newest session may get ready before another is opened.

        It is -inf if there is no reason to wait. A service that has accepted the connection but
        does not answer may be slow, and would get slower with each further session. The first
        session gets no extra time: some host of the service may be broken, and the second session
        may reach another one.
        """
        newest = self._newest
        if newest is None or newest not in opening[1:] or not newest.is_accepted:
            return -inf
        waited_s = newest.opened_at - opening[0].opened_at
        patience_s = self._opening_time.patience_s(waited_s=waited_s, is_spoken=is_spoken)
        own = newest.opened_at + max(TRY_AGAIN_S, patience_s)
        return max(own, self._opening_time.others_try_until)


def _may_help(opening: Sequence[Attempt], *, now: float) -> bool:
    """Return whether a new session may get ready earlier than those that are opening."""
    if not opening:
        return True
    if any(each.is_starting for each in opening):
        return False
    return opening[-1] is opening[0] or not opening[-1].liveness.is_alive(now=now)
