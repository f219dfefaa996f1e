"""Limits the memory of large messages that have not arrived whole.

The websocket library keeps a message until all of it has arrived, and an inbox counts it only then.
So without this limit, each client could make the server keep 4 MiB.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

__all__ = ["LARGE_BYTES", "Arrival", "Arrivals", "Pausable"]

LARGE_BYTES: Final = 64 * 1024
"""The part of a message that may arrive at any time: 2 s of audio. Clients that send while a person
speaks send less at a time, so they never wait here."""

_MAX_LARGE: Final = 2
"""How many large messages may arrive at the same time. The others wait, in the order of their
arrival."""


class Pausable(Protocol):
    """The connection of a client."""

    on_data: Callable[[int], None] | None
    """Is called with the size of the data that was just received."""

    def pause(self) -> None:
        """Stop reading."""

    def resume(self) -> None:
        """Read on."""

    def drop(self) -> None:
        """Close the connection at once."""


class Arrivals:
    """The large messages that arrive, of all sessions."""

    def __init__(self, *, is_full: Callable[[], bool], limit_s: float) -> None:
        """Begin without messages.

        While ``is_full`` returns True, no further large message may arrive. If others wait, a
        client whose message takes more than ``limit_s`` is disconnected.
        """
        self._is_full = is_full
        self._limit_s = limit_s
        self._began: dict[Arrival, float] = {}
        self._waiting: deque[Arrival] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, arrival: "Arrival") -> None:
        """Let a message arrive, now or when it is its turn. Until then, its client is paused."""
        if arrival in self._began or arrival in self._waiting:
            return
        self._waiting.append(arrival)
        self.admit()
        if arrival in self._waiting:
            arrival.connection.pause()
            self._watch()

    def end(self, arrival: "Arrival") -> None:
        """Note that a message is whole, or that it does not arrive for now."""
        if arrival in self._waiting:
            self._waiting.remove(arrival)
            arrival.connection.resume()
        if self._began.pop(arrival, None) is not None:
            self.admit()

    def admit(self) -> None:
        """Let the next messages arrive, as far as there is memory."""
        while self._waiting and len(self._began) < _MAX_LARGE and not self._is_full():
            arrival = self._waiting.popleft()
            self._began[arrival] = asyncio.get_running_loop().time()
            arrival.connection.resume()

    def _watch(self) -> None:
        """Start the timer of the message that has taken the longest."""
        if self._timer is None and self._began:
            began = next(iter(self._began.values()))
            self._timer = asyncio.get_running_loop().call_at(began + self._limit_s, self._end_late)

    def _end_late(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        if self._waiting:
            late = [each for each, began in self._began.items() if began + self._limit_s <= now]
            for arrival in late:
                arrival.connection.drop()
                self.end(arrival)
            self._watch()


class Arrival:
    """The message of one session that arrives now."""

    def __init__(self, connection: Pausable, *, arrivals: Arrivals) -> None:
        self.connection = connection
        self._arrivals = arrivals
        self._bytes = 0
        self._is_held = False
        connection.on_data = self._received

    def _received(self, size: int) -> None:
        self._bytes += size
        if self._bytes > LARGE_BYTES and not self._is_held:
            self._arrivals.begin(self)

    def whole(self) -> None:
        """Note that the message is whole."""
        self._bytes = 0
        self._arrivals.end(self)

    def hold(self) -> None:
        """Stop reading, because the session has no room for messages."""
        self._is_held = True
        self._arrivals.end(self)
        self.connection.pause()

    def go_on(self) -> None:
        """Read on, because there is room again."""
        self._is_held = False
        self.connection.resume()

    def close(self) -> None:
        """Note that the session is over."""
        self.connection.on_data = None
        self._arrivals.end(self)
