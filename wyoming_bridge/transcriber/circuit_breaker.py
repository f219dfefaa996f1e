"""Whether a profile is worth asking: one whose token is wrong is not asked at each utterance."""

from typing import Final

from ..errors import AuthenticationError, BridgeError, QuotaError, TermsError

__all__ = ["PAUSE_S", "CircuitBreaker"]

PAUSE_S: Final = 60.0
"""Long enough to spare the service and the log; short enough for somebody who has just paid."""

_PERSON_MUST_ACT: Final = (AuthenticationError, QuotaError, TermsError)


class CircuitBreaker:
    """One profile's, over all its utterances. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._error: BridgeError | None = None
        self._until = 0.0

    def check(self, *, now: float) -> None:
        """Raise what the service said last, while asking again is no use.

        Raises:
            BridgeError: The token, the credit or the terms have to be seen to first.
        """
        error = self._error
        if error and now < self._until:
            left_s = self._until - now
            raise type(error)(
                f"{error.message} (the service is asked again in {left_s:.0f} s)",
                provider=error.provider,
                **error.placeholders,
            )
        self._error = None

    def failed(self, error: BridgeError, *, now: float) -> None:
        """An utterance failed with this."""
        if isinstance(error, _PERSON_MUST_ACT):
            self._error, self._until = error, now + PAUSE_S
