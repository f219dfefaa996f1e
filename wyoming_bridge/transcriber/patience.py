"""Decides when to open the next session of a profile, and when to give up.

To try a service that cannot be reached costs nothing, so it is tried until the utterance's
deadline. Only failures of sessions that took audio are counted and limited, because each further
session sends the audio again, and the user pays for it again.
"""

from typing import Final

from ..errors import BridgeError, ProtocolViolationError, RateLimitedError, StartingError
from .limits import Limits

__all__ = ["BESIDE_S", "TRY_AGAIN_S", "Patience"]

_FIRST_DELAY_S: Final = 0.1
"""The first delay is short, because a reset is often a single event, and the speaker waits."""

_SECOND_DELAY_S: Final = 0.5

TRY_AGAIN_S: Final = 0.75
"""How often a service that cannot be reached is tried. The transcript should be there 1 s after the
service is back, and the session itself needs some of that second."""

BESIDE_S: Final = 1.5
"""How long a new session may take to get ready before another one is opened in parallel."""

_RATE_LIMIT_S: Final = 1.0
"""Shortest delay after a rate limit error without a retry time."""

_LONGEST_DELAY_S: Final = 2.0

_LIVED_S: Final = 2.0
"""A session that took audio for 2 s has worked, even if an error ended it, because some services
end each session that has no speech for a while."""


class Patience:
    """The patience of one profile in one utterance. Times are monotonic seconds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._unready = 0  # sessions in a row that were never ready
        self._failures = 0  # sessions in a row that took audio and failed

    @property
    def tries_again(self) -> bool:
        """Whether a session that fails may be replaced."""
        return self._failures + 1 < self._limits.connections

    @property
    def answer_timeout_s(self) -> float:
        """How long the next session may be silent when an answer is due.

        The time doubles with each failure, so that a service that is only slow can answer.
        """
        return self._limits.answer_s * 2.0**self._failures

    def session_ready(self) -> None:
        """Note that the service could be reached."""
        self._unready = 0

    def progress(self) -> None:
        """Note that a final was received."""
        self._failures = 0

    def session_failed(self) -> None:
        """Count a session that took audio and did not answer."""
        self._failures += 1

    def delay_after(self, error: BridgeError, *, streamed_s: float | None) -> float | None:
        """Return the delay in seconds before the next session; None if none should be opened.

        ``streamed_s`` is how long the failed session took audio; None if it was never ready.
        """
        if not error.retryable or isinstance(error, StartingError) or not self.tries_again:
            return None
        took_audio = streamed_s is not None or isinstance(error, ProtocolViolationError)
        if took_audio:
            if (streamed_s or 0.0) >= _LIVED_S:
                self.progress()
            self.session_failed()
            delay_s = _delay(self._failures, longest_s=_LONGEST_DELAY_S)
        else:
            self._unready += 1
            delay_s = _delay(self._unready, longest_s=TRY_AGAIN_S)
        if isinstance(error, RateLimitedError):
            delay_s = max(delay_s, _RATE_LIMIT_S)
        return max(delay_s, error.retry_after_s or 0.0)


def _delay(failed: int, *, longest_s: float) -> float:
    """Return the delay in seconds after a number of failures in a row."""
    if failed == 1:
        return _FIRST_DELAY_S
    return min(longest_s, _SECOND_DELAY_S * 2.0 ** (failed - 2))
