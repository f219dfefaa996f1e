"""Reads the audio of clients that send short chunks, several chunks at a time.

Home Assistant sends chunks of 10 ms. Waking the event loop and reading a socket cost nearly the
same for one chunk as for five. So the pacer reads all such clients together, every 50 ms. It reads
the sockets itself, because the loop's transports would need two more system calls per read.

The end of an utterance must not wait for the next read. So the pacer checks each client between two
reads, every 12.5 ms, and reads it at once if it has sent anything but audio. A check is one cheap
system call, but the loop has to wake up for it, which costs as much for one client as for many.
ADR 17 has the figures.
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
"""Whether this system can read a socket without its transport, and count its unread bytes."""

READ_INTERVAL_MS: Final = 50
"""Five of Home Assistant's chunks. A paced client's audio is read at most this much later than it
arrives."""

_WAKE_UPS: Final = 4
"""The wake-ups per interval: three checks and one read. With three wake-ups, the transcript of a
single client comes 9 to 11 ms after its audio-stop, with four 7 to 9 ms."""

_CLIENTS_PER_TURN: Final = 4
"""The number of clients that are read in one turn of the event loop. With the voice detector, one
client's audio takes about 0.4 ms. An answer must not wait until all clients are read."""


class PacedClient(Protocol):
    """A client that the pacer reads."""

    def must_be_read(self) -> bool:
        """Return whether the client sent something that must not wait."""

    def read(self) -> None:
        """Read what the client has sent."""


class ReadPacer:
    """Reads all paced clients of one event loop. Its timer runs only while it has clients."""

    def __init__(self) -> None:
        self._clients: dict[PacedClient, None] = {}  # an ordered set
        self._timer: asyncio.TimerHandle | None = None
        self._wake_ups_left = 0  # wake-ups left in this interval

    def add(self, client: PacedClient) -> None:
        """Begin to read a client."""
        self._clients[client] = None
        if self._timer is None:
            self._begin_interval()

    def remove(self, client: PacedClient) -> None:
        """Stop reading a client. Removing it twice is allowed."""
        self._clients.pop(client, None)

    def _begin_interval(self) -> None:
        self._wake_ups_left = _WAKE_UPS
        self._set_timer()

    def _set_timer(self) -> None:
        delay_s = READ_INTERVAL_MS / _WAKE_UPS / 1000
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
    """Return how many bytes of a socket are unread."""
    count = bytearray(4)
    ioctl(fd, FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


def read_now(fd: int, buffer: bytearray) -> int:
    """Read a socket without its transport, and return the number of bytes.

    Returns 0 if no bytes wait, or after an error, which the transport then finds and handles.
    """
    try:
        return os.readv(fd, [buffer])
    except OSError:
        return 0
