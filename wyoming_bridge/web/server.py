"""An HTTP server that limits its connections."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import web

from .connection import NAME_HEADER, Connection
from .connections import Connections
from .turns import Turns

__all__ = ["Handler", "WebServer", "connection_of", "headers_of"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ACCEPTED_PER_ROUND: Final = 4
"""How many connections are accepted in one round of the event loop. Accepting a connection takes up
to 2 ms if the client has sent dozens of requests at once."""

_BACKLOG: Final = 128
"""How many connections may wait to be accepted."""

_SHUTDOWN_S: Final = 0.5
"""How long open sockets may take to close when the server stops."""


class WebServer:
    """Serves an application at sockets. There is no access log, because URLs can hold tokens."""

    def __init__(
        self, app: web.Application, *, max_connections: int, request_timeout_s: float
    ) -> None:
        """Create the server without starting it. ``app`` must not be in use by another server."""
        app.middlewares.insert(0, self._track)
        app.middlewares.append(_refuse_compressed)
        app.on_response_prepare.append(_name_server)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        self._connections = Connections(limit=max_connections, request_timeout_s=request_timeout_s)
        self._listeners: list[asyncio.Server] = []
        self._turns = Turns()

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Accept connections at the sockets. The server closes the sockets when it stops."""
        try:
            await self._accept_at(sockets)
        except BaseException:
            for sock in sockets:
                sock.close()
            raise

    async def _accept_at(self, sockets: Sequence[socket.socket]) -> None:
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        for sock in sockets:
            # asyncio accepts up to ``backlog`` connections per round of the event loop, so the
            # number is small here. The second ``listen`` lets the operating system keep more
            # connections waiting.
            server = await loop.create_server(
                self._new_connection, sock=sock, backlog=_ACCEPTED_PER_ROUND
            )
            self._listeners.append(server)
            sock.listen(_BACKLOG)

    def refuse_new(self) -> None:
        """Accept no more connections."""
        while self._listeners:
            self._listeners.pop().close()

    async def stop(self) -> None:
        """Close all connections. A second call does nothing."""
        self.refuse_new()
        await self._runner.cleanup()

    @web.middleware
    async def _track(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = connection_of(request)
        try:
            await self._turns.take()  # until then, a new connection may replace this one
            if connection.gone.is_set():
                raise ConnectionResetError("the client is gone")
            connection.answer_request()
            return await handler(request)
        finally:
            connection.wait_for_request()

    def _new_connection(self) -> Connection:
        if self._runner.server is None:
            raise RuntimeError("the server has stopped")
        return Connection(
            self._runner.server, loop=asyncio.get_running_loop(), connections=self._connections
        )


def connection_of(request: web.BaseRequest) -> Connection:
    """Return the connection of a request."""
    connection = request.protocol
    if not isinstance(connection, Connection):
        raise TypeError(f"a connection must be a Connection, got {type(connection).__name__}")
    return connection


def headers_of(request: web.BaseRequest) -> dict[str, Sequence[str]]:
    """Return the values of each header, with its name in lower case."""
    headers = {name.lower(): request.headers.getall(name) for name in set(request.headers)}
    hosts = headers.get("host", [])
    if hosts and request.host not in hosts:  # the request line has a URL with another host
        hosts.append(request.host)
    return dict(headers)


@web.middleware
async def _refuse_compressed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request with a compressed body. Our clients, and those of the services, send none.

    2 kB in Zstandard can make the library allocate 64 MiB for one request. This is the last
    middleware, so that the application answers in its own format.

    Raises:
        web.HTTPUnsupportedMediaType: The body is compressed.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise web.HTTPUnsupportedMediaType(
            text="Content-Encoding: must not be set, because compressed bodies are not accepted",
            headers={"Accept-Encoding": "identity"},
        )
    return await handler(request)


async def _name_server(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(NAME_HEADER)
