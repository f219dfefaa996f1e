"""The main loop of a host that decodes each voice in a thread.

It suits libraries that compute without Python's global interpreter lock. All threads are started
before the first voice, so that the process can give up the right to start more. The libraries must
be imported before the process gives up its rights, because it may not be allowed to read them then.
"""

import os
import queue
import select
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from .rights import forbid_new_tasks, give_up_rights
from .wire import LENGTH, READY, failed_line, receive_order

__all__ = ["Conversation", "FrameReader", "ignore_signals", "serve"]

_RECEIVE_BYTES: Final = 64 * 1024

_SPARE_HANDLES: Final = 16
"""File descriptors beyond one per thread: for the standard streams, the control socket, and the
sockets of voices that are just ending."""

Conversation = Callable[[socket.socket], None]
"""Answers the server on a socket. When it returns, ``serve`` closes the socket."""


class FrameReader:
    """Reads frames from a socket: ``LENGTH`` and bytes of that size."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    @property
    def is_waiting(self) -> bool:
        """Whether a part of the next frame has arrived."""
        return bool(self._buffer) or any(event & select.POLLIN for _, event in self._poll.poll(0))

    def is_connected(self) -> bool:
        """Return whether the server has the socket open. A closed one may still contain frames."""
        return not any(event & ~select.POLLIN for _, event in self._poll.poll(0))

    def read(self) -> bytes | None:
        """Return the next frame; None at the end."""
        header = self._take(LENGTH.size)
        if header is None:
            return None
        (size,) = LENGTH.unpack(header)
        return self._take(size)

    def _take(self, size: int) -> bytes | None:
        while len(self._buffer) < size:
            received = self._sock.recv(_RECEIVE_BYTES)
            if not received:
                return None
            self._buffer += received
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def ignore_signals() -> None:
    """Ignore the signals of a service manager, because the last finals still have to be sent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def serve(
    control: socket.socket,
    kinds: Mapping[bytes, tuple[Conversation, int]],
    *,
    limits: Mapping[str, int],
) -> None:
    """Give up rights, report that the host is ready, and serve until the control socket closes.

    Then the process ends. An order is the byte that comes with a socket. ``kinds`` has the
    conversation for each order, and its number of threads. A conversation waits while all threads
    of its kind are busy.
    """
    waiting: dict[bytes, queue.SimpleQueue[socket.socket]] = {}
    for order, (conversation, threads) in kinds.items():
        waiting[order] = queue.SimpleQueue()
        for _ in range(threads):
            threading.Thread(
                target=_converse, args=(waiting[order], conversation), daemon=True
            ).start()
    handles = sum(threads for _, threads in kinds.values()) + _SPARE_HANDLES
    give_up_rights(keep=control.fileno(), limits={**limits, "RLIMIT_NOFILE": handles})
    forbid_new_tasks()
    with suppress(ConnectionError):
        control.sendall(READY)
        while received := receive_order(control):
            order, sock = received
            waiting[order].put(sock)
    os._exit(0)  # threads may be computing, and nothing is left to be written


def _converse(waiting: "queue.SimpleQueue[socket.socket]", conversation: Conversation) -> None:
    while True:
        with waiting.get() as sock, suppress(OSError):
            try:
                conversation(sock)
            except OSError:
                raise
            except Exception as err:  # noqa: BLE001 - only this voice fails, and its client reads why
                sock.sendall(failed_line(err))
