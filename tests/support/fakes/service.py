"""What the fakes of all services have in common: a websocket server that can misbehave.

The module of each service defines its messages, in a subclass of ``Session``, which does no I/O.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from listeners import stop_accepting
from ports import free_port

from .connection import FakeConnection, Stub, reset
from .faults import Faults, Outage, Refusal
from .session import Record, Session

__all__ = ["FakeService"]


class FakeService:
    """A service on a port of loopback. Use it with ``async with``."""

    session: Callable[[Record], Session]
    subprotocol: str | None = None
    """The subprotocol to select if it is offered."""

    def __init__(self, *, faults: Faults | None = None, token: str | None = None) -> None:
        self.faults = faults or Faults()
        """The faults of all connections after those in ``next_faults``."""
        self.next_faults: deque[Faults] = deque()
        """The faults of the next connections, one element per connection."""
        self.token = token
        """The only token that is accepted; None accepts all."""
        self.records: list[Record] = []
        self.attempts = 0
        """The number of requested upgrades, including refused ones."""
        self.port = free_port()
        self._server: Server | None = None
        self._stub: asyncio.Server | None = None
        self._deaf: list[socket.socket] = []
        self._outage: Outage | None = None
        self._is_up = asyncio.Event()
        self._connections: set[ServerConnection] = set()
        self._chosen: dict[ServerConnection, Faults] = {}

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def audio_ms(self) -> int:
        """How much audio all connections together have received."""
        return sum(record.audio_ms for record in self.records)

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_up.set()
        self.drop_all()
        await self._stop_listening()

    async def go_down(self, outage: Outage = Outage.REFUSED) -> None:
        """Begin an outage."""
        self._outage = outage
        if outage in {Outage.BLACK_HOLE, Outage.DEAF}:
            self._is_up.clear()
            for connection in self._connections:
                connection.transport.pause_reading()
        else:
            self.drop_all()
        if outage is Outage.UNAVAILABLE:
            return
        await self._stop_listening()
        if outage is Outage.DEAF:
            self._deaf = _deaf_sockets(self.port)
        elif outage is not Outage.REFUSED:
            loop = asyncio.get_running_loop()
            self._stub = await loop.create_server(
                lambda: Stub(resets=outage is Outage.RESET), "127.0.0.1", self.port
            )

    async def come_back(self) -> None:
        """End the outage."""
        outage, self._outage = self._outage, None
        if outage is Outage.UNAVAILABLE:
            return
        self.drop_all()
        await self._stop_listening()
        await self._listen()

    async def down_for(self, seconds: float, outage: Outage = Outage.REFUSED) -> None:
        await self.go_down(outage)
        await asyncio.sleep(seconds)
        await self.come_back()

    def drop_all(self) -> None:
        """Reset all open connections."""
        for connection in list(self._connections):
            reset(connection)

    def permits(self, request: Request) -> bool:
        """Return whether the request has the token, where this service expects it."""
        raise NotImplementedError

    async def _listen(self) -> None:
        self._is_up.set()
        self._server = await serve(
            self._handle,
            "127.0.0.1",
            self.port,
            process_request=self._answer_upgrade,
            select_subprotocol=self._select,
            compression=None,
            ping_interval=None,
            close_timeout=1,
            open_timeout=None,
            max_size=None,
        )

    async def _stop_listening(self) -> None:
        if self._server:
            await stop_accepting(self._server.sockets)
            self._server.close(close_connections=False)
            self._server = None
            await asyncio.sleep(0)  # a task of the library closes the listening socket
        if self._stub:
            self._stub.close()
            self._stub = None
        while self._deaf:
            self._deaf.pop().close()

    def _select(
        self, connection: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        wanted = self.subprotocol
        return Subprotocol(wanted) if wanted is not None and wanted in offered else None

    async def _answer_upgrade(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        self.attempts += 1
        faults = self.next_faults.popleft() if self.next_faults else self.faults
        self._chosen[connection] = faults
        self._connections.add(connection)
        try:
            await asyncio.sleep(faults.upgrade_delay_s)
            await self._is_up.wait()
            if faults.at_connect is Outage.RESET:
                reset(connection)
                return _response(Refusal(status=500))
            if faults.at_connect is Outage.BLACK_HOLE:
                await connection.wait_closed()
            if self._outage is Outage.UNAVAILABLE or faults.at_connect is Outage.UNAVAILABLE:
                return _response(Refusal(status=503))
            if faults.refusal:
                return _response(faults.refusal)
            if self.token is not None and not self.permits(request):
                return _response(Refusal(status=401))
        finally:
            self._connections.discard(connection)
        return None

    async def _handle(self, connection: ServerConnection) -> None:
        loop = asyncio.get_running_loop()
        assert connection.request is not None
        parts = urlsplit(connection.request.path)
        record = Record(
            path=parts.path,
            query=parse_qsl(parts.query),
            headers=connection.request.headers,
            opened_at=loop.time(),
        )
        self.records.append(record)
        self._connections.add(connection)
        faults = self._chosen.pop(connection)
        served = FakeConnection(connection, faults=faults, record=record, up=self._is_up.wait)
        try:
            await served.run(self.session(record))
        finally:
            self._connections.discard(connection)
            record.closed_at = loop.time()


def _deaf_sockets(port: int) -> list[socket.socket]:
    """Open sockets so that nothing at a port answers, and return them.

    The first socket listens and accepts no connection. The others fill its queue, so Linux ignores
    further connections.
    """
    deaf = socket.create_server(("127.0.0.1", port), backlog=0)
    waiting = [socket.socket() for _ in range(2)]
    for each in waiting:
        each.setblocking(False)
        each.connect_ex(deaf.getsockname())
    return [deaf, *waiting]


def _response(refusal: Refusal) -> Response:
    body = refusal.body.encode()
    headers = Headers({"Content-Length": str(len(body)), "Connection": "close"})
    for name, value in refusal.headers.items():
        headers[name] = value
    try:
        reason = HTTPStatus(refusal.status).phrase
    except ValueError:
        reason = "Unknown"
    return Response(refusal.status, reason, headers, body)
