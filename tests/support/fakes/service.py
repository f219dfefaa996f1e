"""What the fakes of all services have in common: a websocket server that can misbehave.

A service's own module has the messages. It derives from ``Session``, which does no I/O.
"""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from .audio import WordReader

__all__ = ["Close", "FakeService", "Faults", "Json", "Outage", "Record", "Refusal", "Session"]

Json = dict[str, object]
"""One message."""

Alter = Callable[[Json], Sequence[object]]
"""Returns the messages to send instead of one: text and bytes unchanged, other values as JSON."""

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing resets the connection."""


class Outage(Enum):
    """How a service is down."""

    REFUSED = "refused"
    """The port refuses connections. Open connections are reset."""
    RESET = "reset"
    """Each connection is reset as soon as it is made. Open connections are reset."""
    BLACK_HOLE = "black hole"
    """Connections succeed, but get no answer. Open connections get no more messages, and are reset
    when the outage ends."""
    UNAVAILABLE = "unavailable"
    """Each upgrade is answered with HTTP 503. Open connections are reset."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An HTTP answer to an upgrade."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class Close:
    """A close frame; with the code None the connection is reset without one."""

    code: int | None = 1000
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Faults:
    """The faults of a connection; none by default."""

    at_connect: Outage | None = None
    refusal: Refusal | None = None
    upgrade_delay_s: float = 0
    first_message_delay_s: float = 0
    final_delay_s: float = 0
    """Delay of each final text and of each answer to a flush or a commit, in seconds."""
    drop_after_ms: int | None = None
    """Audio of this connection after which ``drop`` happens."""
    drop_after_finals: int | None = None
    """Number of final texts after which ``drop`` happens."""
    drop: Close = field(default_factory=lambda: Close(code=None))
    alter: Alter | None = None
    answers_pings: bool = True


@dataclass(kw_only=True)
class Record:
    """The messages and the audio of one connection."""

    path: str
    query: list[tuple[str, str]]
    headers: Headers
    opened_at: float
    """When the connection opened, in the loop's time; the next times are of the same clock."""
    closed_at: float | None = None
    messages: list[Json] = field(default_factory=list)
    """The text messages of the client."""
    sent: list[Json] = field(default_factory=list)
    """The messages of the service, before ``Faults.alter``."""
    audio: bytearray = field(default_factory=bytearray)
    """As 16 kHz mono s16le."""

    @property
    def audio_ms(self) -> int:
        return len(self.audio) // 32


class Session:
    """The server of one session. It does no I/O."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.reader = WordReader()
        self.parameters = dict(record.query)
        self._out: deque[Json | Close] = deque()

    def send(self, message: Json) -> None:
        self._out.append(message)

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        self._out.append(Close(code=code, reason=reason))

    def sendable(self) -> list[Json | Close]:
        """Return what to send now."""
        out, self._out = list(self._out), deque()
        return out

    def is_final(self, message: Json) -> bool:
        """Whether a message is a final text or an answer to a flush or a commit."""
        raise NotImplementedError

    def on_open(self) -> None:
        """Handle the opened websocket."""

    def on_text(self, message: Json) -> None:
        raise NotImplementedError

    def on_binary(self, data: bytes) -> None:
        raise NotImplementedError


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
        self.port = 0
        self._server: Server | None = None
        self._stub: asyncio.Server | None = None
        self._outage: Outage | None = None
        self._is_up = asyncio.Event()
        self._connections: set[ServerConnection] = set()
        self._chosen: dict[ServerConnection, Faults] = {}

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def audio_ms(self) -> int:
        """The audio of all connections."""
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
        if outage is Outage.BLACK_HOLE:
            self._is_up.clear()
            for connection in self._connections:
                connection.transport.pause_reading()
        else:
            self.drop_all()
        if outage is Outage.UNAVAILABLE:
            return
        await self._stop_listening()
        if outage is not Outage.REFUSED:
            loop = asyncio.get_running_loop()
            self._stub = await loop.create_server(
                lambda: _Stub(resets=outage is Outage.RESET), "127.0.0.1", self.port
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
            _reset(connection)

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
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        if self._server:
            self._server.close(close_connections=False)
            self._server = None
        if self._stub:
            self._stub.close()
            self._stub = None

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
                _reset(connection)
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
        line = _Line(self, connection, self._chosen.pop(connection), record)
        try:
            await line.run(self.session(record))
        finally:
            self._connections.discard(connection)
            record.closed_at = loop.time()

    async def up(self) -> None:
        """Wait until a black hole is over."""
        await self._is_up.wait()


class _Line:
    """Moves the messages of one connection."""

    def __init__(
        self, service: FakeService, connection: ServerConnection, faults: Faults, record: Record
    ) -> None:
        self._service = service
        self._connection = connection
        self._faults = faults
        self._record = record
        self._out: asyncio.Queue[tuple[float, Json | Close]] = asyncio.Queue()
        self._finals = 0
        if not faults.answers_pings:
            _stop_pongs(connection)

    async def run(self, session: Session) -> None:
        sender = asyncio.create_task(self._send_all(session), name="fake's sender")
        try:
            with suppress(ConnectionClosed):
                session.on_open()
                self._queue(session, self._faults.first_message_delay_s)
                async for message in self._connection:
                    await self._service.up()
                    self._receive(session, message)
                    self._queue(session)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    def _receive(self, session: Session, message: str | bytes) -> None:
        if isinstance(message, bytes):
            session.on_binary(message)
        else:
            content: Json = json.loads(message)
            self._record.messages.append(content)
            session.on_text(content)
        limit_ms = self._faults.drop_after_ms
        if limit_ms is not None and self._record.audio_ms >= limit_ms:
            self._queue(session)
            self._out.put_nowait((0, self._faults.drop))

    def _queue(self, session: Session, delay_s: float = 0) -> None:
        now = asyncio.get_running_loop().time()
        for message in session.sendable():
            is_late = isinstance(message, dict) and session.is_final(message)
            due = now + delay_s + (self._faults.final_delay_s if is_late else 0)
            self._out.put_nowait((due, message))

    async def _send_all(self, session: Session) -> None:
        loop = asyncio.get_running_loop()
        with suppress(ConnectionClosed):
            while True:
                due, message = await self._out.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._service.up()
                if isinstance(message, Close):
                    await self._close(message)
                    return
                await self._send(message)
                self._finals += session.is_final(message)
                if self._finals == self._faults.drop_after_finals:
                    await self._close(self._faults.drop)
                    return

    async def _send(self, message: Json) -> None:
        self._record.sent.append(message)
        altered = self._faults.alter(message) if self._faults.alter else [message]
        for each in altered:
            if isinstance(each, Close):
                await self._close(each)
                return
            await self._connection.send(
                each if isinstance(each, (str, bytes)) else json.dumps(each)
            )

    async def _close(self, close: Close) -> None:
        if close.code is None:
            _reset(self._connection)
        else:
            await self._connection.close(close.code, close.reason)


class _Stub(asyncio.Protocol):
    """A connection that is reset at once, or never answered."""

    def __init__(self, *, resets: bool) -> None:
        self._resets = resets

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._resets:
            sock: socket.socket = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()


def _reset(connection: ServerConnection) -> None:
    transport = connection.transport
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


def _stop_pongs(connection: ServerConnection) -> None:
    """Stop answering pings."""
    protocol = connection.protocol
    send = protocol.send_frame

    def send_others(frame: Frame) -> None:
        if frame.opcode is not Opcode.PONG:
            send(frame)

    protocol.send_frame = send_others  # type: ignore[method-assign]


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
