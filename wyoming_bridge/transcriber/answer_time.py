"""How long a service takes to answer.

This distinguishes a slow service from one that no longer answers. A service that always takes some
seconds must not get each utterance twice. The module does no I/O.
"""

from collections import deque
from enum import StrEnum
from typing import Final

__all__ = ["AnswerTime", "Owed"]

_MARGIN: Final = 1.5
"""The next answer may take this many times as long as the last ones, because times vary."""

_LATEST: Final = 4
"""How many of the last answers are compared. A slow answer has no effect after four quick ones."""

_LONGEST_S: Final = 10.0
"""A speaker does not wait longer for a session that may never answer, unless the last answers all
took long. Then another session would hardly answer earlier."""


class Owed(StrEnum):
    """The request that a service has to answer. An answer may consist of several messages."""

    FLUSH = "flush"
    """A final of the audio so far."""
    FINISH = "finish"
    """The end of the transcript. Some services transcribe all audio again for it."""


class AnswerTime:
    """The longest silence before each of the last answers of one profile, for all its utterances.

    Answers to different requests are not compared with each other.
    """

    def __init__(self) -> None:
        self._latest_s = {owed: deque[float](maxlen=_LATEST) for owed in Owed}
        self._incomplete_s = dict.fromkeys(Owed, 0.0)

    def silent(self, seconds: float, *, owed: Owed) -> None:
        """Note how long the service was silent before a message of an answer."""
        self._incomplete_s[owed] = max(self._incomplete_s[owed], seconds)

    def answered(self, owed: Owed) -> None:
        """Note that an answer is complete."""
        self._latest_s[owed].append(self._incomplete_s[owed])
        self._incomplete_s[owed] = 0.0

    def patience_s(self, answer_s: float, *, owed: Owed) -> float:
        """Return the longest silence to wait for; ``answer_s`` is that of an unknown service."""
        latest_s = self._latest_s[owed]
        always_s = min(latest_s) if len(latest_s) == _LATEST else 0.0
        slowest_s = max([*latest_s, self._incomplete_s[owed]])
        longest_s = max(_LONGEST_S, always_s * _MARGIN)
        return max(answer_s, min(slowest_s * _MARGIN, longest_s))
