"""Limits how long TLS handshakes may take in one turn of the event loop.

A handshake costs the most when the client's hello arrives, and the client chooses that moment. So a
limit on new connections is not enough: clients can connect one after another, and then send their
hellos all at once. Here the reads are limited, because asyncio continues a handshake only when it
has read something. This also limits hellos that arrive in parts, and second hellos.
"""

import asyncio
import errno
import os
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["HandshakePacer", "PacedSocket"]

_READ_WITHIN_S: Final = 0.003
"""In one turn of the event loop, reads may begin only within this time after the first read. A
hello takes 2 ms of CPU time with an RSA-2048 key, so there are two hellos per turn. All other work
waits for them. Other reads of a handshake take little time, so that a turn can have many of
them."""


class HandshakePacer:
    """Limits the reads of all clients of an event loop that have not completed their handshakes."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Create a pacer. ``clock`` returns monotonic seconds."""
        self._clock = clock
        self._until: float | None = None  # None before the first read of a turn

    def may_read(self) -> bool:
        """Return whether a client may read in this turn of the event loop."""
        if self._until is not None:
            return self._clock() < self._until
        self._until = self._clock() + _READ_WITHIN_S
        # The loop runs this in its next turn, before it reads any socket.
        asyncio.get_running_loop().call_soon(self._begin_turn)
        return True

    def _begin_turn(self) -> None:
        self._until = None


class PacedSocket(socket.socket):
    """The socket of an accepted client, which can be paced until its handshake is complete."""

    pacer: HandshakePacer | None = None
    """While this is set, asyncio reads the socket only when the pacer allows it."""

    @classmethod
    def take(cls, sock: socket.socket) -> Self:
        """Return a new object for the open socket. ``sock`` itself can no longer be used."""
        return cls(sock.family, sock.type, sock.proto, fileno=sock.detach())

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        """Receive bytes, as asyncio does.

        Raises:
            BlockingIOError: The pacer does not allow it in this turn. The loop tries again in the
                next turn, because the socket still has bytes.
        """
        if self.pacer and not self.pacer.may_read():
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return super().recv_into(buffer, nbytes, flags)
