"""What all sessions of one service share, as the local server plays it."""

from collections import deque
from typing import Final

__all__ = ["Account"]

_MINUTE_S: Final = 60.0


class Account:
    """One account's use of the service. Time is in monotonic seconds."""

    def __init__(self) -> None:
        self.sessions = 0
        """Open ones."""
        self.audio_s = 0.0
        """Of all sessions, closed ones too."""
        self._begun: deque[float] = deque()

    def begin(self, *, now: float) -> None:
        """A session begins."""
        self.sessions += 1
        self._begun.append(now)

    def begun_lately(self, *, now: float) -> int:
        """How many sessions began within the last minute."""
        while self._begun and self._begun[0] <= now - _MINUTE_S:
            self._begun.popleft()
        return len(self._begun)

    def end(self) -> None:
        """A session ended."""
        self.sessions -= 1
