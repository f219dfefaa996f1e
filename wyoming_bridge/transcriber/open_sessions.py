"""The open sessions of one profile in one utterance: which of them is current.

The module does no I/O and does not depend on the time. ``Sessions`` decides when to open, replace
and close a session.
"""

from typing import Final

from .attempt import Attempt
from .commands import Close, Command

__all__ = ["OpenSessions"]

_MOST_OPENING: Final = 4
"""How many sessions may be opening at once. The oldest session is kept, because the service may
only be slow. Newer sessions are opened, because the network may work again. A newer session that is
not ready after three times ``TRY_AGAIN_S`` is replaced by the next one."""


class OpenSessions:
    """The current session, and others that may become current."""

    def __init__(self, commands: list[Command]) -> None:
        """Create the object without a session. A session is closed by a command."""
        self.current: Attempt | None = None
        """The session whose text counts; None if no open session is ready."""
        self.last: Attempt | None = None
        """The current session, or else the session that was current last."""
        self.others: list[Attempt] = []
        """The sessions that may become current, the oldest first."""
        self._commands = commands

    @property
    def all(self) -> list[Attempt]:
        """All sessions that are open, the current one first."""
        return [self.current, *self.others] if self.current else self.others.copy()

    @property
    def ready_other(self) -> Attempt | None:
        """The session that is ready and waits for its answer, while the current one is late."""
        return next((each for each in self.others if each.ready_at is not None), None)

    def get(self, number: int) -> Attempt | None:
        """Return the open session with that attempt number, or None."""
        if self.current and self.current.number == number:
            return self.current
        return next((each for each in self.others if each.number == number), None)

    def make_room(self) -> None:
        """If the most sessions are opening, close one, so that another one can be opened."""
        if len(self.others) == _MOST_OPENING:
            self.close(self.others[1])

    def add(self, attempt: Attempt) -> None:
        """Add a session that was just opened."""
        self.others.append(attempt)

    def make_current(self, attempt: Attempt) -> None:
        """Make a session the current one, and close all others."""
        self.others.remove(attempt)
        self.close_all()
        self.current = self.last = attempt

    def close(self, attempt: Attempt) -> None:
        """Close a session."""
        self._commands.append(Close(attempt=attempt.number))
        if attempt is self.current:
            self.current = None
        else:
            self.others.remove(attempt)

    def close_others(self, *, but: Attempt | None = None) -> None:
        """Close all sessions except the current one and ``but``."""
        for each in self.others.copy():
            if each is not but:
                self.close(each)

    def close_all(self) -> None:
        """Close all sessions."""
        for each in self.all:
            self.close(each)
