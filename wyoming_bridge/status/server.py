"""A small HTTP server for health probes and metrics. The library h11 implements HTTP.

The server answers one request per connection. It limits the time, the size of requests and the
number of connections, because any device in the network may be able to reach its port. A device
that opens many connections must not keep the probes of others from being answered: a bridge whose
probes fail gets no clients, or is stopped. So when there are too many connections, the device that
has the most loses its oldest one, and the requests of all connections are answered in turn.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import h11

from ..access import address_key
from ..reading_time import reading_timeout
from ..web.connections import Connections
from ..web.turns import Turns
from .guard import refusal

__all__ = ["TEXT", "Page", "StatusServer"]

_log = logging.getLogger(__name__)

TEXT: Final = "text/plain; charset=utf-8"

_MAX_CONNECTIONS: Final = 32
"""The largest number of concurrent connections. In a cluster, one or two programs ask for the
status."""

_EXCHANGE_S: Final = 5.0
"""How long a request and its answer may take."""

_MAX_REQUEST_BYTES: Final = 8 * 1024
"""The largest head of a request. Probes send about 100 bytes, Prometheus sends 400."""

_METHODS: Final = (b"GET", b"HEAD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The answer to a request."""

    status: HTTPStatus = HTTPStatus.OK
    content_type: str = TEXT
    body: bytes


class StatusServer:
    """Serves a page at each path. The page is created again for each request."""

    def __init__(self, pages: Mapping[str, Callable[[], Page]]) -> None:
        """Create the server without starting it.

        ``pages`` has a function for each path. The function is called for each request and returns
        the page.
        """
        self._pages = pages
        self._servers: list[asyncio.Server] = []
        self._exchanges: set[asyncio.Task[None]] = set()
        self._connections = Connections(limit=_MAX_CONNECTIONS, request_timeout_s=_EXCHANGE_S)
        self._turns = Turns()

    async def start(self, sockets: Iterable[socket.socket]) -> None:
        """Accept connections at sockets that are listening. The server owns them from now on."""
        for sock in sockets:
            self._servers.append(await asyncio.start_server(self._accept, sock=sock))

    async def stop(self) -> None:
        """Stop listening and end all connections. A second call does nothing."""
        while self._servers:
            self._servers.pop().close()
        for exchange in self._exchanges:
            exchange.cancel()
        await asyncio.gather(*self._exchanges, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = asyncio.create_task(self._exchange(reader, writer), name="status")
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._exchanges.discard)
        visit = _Visit(writer, exchange=exchange, of=self._connections)
        exchange.add_done_callback(lambda _: visit.drop())
        self._connections.add(visit)
        # A connection may lose its place at any time, even while the client reads its answer.
        self._connections.wait(visit)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with reading_timeout(self._connections.request_timeout_s):
                await self._answer(reader, writer)
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError) as err:
            _log.debug("a request for the status was not answered: %s", err)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_REQUEST_BYTES)
        is_head = False
        try:
            request = await _request(http, reader)
        except h11.RemoteProtocolError as err:  # the error's own text quotes the request
            page = _problem(HTTPStatus(err.error_status_hint), "the request is not valid HTTP")
        else:
            if request is None:
                return
            await self._turns.take()
            page, is_head = self._page(request), request.method == b"HEAD"
        response = h11.Response(
            status_code=page.status,
            reason=page.status.phrase.encode(),
            headers=[
                ("Content-Type", page.content_type),
                ("Content-Length", str(len(page.body))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
                ("Connection", "close"),
                *([("Allow", "GET, HEAD")] if page.status is HTTPStatus.METHOD_NOT_ALLOWED else []),
            ],
        )
        sent = (response, h11.Data(data=b"" if is_head else page.body), h11.EndOfMessage())
        writer.write(b"".join(http.send(each) or b"" for each in sent))
        await writer.drain()

    def _page(self, request: h11.Request) -> Page:
        headers: dict[str, list[str]] = {}
        for name, value in request.headers:
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        if problem := refusal(headers):
            return _problem(HTTPStatus.FORBIDDEN, problem)
        path = request.target.partition(b"?")[0].decode("latin-1")
        make = self._pages.get(path)
        if make is None:
            return _problem(HTTPStatus.NOT_FOUND, f"available: {', '.join(self._pages)}")
        if request.method not in _METHODS:
            return _problem(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and HEAD are allowed")
        return make()


class _Visit:
    """One connection. Its client may be any device in the network."""

    def __init__(
        self, writer: asyncio.StreamWriter, *, exchange: asyncio.Task[None], of: Connections
    ) -> None:
        self.owner = address_key((writer.get_extra_info("peername") or ("",))[0])
        self._writer = writer
        self._exchange = exchange
        self._all = of

    def drop(self) -> None:
        """Close the connection at once. A second call does nothing."""
        self._all.remove(self)
        self._exchange.cancel()
        self._writer.transport.abort()


async def _request(http: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    """Read the head of a request, but no body. Return None if the client leaves first.

    Raises:
        h11.RemoteProtocolError: The client sent something that is not HTTP, or a head that is too
            large.
    """
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(_MAX_REQUEST_BYTES))
        elif isinstance(event, h11.Request):
            return event
        else:
            return None


def _problem(status: HTTPStatus, text: str) -> Page:
    return Page(status=status, body=f"{text}\n".encode("utf-8", "backslashreplace"))
