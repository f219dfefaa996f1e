"""Stops requests to a service for a while after an error that only a person can fix."""

from typing import Final

from ..errors import AuthenticationError, BridgeError, QuotaError, TermsError

__all__ = ["PAUSE_S", "CircuitBreaker"]

PAUSE_S: Final = 60.0
"""60 s without requests: long enough to spare the service and the log, and short enough for a user
who has just paid."""

_PERSON_MUST_ACT: Final = (AuthenticationError, QuotaError, TermsError)


class CircuitBreaker:
    """The circuit breaker of one profile, for all its utterances. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._error: BridgeError | None = None
        self._until = 0.0

    def check(self, *, now: float) -> None:
        """Check whether the service may be used now.

        Raises:
            BridgeError: The pause is not over. The error has the same class as the error that began
                the pause.
        """
        error = self._error
        if error and now < self._until:
            left_s = self._until - now
            raise type(error)(
                f"{error.message} (the service is tried again in {left_s:.0f} s)",
                provider=error.provider,
                retry_after_s=left_s,
                **error.placeholders,
            )
        self._error = None

    def failed(self, error: BridgeError, *, now: float) -> None:
        """Note the error with which a session failed."""
        if isinstance(error, _PERSON_MUST_ACT):
            self._error, self._until = error, now + PAUSE_S
