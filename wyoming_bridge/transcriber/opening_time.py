"""How long a service takes until a session is ready.

This distinguishes a slow service from a broken network. Some services answer each upgrade after
several seconds. Opening a further session does not make them faster, and may make them slower. The
module does no I/O.
"""

from collections import deque
from math import inf
from typing import Final

__all__ = ["OpeningTime"]

_MARGIN: Final = 1.5
"""A session may take this many times as long as the quickest of the last sessions, because times
vary."""

_LATEST: Final = 4
"""How many of the last sessions are compared. If the service is slow, all of them took long. If the
network failed for a moment, only one of them may have taken long."""

_UNKNOWN_S: Final = 1.9
"""How long a session may take if no session has been ready yet, while the user still speaks. With
this time, a service that needs 7 s gets four sessions in the first seven seconds."""

_UNKNOWN_APART_S: Final = 0.5
"""The shortest time between two sessions that all utterances of a profile open with a service that
was never ready. One utterance that finds the service ready is enough, because the others notice
it."""

_OUTAGE_S: Final = 7.0
"""Routers and services that restart are back after 1 to 6 s. A service that is not ready after 7 s
is more likely to be slow."""

_UNKNOWN_SLOW_S: Final = 5.0
"""How long a session may take after that."""


class OpeningTime:
    """The opening time of the sessions of one profile, for all its utterances."""

    def __init__(self) -> None:
        self._latest_s: deque[float] = deque(maxlen=_LATEST)
        self._opened_at = -inf  # when an utterance opened the newest session

    def opened(self, *, now: float) -> None:
        """Note that an utterance opened a session."""
        self._opened_at = now

    def took(self, seconds: float) -> None:
        """Note how long a session took from its opening until it was ready."""
        self._latest_s.append(seconds)

    def patience_s(self, *, waited_s: float, is_spoken: bool = True) -> float:
        """Return how long a session that the service has accepted may take to get ready.

        ``waited_s`` is how long the utterance had waited for the service when the session was
        opened, and ``is_spoken`` is whether its audio still arrives. Both only matter if no session
        has been ready yet. When the audio has ended, the user waits for the transcript. So the
        service is then tried as often as if it was quick, until it is more likely to be slow.
        """
        if self._latest_s:
            return min(self._latest_s) * _MARGIN
        if waited_s >= _OUTAGE_S:
            return _UNKNOWN_SLOW_S
        return _UNKNOWN_S if is_spoken else 0.0

    @property
    def others_try_until(self) -> float:
        """When an utterance may open a further session, although another utterance opened one.

        It is -inf if the time that the service takes is known.
        """
        return -inf if self._latest_s else self._opened_at + _UNKNOWN_APART_S
