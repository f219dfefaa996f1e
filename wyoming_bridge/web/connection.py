"""One TCP connection of an aiohttp server.

It is closed if the head of a request is not complete in time. ``Connections`` limits
the number of connections.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Final

from aiohttp import web

from ..access import address_key
from ..reading_time import ReadingTimer
from .connections import Connections

__all__ = ["NAME_HEADER", "Connection"]

NAME_HEADER: Final = {"Server": "wyoming-bridge"}
"""Replaces the framework's ``Server`` header, which reveals the versions of aiohttp and Python."""

_log = logging.getLogger(__name__)

_LINGER_S: Final = 2.0
"""How long the rest of a refused request is read, so that the client can read the answer."""

_TOO_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

_BAD_REQUEST: Final = 400


class Connection(web.RequestHandler):
    """One connection, which is closed if the head of a request is not complete in time."""

    __slots__ = ("_all", "_began_over_full", "_due", "_served", "_tcp", "gone", "on_data", "owner")

    def __init__(
        self, server: web.Server, *, loop: asyncio.AbstractEventLoop, connections: Connections
    ) -> None:
        # This class has its own timer, because only some versions of aiohttp have one.
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type] # the library's own runner passes None too
            auto_decompress=False,  # ``WebServer`` refuses compressed bodies
            lingering_time=_LINGER_S,
        )
        self.gone = asyncio.Event()
        """Set when the connection is closed."""
        self.owner = ""
        """The IPv4 address of the client, or the /64 network of an IPv6 address: usually a
        household."""
        self.on_data: Callable[[int], None] | None = None
        """Is called with the size of the data that was just received."""
        self._all = connections
        self._due: ReadingTimer | asyncio.TimerHandle | None = None
        self._served = False
        self._began_over_full = False
        self._tcp: asyncio.Transport | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the server was full when the connection began, and still is."""
        return self._began_over_full and self._all.is_over_full

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport):
            self._tcp = transport
        self.owner = address_key((transport.get_extra_info("peername") or ("",))[0])
        self._all.add(self)
        self._began_over_full = self._all.is_over_full
        self.wait_for_request()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection, because it is closed."""
        self._all.remove(self)
        self._stop_timer()
        self._tcp = None
        self.gone.set()
        super().connection_lost(exc)
        # The requests that will not be answered would stay in memory until Python's garbage
        # collector runs, because they are in a reference cycle with the connection.
        self._messages.clear()

    def data_received(self, data: bytes) -> None:
        """Parse data."""
        super().data_received(data)
        if self.on_data:
            self.on_data(len(data))

    def pause(self) -> None:
        """Stop reading until ``resume`` is called."""
        if self._tcp:
            self._tcp.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._tcp:
            self._tcp.resume_reading()

    def wait_for_request(self) -> None:
        """Start the timer that closes the connection if its request is not complete in time."""
        self._stop_timer()
        if self._tcp is None:
            return
        if self._tcp.is_closing():
            self._end_soon()
            return
        self._all.wait(self)
        self._due = ReadingTimer(self._all.request_timeout_s, self._end_late)

    def answer_request(self) -> None:
        """Stop the timer, because enough of the request has arrived to answer it."""
        self._served = True
        self._stop_timer()
        self._all.answer(self)

    def drop(self) -> None:
        """Close the connection at once."""
        self._all.remove(self)
        self._stop_timer()
        if self._tcp:
            self._tcp.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that is not HTTP, or that the server failed to answer."""
        if status == _BAD_REQUEST:
            _log.debug("received invalid HTTP: %s", message)
            text = "the request is not valid HTTP"
        elif self._is_gone:
            _log.debug("a client left before it was answered: %s", exc)
            text = "the client is gone"
        else:
            _log.error("a request cannot be answered", exc_info=exc)
            text = "the server failed; see the server's log"
        if request.writer.output_size > 0:
            raise ConnectionError("part of the answer has been sent already")
        response = web.json_response({"error": text}, status=status, headers=NAME_HEADER)
        response.force_close()
        return response

    def log_exception(self, *_values: object, **_named: object) -> None:
        """Log that a request failed, as an error unless the client caused it."""
        error = sys.exception()
        if self._is_gone or isinstance(error, web.RequestPayloadError):
            _log.debug("the rest of a request cannot be read: %s", error)
        else:
            _log.error("a request failed", exc_info=True)

    @property
    def _is_gone(self) -> bool:
        return self._tcp is None or self._tcp.is_closing()

    def _end_late(self) -> None:
        self._due = None
        if self._tcp and not self._served:
            self._tcp.write(_TOO_LATE)
        self.force_close()
        self._end_soon()

    def _end_soon(self) -> None:
        """Close the connection soon, because the client may never read the rest of the answer."""
        self._due = asyncio.get_running_loop().call_later(_LINGER_S, self.drop)

    def _stop_timer(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None
