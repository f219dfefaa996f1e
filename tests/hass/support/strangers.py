"""What answers at an address that somebody mistyped."""

import asyncio
import json
import socket
from contextlib import suppress
from typing import Final


def _info(**program: object) -> bytes:
    data = {"asr": [{"models": [], "version": "1", **program}]}
    return json.dumps({"type": "info", "data": data}).encode() + b"\n"


OTHER_WYOMING: Final = _info(name="whisper", attribution={"name": "Somebody else", "url": ""})
"""A Wyoming server that is no bridge."""

WEB_PAGE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
"""A web server that knows no websockets."""

OTHER_PROTOCOL: Final = b"SSH-2.0-somebody\r\n"
"""What speaks first, and something else."""


class Strangers:
    """Servers that say one thing to everybody, and never look at what they are told."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()

    async def who_says(self, said: bytes) -> int:
        """The port of one; with nothing to say it is silent for ever."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open.add(writer)
            with suppress(OSError):
                await reader.read(1)
                writer.write(said)
                await reader.read()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def nobody(self) -> int:
        """A port at which nobody listens."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return int(free.getsockname()[1])

    async def stop(self) -> None:
        """Go, whoever is still there."""
        for writer in self._open:
            writer.transport.abort()
        for server in self._servers:
            server.close()
            await server.wait_closed()
