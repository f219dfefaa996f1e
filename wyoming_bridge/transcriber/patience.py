"""Decides when to open the next session of a profile, and when to give up.

Trying a service that cannot be reached costs nothing, so the bridge tries it until the utterance's
deadline. Failures of sessions that got audio are counted and limited, because each further session
sends the audio again, and the user pays for it again. Answers that violate the protocol are counted
too, because another try will hardly change them.
"""

from typing import Final

from ..errors import (
    BridgeError,
    ConnectionLostError,
    ProtocolViolationError,
    RateLimitedError,
    StartingError,
)
from ..providers.contract import CloseCode
from .answer_time import AnswerTime, Owed
from .attempt import Attempt
from .limits import Limits
from .liveness import Liveness

__all__ = ["Patience"]

_FIRST_DELAY_S: Final = 0.1
"""The first delay is short, because the reset of a connection is often a single event, and the
speaker waits."""

_SECOND_DELAY_S: Final = 0.5
"""The delay before each further try of a service that refuses connections. The transcript should
arrive within 1 s after the service is reachable again. The other half of this second is for the
session, which takes longest when many people speak at once."""

_RATE_LIMIT_S: Final = 1.0
"""The shortest delay after a rate limit error that does not say when to retry."""

_LONGEST_DELAY_S: Final = 2.0

_LIVED_S: Final = 2.0
"""A session that got audio for 2 s counts as one that worked. Some services end each session in
which no speech is found for a while."""

_NORMAL: Final = str(CloseCode.NORMAL_CLOSURE.value)
"""The code with which a service closes a session on purpose, so it is no failure of the network."""

_FREE_RESENT_S: Final = 60.0
"""A session that worked does not count as failed as long as at most 60 s of audio were sent again
since the last final. The same holds for a session whose connection was lost, because that is most
often the network's fault, not the service's."""


class Patience:
    """Counts the failures of one profile in one utterance. Times are monotonic seconds."""

    def __init__(self, limits: Limits, *, answer_time: AnswerTime) -> None:
        self._limits = limits
        self._answer_time = answer_time
        self._unready = 0  # sessions in a row that were never ready
        self._failures = 0  # sessions in a row that got audio and failed
        self._last_failed: Attempt | None = None
        self._unreachable = 0  # sessions that left pings unanswered
        self._resent_s = 0.0  # audio that sessions got again since the last final

    @property
    def tries_again(self) -> bool:
        """Whether a session that fails may be replaced."""
        return self._failures + 1 < self._limits.connections

    @property
    def answer_timeouts_s(self) -> dict[Owed, float]:
        """How long the next session may be silent when an answer is due.

        A service that was slow before gets more time. The time doubles with each failure, so that a
        service that is only slow can answer.
        """
        return {
            owed: self._answer_time.patience_s(self._limits.answer_s, owed=owed)
            * 2.0**self._failures
            for owed in Owed
        }

    def liveness(self, *, now: float) -> Liveness:
        """Return how long the service of the next session may be silent.

        The time for an answer to a ping doubles with each session that left pings unanswered,
        because on a slow network a ping has to wait until the audio before it is sent.
        """
        return Liveness(
            answer_timeouts_s=self.answer_timeouts_s,
            alive_s=self._limits.alive_s * 2.0**self._unreachable,
            answer_time=self._answer_time,
            now=now,
        )

    def session_ready(self) -> None:
        """Note that the service could be reached."""
        self._unready = 0

    def progress(self) -> None:
        """Note that a final was received."""
        self._failures = 0
        self._resent_s = 0.0

    def session_failed(self, attempt: Attempt) -> None:
        """Count a session that got audio and failed. Each session is counted only once."""
        if attempt is not self._last_failed:
            self._last_failed = attempt
            self._failures += 1

    def answered_late(self) -> None:
        """Note that a session that counts as failed is only slow: its late answer has arrived."""
        self._failures = max(0, self._failures - 1)

    def session_unreachable(self) -> None:
        """Count a session whose service left pings unanswered."""
        self._unreachable += 1

    @staticmethod
    def was_asked_to_wait(error: BridgeError) -> bool:
        """Return whether the service asked not to be tried again at once."""
        return isinstance(error, RateLimitedError) or bool(error.retry_after_s)

    def delay_after(self, error: BridgeError, *, attempt: Attempt, now: float) -> float | None:
        """Return how long to wait before the next session; None if there must be no next session.

        ``attempt`` is the session that failed.
        """
        if not error.retryable or isinstance(error, StartingError) or not self.tries_again:
            return None
        self._resent_s += attempt.replayed_s
        if self._counts(error, attempt=attempt, now=now):
            self.session_failed(attempt)
            delay_s = _delay(self._failures, longest_s=_LONGEST_DELAY_S)
        else:
            self._unready += 1
            delay_s = _delay(self._unready, longest_s=_SECOND_DELAY_S)
        if isinstance(error, RateLimitedError):
            delay_s = max(delay_s, _RATE_LIMIT_S)
        return max(delay_s, error.retry_after_s or 0.0)

    def _counts(self, error: BridgeError, *, attempt: Attempt, now: float) -> bool:
        """Return whether a session counts as one that got audio and failed."""
        if attempt.ready_at is None:
            return isinstance(error, ProtocolViolationError)
        streamed_s = now - attempt.ready_at
        worked = streamed_s >= _LIVED_S
        if worked and attempt.replayed_s <= streamed_s:
            self.progress()
            return False
        is_network = (
            isinstance(error, ConnectionLostError) and error.placeholders.get("code") != _NORMAL
        )
        return not ((worked or is_network) and self._resent_s <= _FREE_RESENT_S)


def _delay(failed: int, *, longest_s: float) -> float:
    """Return the delay in seconds after a number of failures in a row."""
    if failed == 1:
        return _FIRST_DELAY_S
    return min(longest_s, _SECOND_DELAY_S * 2.0 ** (failed - 2))
