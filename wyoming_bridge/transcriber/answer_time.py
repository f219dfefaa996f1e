"""How long a service takes to answer.

This distinguishes a slow service from one that no longer answers. A service that always takes some
seconds must not get each utterance twice. The module does no I/O.
"""

from collections import deque
from typing import Final

__all__ = ["AnswerTime"]

_MARGIN: Final = 1.5
"""The next answer may take this many times as long as the slowest of the last ones, because times
vary."""

_LATEST: Final = 4
"""How many of the last answers are compared. A slow answer has no effect after four quick ones."""

_LONGEST_S: Final = 10.0
"""A speaker does not wait longer for a session that may never answer, even if other answers took
long."""


class AnswerTime:
    """The longest silence before each of the last answers of one profile, for all its utterances.

    An answer is what a service sends after a flush or at the end of the audio. It may consist of
    several messages.
    """

    def __init__(self) -> None:
        self._latest_s: deque[float] = deque([0.0], maxlen=_LATEST + 1)  # the last: not complete

    def silent(self, seconds: float) -> None:
        """Note how long the service was silent before a message of an answer."""
        self._latest_s[-1] = max(self._latest_s[-1], seconds)

    def answered(self) -> None:
        """Note that an answer is complete."""
        self._latest_s.append(0.0)

    def patience_s(self, answer_s: float) -> float:
        """Return the longest silence to wait for; ``answer_s`` is that of an unknown service."""
        return max(answer_s, min(max(self._latest_s) * _MARGIN, _LONGEST_S))
