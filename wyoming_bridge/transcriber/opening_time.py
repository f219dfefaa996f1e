"""How long a service takes until a session is ready.

This distinguishes a slow service from a broken network. Some services answer each upgrade after
several seconds. Opening a further session does not make them faster, and may make them slower. The
module does no I/O.
"""

from collections import deque
from typing import Final

__all__ = ["OpeningTime"]

_MARGIN: Final = 1.5
"""A session may take this many times as long as the quickest of the last sessions, because times
vary."""

_LATEST: Final = 4
"""How many of the last sessions are compared. If the service is slow, all of them took long. If the
network failed for a moment, only one of them may have taken long."""

_UNKNOWN_S: Final = 1.9
"""How long a session may take if no session has been ready yet. With this time, a service that
needs 7 s gets four sessions in its first utterance. If the service was down, the transcript comes
at most about 2 s after the service is back."""

_OUTAGE_S: Final = 7.0
"""Routers and services that restart are back after 1 to 6 s. A service that is not ready after 7 s
is more likely to be slow."""

_UNKNOWN_SLOW_S: Final = 5.0
"""How long a session may take after that. With this time, a service that needs 12 s gets five
sessions in its first utterance."""


class OpeningTime:
    """The opening time of the sessions of one profile, for all its utterances."""

    def __init__(self) -> None:
        self._latest_s: deque[float] = deque(maxlen=_LATEST)

    def took(self, seconds: float) -> None:
        """Note how long a session took from its opening until it was ready."""
        self._latest_s.append(seconds)

    def patience_s(self, *, waited_s: float) -> float:
        """Return how long a session that the service has accepted may take to get ready.

        ``waited_s`` is how long the utterance had waited for the service when the session was
        opened. It only matters if no session has been ready yet.
        """
        if self._latest_s:
            return min(self._latest_s) * _MARGIN
        return _UNKNOWN_S if waited_s < _OUTAGE_S else _UNKNOWN_SLOW_S
