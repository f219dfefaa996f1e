"""The account that all sessions of an emulated service share."""

from collections import deque
from typing import Final

__all__ = ["Account"]

_MINUTE_S: Final = 60.0


class Account:
    """Counts the sessions and the audio of one account. Times are in monotonic seconds."""

    def __init__(self) -> None:
        self.sessions = 0
        """The number of open sessions."""
        self.audio_s = 0.0
        """The duration of the audio of all sessions, open and closed, in seconds."""
        self._begun: deque[float] = deque()

    def begin(self, *, now: float) -> None:
        """Count a session that begins."""
        self.sessions += 1
        self._begun.append(now)

    def begun_lately(self, *, now: float) -> int:
        """Return how many sessions began within the last minute."""
        while self._begun and self._begun[0] <= now - _MINUTE_S:
            self._begun.popleft()
        return len(self._begun)

    def end(self) -> None:
        """Count a session that has ended."""
        self.sessions -= 1
