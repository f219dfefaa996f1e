"""An event loop that notes which sockets connect to a port, and can cancel an attempt then."""

import asyncio
import gc
import socket
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import ParamSpec

from new_objects import only_new_objects

P = ParamSpec("P")

_TURNS = 5
"""Turns of the event loop after which an aborted connection is closed, with TLS inside TLS."""


class WatchingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        """The port to watch."""
        self.on_connected: Callable[[], object] = _do_nothing
        """Called at the moment in which a socket has connected to the port."""
        self.sockets: list[socket.socket] = []
        """All sockets that were to connect to the port."""

    async def sock_connect(self, sock: socket.socket, address: tuple[str, int]) -> None:  # type: ignore[override] - only with TCP
        if address[1] != self.port:
            return await super().sock_connect(sock, address)
        self.sockets.append(sock)
        await super().sock_connect(sock, address)
        self.on_connected()
        return None

    async def open_sockets(self) -> list[socket.socket]:
        """Return the sockets that are open although their attempts were cancelled.

        Tell their servers, which would wait for them at the end of the test.
        """
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        left = [sock for sock in self.sockets if sock.fileno() >= 0]
        for sock in left:
            sock.shutdown(socket.SHUT_RDWR)
        return left


def _do_nothing() -> None:
    pass


def watching_loop() -> WatchingLoop:
    """Return the loop of a test that is decorated with ``on_watching_loop``."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WatchingLoop)
    return loop


def on_watching_loop(
    scenario: Callable[P, Coroutine[object, object, None]],
) -> Callable[P, None]:
    """Turn a coroutine function into a test that runs on a ``WatchingLoop``.

    If a connection remains, the garbage collector causes a warning, which fails the test.
    """

    @wraps(scenario)
    def test(*args: P.args, **kwargs: P.kwargs) -> None:
        with only_new_objects():
            with asyncio.Runner(loop_factory=WatchingLoop, debug=True) as runner:
                runner.run(scenario(*args, **kwargs))
            gc.collect()

    return test
