"""Servers for tests of the websocket transport, and helpers that open a transport."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.server import ServerConnection
from websockets.utils import accept_key

from patience import PATIENCE_S
from wyoming_bridge.providers.contract import ConnectRequest
from wyoming_bridge.session import Transport, WebsocketConnector

TOKEN = "s3cr3t-t0k3n"


def request(url: str, **headers: str) -> ConnectRequest:
    return ConnectRequest(url=url, shown_url=url, headers=headers)


async def open_at(url: str, **headers: str) -> Transport:
    return await WebsocketConnector().open(request(url, **headers), provider="test")


@asynccontextmanager
async def serving_clients(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[object, object, None]],
) -> AsyncIterator[str]:
    """Serve clients on a free port, and yield ``host:port``. At the end, wait for the clients.

    On Python 3.11, the servers of asyncio do not wait.
    """
    clients: list[asyncio.Task[None]] = []

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients.append(asyncio.create_task(serve(reader, writer)))

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield "{}:{}".format(*server.sockets[0].getsockname())
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*clients)


class RawServer:
    """A TCP server on a free port that sends only the answer that a test sets."""

    def __init__(self) -> None:
        self.answer: bytes | None = None
        """The answer to every request; None for no answer."""
        self.heads: list[str] = []
        """The request line and headers of each request."""
        self.asked = asyncio.Event()
        self.reading = asyncio.Event()
        """While cleared, the server reads nothing after the request."""
        self.reading.set()
        self.got_data = asyncio.Event()
        """Set when the server has read data after the request."""
        self.left = asyncio.Event()
        """Set when a client has disconnected."""
        self.port = 0
        self._upgrades = False
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def answer_http(self, status: str, *headers: str, body: str = "") -> None:
        lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", body)
        self.answer = "\r\n".join(lines).encode()

    def answer_upgrade_only(self) -> None:
        """Open the websocket, and then send nothing, not even a close frame."""
        self._upgrades = True

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(asyncio.create_task(self._serve(reader, writer)))

    async def stop(self) -> None:
        """Wait until all clients have disconnected."""
        self.reading.set()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            self.asked.set()
            if self._upgrades:
                writer.write(_upgrade(self.heads[-1]))
            elif self.answer is not None:
                writer.write(self.answer)
                if writer.can_write_eof():  # false for TLS
                    writer.write_eof()
            await self.reading.wait()
            while await reader.read(1 << 16):
                self.got_data.set()
        self.left.set()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class Refusing(asyncio.Protocol):
    """A server that refuses at once, with TLS in the same packet as the end of the handshake.

    With TLS, that needs a version below 1.3, in which the server ends the handshake.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy")


def _upgrade(head: str) -> bytes:
    key = next(
        line.partition(": ")[2]
        for line in head.splitlines()
        if line.lower().startswith("sec-websocket-key")
    )
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
    ).encode()


QUIET = logging.getLogger("tests.websockets")
QUIET.setLevel(logging.CRITICAL)
"""A logger for the tests' websocket servers, which would otherwise log tokens at debug level."""

Handle = Callable[[ServerConnection], Awaitable[None]]
StartWebsocketServer = Callable[[Handle], Awaitable[str]]


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)
