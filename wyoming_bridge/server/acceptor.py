"""Accepts the clients of one listening socket.

asyncio's own server accepts clients as soon as they connect. This one leaves them in the queue of
the operating system until the bridge has a place for them.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Final

from .listening import BACKLOG

__all__ = ["Acceptor"]

_RETRY_S: Final = 1.0
"""The wait after an error, such as too many open files. asyncio's own server waits as long."""


class Acceptor:
    """Accepts clients until it is stopped. The socket belongs to it."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        new_protocol: Callable[[], asyncio.BaseProtocol],
        wait_s: Callable[[], float],
        per_turn: int,
    ) -> None:
        """Begin to accept at a socket that listens and does not block.

        ``wait_s`` returns how long the next client has to wait. No more than ``per_turn`` clients
        are accepted in one turn of the event loop.
        """
        self._sock = sock
        self._new_protocol = new_protocol
        self._wait_s = wait_s
        self._per_turn = per_turn
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting = self._start(self._accept_all(), "accept")

    async def stop(self) -> None:
        """Accept no more clients, and wait until those that are accepted have their connections.

        Clients that wait in the queue are still accepted, as far as there are places. They may have
        sent their audio already, and would lose it with the queue.
        """
        self._accepting.cancel()
        self._accept_queue()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sock.close()

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
            # The protocol is made now, so that ``wait_s`` knows of this client before the next one.
            self._start(self._connect(sock, self._new_protocol()), "connection")

    def _accept_queue(self) -> None:
        for _ in range(BACKLOG):  # clients that come meanwhile must not delay the stop
            if self._wait_s() > 0:
                return
            try:
                sock, _ = self._sock.accept()
            except ConnectionAbortedError:
                continue
            except OSError:  # the queue is empty, or there are no more files
                return
            self._start(self._connect(sock, self._new_protocol()), "connection")

    async def _accept(self) -> socket.socket:
        """Wait for the next client, and return its socket.

        Nothing waits after the client is accepted. asyncio's ``sock_accept`` does, and loses the
        client's socket if it is cancelled in that turn of the event loop.
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

    async def _connect(self, sock: socket.socket, protocol: asyncio.BaseProtocol) -> None:
        await self._loop.connect_accepted_socket(lambda: protocol, sock)

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
