"""Decides which connection of an HTTP server is closed when there are too many. It does no I/O.

If the server is full, it closes a connection that has no request, to make room for a new one. It
chooses the oldest such connection of the address that has the most connections. So a device that
opens many connections does not take the places of other devices.
"""

from collections import Counter
from typing import Final, Protocol

__all__ = ["Connections", "LimitedConnection"]

_SPARE: Final = 32
"""How many connections above the limit get an HTTP error. Further connections are only closed."""


class LimitedConnection(Protocol):
    """A connection whose server limits the number of connections."""

    @property
    def owner(self) -> str:
        """The device that opened the connection, as ``access.address_key`` returns it."""

    def drop(self) -> None:
        """Close the connection at once, and remove it from ``Connections``."""


class Connections:
    """All connections of one server."""

    def __init__(self, *, limit: int, request_timeout_s: float) -> None:
        self.limit = limit
        """The largest number of connections that are served at once."""
        self.request_timeout_s = request_timeout_s
        """How long a connection may take, in seconds: for the head of a request (aiohttp), or for a
        request and its answer (the status server). The time in which the event loop is too busy to
        read does not count."""
        self._open: set[LimitedConnection] = set()
        self._waiting: dict[LimitedConnection, None] = {}  # those without a request, oldest first

    @property
    def is_over_full(self) -> bool:
        """Whether there are more connections than the limit."""
        return len(self._open) > self.limit

    def add(self, connection: LimitedConnection) -> None:
        """Count a new connection. If the server is full, close a waiting one.

        If there are far too many connections, close the new one.
        """
        if len(self._open) >= self.limit and self._waiting:
            counts = Counter(each.owner for each in self._open)
            least_needed = max(self._waiting, key=lambda each: counts[each.owner])
            if counts[least_needed.owner] >= counts[connection.owner]:
                least_needed.drop()
        self._open.add(connection)
        if len(self._open) > self.limit + _SPARE:
            connection.drop()

    def remove(self, connection: LimitedConnection) -> None:
        """Forget a connection that is closed."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)

    def wait(self, connection: LimitedConnection) -> None:
        """Note that a connection waits for its next request."""
        if connection in self._open:
            self._waiting[connection] = None

    def answer(self, connection: LimitedConnection) -> None:
        """Note that the request of a connection is being answered."""
        self._waiting.pop(connection, None)
