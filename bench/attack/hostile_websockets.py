"""A websocket server that can break the rules of the protocol, for attacks on our clients."""

import asyncio
import base64
import hashlib
import re
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

__all__ = ["Behave", "accept", "message", "server"]

_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]
"""A function that plays the server on a connection. The last argument is the head of the request:
its first line and its headers.
"""


def message(content: bytes | str, *, first: int = 0x81, claims: int | None = None) -> bytes:
    """Return a frame as a server sends it.

    ``first`` is the frame's first byte. ``claims`` is a wrong size for its header; None for the
    true size.
    """
    data = content.encode() if isinstance(content, str) else content
    size = len(data) if claims is None else claims
    if size < 126:
        return struct.pack("!BB", first, size) + data
    if size < 1 << 16:
        return struct.pack("!BBH", first, 126, size) + data
    return struct.pack("!BBQ", first, 127, size) + data


async def accept(writer: asyncio.StreamWriter, head: bytes, *headers: bytes) -> None:
    """Accept an upgrade. ``headers`` are added to the answer."""
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
    digest = hashlib.sha1((key[1] if key else b"") + _MAGIC).digest()  # noqa: S324 - RFC 6455
    offered = re.search(rb"(?i)sec-websocket-protocol: *([^\s,]+)", head)
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest),
        *([b"Sec-WebSocket-Protocol: " + offered[1]] if offered else []),
        *headers,
    ]
    writer.write(b"\r\n".join([*lines, b"", b""]))
    await writer.drain()


@asynccontextmanager
async def server(behave: Behave) -> AsyncIterator[int]:
    """Listen on loopback, and yield the port."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            await behave(reader, writer, head)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
