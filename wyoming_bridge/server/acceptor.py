"""Accepts the clients of one listening socket.

asyncio's own server accepts clients as soon as they connect. This one leaves them in the queue of
the operating system until the bridge has a place for them.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Final

from ..access import host_of
from ..listening import BACKLOG
from .handshakes import PacedSocket
from .newcomer import Entrance, EntryError, Newcomer

__all__ = ["Acceptor", "accepted_per_turn"]

_ACCEPTED_PER_TURN: Final = 16
"""The most clients that are accepted in one turn of the event loop."""

_ENCRYPTED_PER_TURN: Final = 2
"""The same limit for encrypted connections. Their handshakes are limited too (see ``handshakes``).
If more clients were accepted than can complete their handshakes, they would take each other's
places."""

_TURNS_AS_STRANGER: Final = 4
"""For how many turns of the event loop a new client is a stranger (see ``places``). Its first event
is read about three turns after it was accepted. Until then, later clients can take its place."""

_RETRY_S: Final = 1.0
"""The wait after an error, such as too many open files. asyncio's own server waits for 1 s too."""

_PREPARE_S: Final = 1.0
"""How long connections that are being prepared may still take when the acceptor is stopped."""

_HANDSHAKE_S: Final = 60.0
"""The longest time for a TLS handshake. Until the handshake is complete, the client is a stranger,
and usually loses its place much earlier (see ``places``)."""

_SHUTDOWN_S: Final = 1.0
"""How long a client may take to confirm that the encrypted connection is being closed."""


def accepted_per_turn(*, strangers: int, is_encrypted: bool) -> int:
    """Return how many clients to accept in one turn of the event loop.

    ``strangers`` is the number of places that strangers can have even if all places are taken.
    """
    at_most = _ENCRYPTED_PER_TURN if is_encrypted else _ACCEPTED_PER_TURN
    return max(1, min(at_most, strangers // _TURNS_AS_STRANGER))


class Acceptor:
    """Accepts the clients of one socket until ``stop`` is called, which closes the socket."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        new_client: Callable[[], Newcomer],
        wait_s: Callable[[], float],
        per_turn: int,
        entrance: Entrance | None = None,
    ) -> None:
        """Begin to accept clients at ``sock``, which must be listening and non-blocking.

        ``wait_s`` returns how many seconds the next client has to wait before it is accepted. At
        most ``per_turn`` clients are accepted in one turn of the event loop. The ``entrance``, if
        there is one, prepares each accepted connection.
        """
        self._sock = sock
        self._new_client = new_client
        self._entrance = entrance
        self._wait_s = wait_s
        self._per_turn = per_turn
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting = self._start(self._accept_all(), "accept")

    async def stop(self) -> None:
        """Stop accepting clients. Connections that are being prepared have 1 s to finish.

        Clients that wait in the operating system's queue are still accepted while there are places.
        They may have sent audio already, which would be lost if the queue were closed.
        """
        self._accepting.cancel()
        self._accept_queue()
        self._sock.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_PREPARE_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept_all(self) -> None:
        accepted = 0
        while True:
            if accepted >= self._per_turn:
                accepted = 0
                await asyncio.sleep(0)
            while (wait_s := self._wait_s()) > 0:
                accepted = 0
                await asyncio.sleep(wait_s)
            try:
                sock = await self._accept()
            except ConnectionAbortedError:
                continue  # the client left before it was accepted
            except OSError as err:
                self._report(err)
                await asyncio.sleep(_RETRY_S)
                continue
            accepted += 1
            self._begin_connection(sock)

    def _accept_queue(self) -> None:
        for _ in range(BACKLOG):  # a limit, so that new clients cannot delay the stop
            if self._wait_s() > 0:
                return
            try:
                sock, _ = self._sock.accept()
            except ConnectionAbortedError:
                continue
            except OSError:  # the queue is empty, or too many files are open
                return
            self._begin_connection(sock)

    def _begin_connection(self, sock: socket.socket) -> None:
        # Create the client now, so that ``wait_s`` counts it before the next client is accepted.
        client = self._new_client()
        entrance = self._entrance
        if entrance:
            sock = PacedSocket.take(sock)
            connecting = self._start(self._enter(sock, client, entrance), "connection")
        else:
            connecting = self._start(self._connect(sock, client), "connection")
        connecting.add_done_callback(partial(self._connected, sock, client))
        if entrance:
            client.enter(connecting.cancel)

    async def _accept(self) -> socket.socket:
        """Wait for the next client, and return its socket.

        There is no ``await`` after ``accept``. asyncio's own ``sock_accept`` has one, and loses the
        client's socket if the task is cancelled during that ``await``.
        """
        while True:
            try:
                sock, _ = self._sock.accept()
            except (BlockingIOError, InterruptedError):
                await self._readable()
            else:
                return sock

    async def _readable(self) -> None:
        readable = asyncio.Event()
        self._loop.add_reader(self._sock, readable.set)
        try:
            await readable.wait()
        finally:
            self._loop.remove_reader(self._sock)

    async def _connect(self, sock: socket.socket, client: Newcomer) -> None:
        await self._loop.connect_accepted_socket(lambda: client, sock)

    async def _enter(self, sock: PacedSocket, client: Newcomer, entrance: Entrance) -> None:
        context = await entrance.prepare(sock, client)
        host = _host_of(sock)
        sock.pacer = entrance.handshakes if context else None
        try:
            await self._loop.connect_accepted_socket(
                lambda: client,
                sock,
                ssl=context,
                ssl_handshake_timeout=_HANDSHAKE_S if context else None,
                ssl_shutdown_timeout=_SHUTDOWN_S if context else None,
            )
        except OSError as err:
            entrance.broke(client.peer or host, err)
            # asyncio's future refers to this error, and the error's traceback refers to the future.
            # Such a reference cycle stays in memory until the garbage collector runs.
            raise EntryError from err.with_traceback(None)
        finally:
            sock.pacer = None

    def _connected(
        self, sock: socket.socket, client: Newcomer, connecting: asyncio.Task[None]
    ) -> None:
        """Clean up if the connection could not be made.

        This is a callback, because a task that is cancelled before it begins runs none of its code.
        """
        error = None if connecting.cancelled() else connecting.exception()
        if error is None and not connecting.cancelled():
            return
        sock.close()
        client.connection_lost(None)
        if error and not isinstance(error, EntryError):
            self._loop.call_exception_handler(
                {"message": "a connection failed", "exception": error, "socket": sock}
            )

    def _report(self, err: OSError) -> None:
        """Report an error to the loop's exception handler, as asyncio's own server does."""
        self._loop.call_exception_handler(
            {"message": "socket.accept() failed", "exception": err, "socket": self._sock}
        )

    def _start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"wyoming {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _host_of(sock: socket.socket) -> str:
    """Return the client's host for log lines, or an empty string if the client has left."""
    try:
        return host_of(sock.getpeername()[0])
    except OSError:
        return ""
