"""Servers that a user may reach with a wrong address."""

import asyncio
import json
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Final


def _info(**program: object) -> bytes:
    data = {"asr": [{"models": [], "version": "1", **program}]}
    return json.dumps({"type": "info", "data": data}).encode() + b"\n"


OTHER_WYOMING: Final = _info(name="whisper", attribution={"name": "Another project", "url": ""})
"""The info of a Wyoming server that is not a bridge."""

OLDER_BRIDGE: Final = _info(
    name="kitchen", attribution={"name": "Wyoming Bridge", "url": ""}, version="0.1.0"
)
"""The info of a bridge that reports no id."""

TRANSCRIPT: Final = b'{"type": "transcript", "data": {"text": "hello"}}\n'
"""The answer of a bridge to an utterance."""

WEB_PAGE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
"""The response of a web server without websockets."""

OTHER_PROTOCOL: Final = b"SSH-2.0-somebody\r\n"
"""The greeting of an SSH server, which is the first to send."""


class Gate:
    """Holds the connections of a relay back until it is opened."""

    def __init__(self) -> None:
        self._arrived = asyncio.Event()
        self._is_open = asyncio.Event()

    async def arrived(self) -> None:
        """Wait until the first client has connected."""
        await self._arrived.wait()

    def open(self) -> None:
        """Let all clients pass."""
        self._is_open.set()

    async def passed(self) -> None:
        """Wait as a client until the gate is open."""
        self._arrived.set()
        await self._is_open.wait()


class ForeignServers:
    """Starts servers that answer with fixed bytes, and relays."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self, *replies: bytes, closes: bool = False) -> int:
        """Start a server and return its port.

        The server answers the first byte of each client with the next of ``replies``. The last
        reply is used for all further clients. An empty reply keeps the server silent.
        """
        left = list(replies)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open.add(writer)
            with suppress(OSError):
                await reader.read(1)
                writer.write(left.pop(0) if len(left) > 1 else left[0])
                if not closes:
                    await reader.read()
            writer.close()

        return await self._listen(answer)

    async def start_relay(self, host: str, port: int, *, gate: Gate | None = None) -> int:
        """Start a server that forwards everything to ``host``, and return the new server's port.

        Each connection has to pass the ``gate`` first, if there is one.
        """

        async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open.add(writer)
            with suppress(OSError):
                while block := await reader.read(4096):
                    writer.write(block)
            writer.close()

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if gate:
                await gate.passed()
            to_reader, to_writer = await asyncio.open_connection(host, port)
            await asyncio.gather(copy(reader, to_writer), copy(to_reader, writer))

        return await self._listen(forward)

    async def _listen(
        self,
        serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]],
    ) -> int:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def unused_port(self) -> int:
        """Return a port on which no server listens."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return int(free.getsockname()[1])

    async def stop(self) -> None:
        """Stop all servers and connections."""
        for writer in self._open:
            writer.transport.abort()
        for server in self._servers:
            server.close()
            await server.wait_closed()
