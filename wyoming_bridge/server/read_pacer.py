"""Reads clients that send audio in short chunks less often than they send.

Home Assistant sends chunks of 10 ms. To wake the event loop, and to read a socket, costs nearly
the same for one chunk as for five. The pacer reads such clients every 50 ms, all together. It reads
the sockets itself: to let the loop's transports do it would cost two more system calls per read.

The end of an utterance does not wait for that. Between two reads the pacer looks at each client,
and reads it at once if anything but audio has come. A look is one cheap system call, but the loop
has to wake up for it. That cost is shared: with one client the pacer looks every 25 ms, with
three or more every 12.5 ms. ADR 17 has the figures.
"""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Iterable
from typing import Final, Protocol

if sys.platform != "win32":
    from fcntl import ioctl
    from termios import FIONREAD

__all__ = ["CAN_PACE", "READ_INTERVAL_MS", "PacedClient", "ReadPacer", "read_now", "unread_bytes"]

CAN_PACE: Final = sys.platform != "win32"
"""Whether this system can read a socket without its transport, and look at what waits in it."""

READ_INTERVAL_MS: Final = 50
"""Five of Home Assistant's chunks. Audio of a paced client is at most this much late."""

_MAX_WAKE_UPS: Final = 4
"""Wake-ups per interval at most: three to look, and the last one to read."""

_CLIENTS_PER_TURN: Final = 4
"""Clients that are read in one turn of the event loop. With the voice detector, the audio of one
takes about 0.4 ms, and an answer to another client must not wait for all of them."""


class PacedClient(Protocol):
    """A client that the pacer reads."""

    def must_be_read(self) -> bool:
        """Return whether the client sent something that must not wait."""

    def read(self) -> None:
        """Read what the client has sent."""


class ReadPacer:
    """Paces all clients of one event loop together. It has a timer only while there are any."""

    def __init__(self) -> None:
        self._clients: dict[PacedClient, None] = {}  # in order
        self._timer: asyncio.TimerHandle | None = None
        self._wake_ups = 0  # in this interval
        self._wake_ups_left = 0

    def add(self, client: PacedClient) -> None:
        """Read a client at the pace from now on."""
        self._clients[client] = None
        if self._timer is None:
            self._begin_interval()

    def remove(self, client: PacedClient) -> None:
        """Stop reading a client. Removing it twice is allowed."""
        self._clients.pop(client, None)

    def _begin_interval(self) -> None:
        self._wake_ups = self._wake_ups_left = min(len(self._clients) + 1, _MAX_WAKE_UPS)
        self._set_timer()

    def _set_timer(self) -> None:
        delay_s = READ_INTERVAL_MS / self._wake_ups / 1000
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._wake_up)

    def _wake_up(self) -> None:
        self._timer = None
        if not self._clients:
            return
        self._wake_ups_left -= 1
        if self._wake_ups_left:
            self._set_timer()
            self._read([client for client in self._clients if client.must_be_read()])
        else:
            self._begin_interval()
            self._read(self._clients)

    def _read(self, clients: Iterable[PacedClient]) -> None:
        due = deque(clients)
        if due:
            self._read_some(due)

    def _read_some(self, due: deque[PacedClient]) -> None:
        try:
            for _ in range(min(len(due), _CLIENTS_PER_TURN)):
                client = due.popleft()
                if client in self._clients:
                    client.read()
        finally:
            if due:
                asyncio.get_running_loop().call_soon(self._read_some, due)


def unread_bytes(fd: int) -> int:
    """Return how many bytes wait in a socket."""
    count = bytearray(4)
    ioctl(fd, FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


def read_now(fd: int, buffer: bytearray) -> int:
    """Read what waits in a socket, without its transport.

    Returns 0 if nothing waits, or if the transport has to find out what is wrong.
    """
    try:
        return os.readv(fd, [buffer])
    except OSError:
        return 0
