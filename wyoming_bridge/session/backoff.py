"""How often a lost session is replaced, and the delay before each new connection."""

from typing import Final

__all__ = ["Backoff"]

_FIRST_DELAY_S: Final = 0.1
"""The first delay; each further one is five times as long.

It is short because a reset is often a single event, and the user is waiting.
"""


class Backoff:
    """Counts connections that failed in a row.

    Progress resets the count; a handshake does not, because a service that accepts connections
    and then fails would be tried forever.
    """

    def __init__(self, *, connections: int) -> None:
        """Set how many connections in a row may fail."""
        self._connections = connections
        self._failed = 0

    @property
    def failed(self) -> int:
        """How many connections in a row have failed."""
        return self._failed

    def progress(self) -> None:
        """Reset the count, because a final text came."""
        self._failed = 0

    def next_delay(self) -> float | None:
        """Count a failure, and return the delay before the next connection in seconds.

        None means that no further connection is allowed.
        """
        self._failed += 1
        if self._failed >= self._connections:
            return None
        return _FIRST_DELAY_S * 5.0 ** (self._failed - 1)
