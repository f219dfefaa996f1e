"""How long the service of one session has been silent, and when that is too long.

The service owes two things: an answer after a flush or the finish, and all the time signs of life,
which are messages and answers to pings. The module does no I/O and reads no clock.
"""

from collections.abc import Mapping
from math import inf

from .answer_time import AnswerTime, Owed

__all__ = ["Liveness"]


class Liveness:
    """Signs of life of one session's service, and its deadlines. Times are monotonic seconds."""

    def __init__(
        self,
        *,
        answer_timeouts_s: Mapping[Owed, float],
        alive_s: float,
        answer_time: AnswerTime,
        now: float,
    ) -> None:
        """Begin to wait.

        The service may be silent for ``answer_timeouts_s`` when an answer is due, and may leave
        pings unanswered for ``alive_s``.
        """
        self.answer_timeouts_s = answer_timeouts_s
        self.alive_s = alive_s
        self._answer_time = answer_time
        self._message_at = -inf
        self._pong_at: float | None = None
        self._caught_up_at = now
        self._owed: Owed | None = None
        self._answer_due_since = now

    def caught_up(self, *, at: float) -> None:
        """Expect no answer to a ping before ``at``, because the service reads older audio first."""
        self._caught_up_at = at

    def expect_answer(self, owed: Owed, *, since: float) -> None:
        """Expect an answer. The service cannot send it before ``since``."""
        self._owed = owed
        self._answer_due_since = since

    def answered(self, *, now: float, owes_next: Owed | None) -> None:
        """Note that an answer is complete, and which answer is due next; None for no answer."""
        self._note_silence(until=now)
        if self._owed:
            self._answer_time.answered(self._owed)
        self._owed = owes_next
        # ``message_received`` may follow with the same message, whose silence is noted already.
        self._answer_due_since = max(self._answer_due_since, now)

    def message_received(self, *, at: float) -> bool:
        """Note when the service sent its last message. Return whether this time has changed."""
        is_new = at > self._message_at
        if is_new:
            self._note_silence(until=at)
            self._message_at = at
        return is_new

    def pong_received(self, *, at: float) -> bool:
        """Note when the service last answered a ping. Return whether this time has changed."""
        is_new = self._pong_at is None or at > self._pong_at
        if is_new:
            self._pong_at = at
        return is_new

    def sent_after(self, time: float) -> bool:
        """Return whether the service's last message came after a time."""
        return self._message_at > time

    def is_alive(self, *, now: float) -> bool:
        """Return whether a message or the answer to a ping arrived in the last ``alive_s``."""
        pong_at = -inf if self._pong_at is None else self._pong_at
        return now < max(self._message_at, pong_at) + self.alive_s

    @property
    def due(self) -> float:
        """When the service must have sent the answer that is due, or a sign of life."""
        return min(self._dead_due, self._answer_due) if self._owed else self._dead_due

    @property
    def answer_is_late(self) -> bool:
        """Whether ``due`` is the deadline for an answer, not for a sign of life."""
        return self._answer_due <= self._dead_due

    @property
    def answer_timeout_s(self) -> float:
        """How long the service may be silent before the answer that is due; infinity if none is."""
        return self.answer_timeouts_s[self._owed] if self._owed else inf

    @property
    def since(self) -> float:
        """When the wait began that ends at ``due``."""
        if self.answer_is_late:
            return self._answer_silent_since
        return self._dead_due - self.alive_s

    @property
    def _dead_due(self) -> float:
        """The deadline for a sign of life; infinity if the service has never answered a ping."""
        if self._pong_at is None:
            return inf
        return max(self._pong_at, self._message_at, self._caught_up_at) + self.alive_s

    @property
    def _answer_due(self) -> float:
        return self._answer_silent_since + self.answer_timeout_s

    @property
    def _answer_silent_since(self) -> float:
        return max(self._answer_due_since, self._message_at)

    def _note_silence(self, *, until: float) -> None:
        if self._owed:
            self._answer_time.silent(until - self._answer_silent_since, owed=self._owed)
