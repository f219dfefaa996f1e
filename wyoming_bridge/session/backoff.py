"""How often a broken session is replaced, and how long to wait before each time."""

from typing import Final

__all__ = ["Backoff"]

_FIRST_DELAY_S: Final = 0.1
"""Five times as long each further time: a reset is often one of a kind, and somebody waits."""


class Backoff:
    """Counts connections.

    It starts anew with progress, not with a handshake: a service that opens and fails would be
    asked for ever.
    """

    def __init__(self, *, connections: int) -> None:
        """Say how many in a row may bring nothing."""
        self._connections = connections
        self._failed = 0

    @property
    def failed(self) -> int:
        """How many connections in a row brought nothing."""
        return self._failed

    def progress(self) -> None:
        """Something final was heard."""
        self._failed = 0

    def next_delay(self) -> float | None:
        """A connection failed: how many seconds to wait for the next; None: it was the last."""
        self._failed += 1
        if self._failed >= self._connections:
            return None
        return _FIRST_DELAY_S * 5.0 ** (self._failed - 1)
