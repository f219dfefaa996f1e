"""The sessions of one profile: the current session, and sessions that may replace it.

The module does no I/O and reads no clock. It gets the time as an argument, and appends commands
that ``Execution`` executes. When the current session breaks or is silent for too long, new sessions
are opened, and the first of them that is ready replaces the current one. A session that was only
silent stays if its service gives a sign of life before a new session is ready.

A current session whose answer is late may only be slow. So a new session replaces it when the new
session has answered, not when it is ready. If the late answer arrives first, the new session is
closed.
"""

import logging
from collections.abc import Callable
from math import inf
from typing import Protocol

from ..errors import BridgeError, ConnectionLostError, ErrorText
from .attempt import Attempt
from .candidate import Candidate
from .commands import Command
from .limits import not_ready
from .liveness import Liveness
from .open_sessions import OpenSessions
from .opening_schedule import OpeningSchedule
from .patience import Patience

__all__ = ["NewAttempt", "Sessions"]

_log = logging.getLogger(__name__)


class NewAttempt(Protocol):
    """Creates the next attempt, and appends the command that opens its session."""

    def __call__(self, *, liveness: Liveness, now: float) -> Attempt:
        """Return an attempt whose service may be silent as long as ``liveness`` says."""


class Sessions:
    """The sessions of one profile in one utterance. Times are monotonic seconds."""

    def __init__(
        self,
        candidate: Candidate,
        *,
        new_attempt: NewAttempt,
        on_current: Callable[[Attempt, float], None],
        commands: list[Command],
    ) -> None:
        """Create the object without a session.

        ``on_current`` is called with a session that has become ``current``, and the time.
        """
        self.open = OpenSessions(commands)
        """The sessions that are open."""
        self.opened = 0
        """How many sessions were opened."""
        self.ready_at: float | None = None
        """When the service was first ready."""
        self.trouble_since: float | None = None
        """The time since which no session is known to work; None if one works, or before
        ``start``."""
        self.error: Exception | None = None
        """Why all sessions were given up; None as long as a session is open or may be opened."""
        self.last_error: BridgeError | None = None
        """The error of the last session that failed or was silent for too long."""
        self.patience = Patience(candidate.limits, answer_time=candidate.answer_time)
        self._candidate = candidate
        self._new_attempt = new_attempt
        self._on_current = on_current
        self._schedule = OpeningSchedule(candidate.opening_time)
        self._is_late = False  # whether the current session is in doubt because its answer is late
        self._awaited_since = inf  # the time limit for getting ready does not begin earlier

    @property
    def current(self) -> Attempt | None:
        """The session whose text counts; None if no open session is ready."""
        return self.open.current

    def start(self, *, now: float) -> None:
        """Open the first session."""
        self.trouble_since = now
        if not self.patience.tries_again:
            self._awaited_since = now
        self._open_another(now=now)

    def await_service(self, *, since: float) -> None:
        """Let the time limit for a service that is not ready begin at ``since``.

        ``since`` is infinity as long as audio arrives: the user is still speaking, so there is
        time.
        """
        if self.patience.tries_again:
            self._awaited_since = since
        next_at = self._schedule.due
        if not self.open.others and self._not_ready_due < next_at < inf:
            self.give_up(self._not_ready())

    def ready(self, attempt: Attempt, *, now: float) -> None:
        """Make a ready session the current one.

        If the current session's answer is late, and the ready session owes an answer too, the one
        that answers first becomes the current one.
        """
        self.ready_at = now if self.ready_at is None else self.ready_at
        self.patience.session_ready()
        if not attempt.was_starting:
            self._candidate.opening_time.took(now - attempt.opened_at)
        owes_answer = attempt.owes_final or attempt.is_last
        if self.current is None or not (self._is_late and owes_answer):
            self.make_current(attempt, now=now)
            return
        self._schedule.clear()
        self.open.close_others(but=attempt)

    def make_current(self, attempt: Attempt, *, now: float) -> None:
        """Make a session the current one, and close all others."""
        self._schedule.clear()
        self.open.make_current(attempt)
        self.trouble_since, self._is_late = None, False
        self._on_current(attempt, now)

    def gave_sign_of_life(self, *, at: float) -> None:
        """Close the other sessions if the current session's service is no longer silent."""
        current, since = self.current, self.trouble_since
        if since is None or current is None or current.next_timeout() <= at:
            return
        if self._is_late and not current.liveness.sent_after(since):
            return  # no message came; the deadline moved only because ``finish`` was called
        self.trouble_since = None
        self._schedule.clear()
        if self._is_late:
            self._is_late = False
            self.patience.answered_late()
            current.liveness.answer_timeouts_s = self.patience.answer_timeouts_s
        self.open.close_others()

    def lost(self, attempt: Attempt, error: Exception | None, *, now: float) -> None:
        """Close a session that ended or must be replaced. Open another one later, or give up."""
        self.open.close(attempt)
        error = error or ConnectionLostError(
            ErrorText.ENDED_WITHOUT_RESULT, provider=self._candidate.provider
        )
        if not isinstance(error, BridgeError):
            _log.error("%s: a session broke", self._candidate.label, exc_info=error)
            self.give_up(error)
            return
        self._candidate.circuit_breaker.failed(error, now=now)
        self.last_error = error
        if self.current is None and (ready := self.open.ready_other):
            self.make_current(ready, now=now)
            return
        if self.current is None and self.trouble_since is None:
            self.trouble_since = now
        delay_s = self.patience.delay_after(error, attempt=attempt, now=now)
        if delay_s is not None and now + delay_s <= self._not_ready_due:
            # Only the first failure is logged at info level, because more than one try per second
            # may follow.
            level = logging.INFO if self.opened == 1 else logging.DEBUG
            _log.log(level, "%s: %s; trying again", self._candidate.label, error)
            if not self.open.others:
                self._schedule.clear()
            was_asked_to_wait = self.patience.was_asked_to_wait(error)
            self._schedule.after_failure(
                delay_s=delay_s, was_asked_to_wait=was_asked_to_wait, now=now
            )
        elif self.open.all:
            self._schedule.clear()
        else:
            self.give_up(error)

    def give_up(self, error: Exception) -> None:
        """End all sessions, and note the error as the reason."""
        self.error = error
        self.stop()

    def stop(self) -> None:
        """End all sessions, and open no other."""
        self._schedule.clear()
        self.open.close_all()

    def next_timeout(self) -> float:
        """Return when to call ``handle_timeout``; infinity if nothing is due."""
        if self.error:
            return inf
        others = min((self._due(each) for each in self.open.others), default=inf)
        return min(self._doubt_due, others, self._schedule.due, self._not_ready_due)

    def handle_timeout(self, *, now: float) -> None:
        """Open another session, or give up a session that is not ready."""
        if self.error:
            return
        late = next((each for each in self.open.others if self._due(each) <= now), None)
        if now >= self._not_ready_due:
            self.give_up(self._not_ready())
        elif late and late is self.open.ready_other and late.liveness.answer_is_late:
            self.patience.session_failed(late)
            self.open.close(late)
            self._open_soon(now=now)
        elif late:
            self.lost(late, late.timeout_error(), now=now)
        elif self.current and now >= self._doubt_due:
            self._doubt(self.current, now=now)
        elif now >= self._schedule.due and self._schedule.allows(
            self.open.others, is_spoken=self._awaited_since == inf, now=now
        ):
            self._open_another(now=now)

    @property
    def _doubt_due(self) -> float:
        if self.current is None or self.trouble_since is not None:
            return inf
        return self.current.next_timeout()

    def _due(self, other: Attempt) -> float:
        """Return when to replace a session that is not current.

        It is infinity for a ready session whose answer is late, if no further session is allowed.
        """
        if (
            other.ready_at is not None
            and other.liveness.answer_is_late
            and not self.patience.tries_again
        ):
            return inf
        return other.next_timeout()

    @property
    def _not_ready_due(self) -> float:
        """When to give up a service that cannot be reached."""
        if self.current or self.trouble_since is None:
            return inf
        return max(self.trouble_since, self._awaited_since) + self._candidate.limits.ready_s

    def _not_ready(self) -> BridgeError:
        """Return why the service is given up: its last error, or that it was not ready in time."""
        candidate = self._candidate
        if self.last_error:
            return self.last_error
        if self.open.others:
            return self.open.others[0].timeout_error()
        return not_ready(None, limit_s=candidate.limits.ready_s, provider=candidate.provider)

    def _doubt(self, current: Attempt, *, now: float) -> None:
        """Open a second session, because the current one is silent.

        If the limit of failed sessions is reached, open no session. Then keep waiting for an answer
        that is late, but end the current session if its service gives no sign of life.
        """
        self.trouble_since, self.last_error = current.liveness.since, current.timeout_error()
        self._is_late = answers_late = current.liveness.answer_is_late
        if self.patience.tries_again:
            _log.info("%s: %s; opening a new session", self._candidate.label, self.last_error)
            if answers_late:
                self.patience.session_failed(current)
            else:
                self.patience.session_unreachable()
            self._open_soon(now=now)
        elif not answers_late:
            self.lost(current, self.last_error, now=now)

    def _open_soon(self, *, now: float) -> None:
        """Open another session, as soon as the service allows it."""
        self._schedule.as_soon_as_allowed(now=now)
        if self._schedule.due <= now:
            self._open_another(now=now)

    def _open_another(self, *, now: float) -> None:
        self.open.make_room()
        self.opened += 1
        attempt = self._new_attempt(liveness=self.patience.liveness(now=now), now=now)
        self.open.add(attempt)
        may_be_slow = len(self.open.others) == 1 and self.ready_at is None
        self._schedule.opened(attempt, may_be_slow=may_be_slow, now=now)
        if not self.patience.tries_again:
            self._schedule.clear()
