"""A web server on loopback that attacks the programs that fetch from it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import quote

from .campaign import BrokenError
from .scene import Scene
from .web import Socket

__all__ = ["PRIVATE", "streamed", "web_server"]

PRIVATE: Final = "allow_private_addresses: true\nstream_pace: fast\n"
"""The hostile media server is on loopback, so the local server must allow private addresses."""


@asynccontextmanager
async def web_server(
    answer: Callable[[bytes, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Serve HTTP on loopback; yield the port and the heads of all requests so far.

    ``answer`` gets the target of a request, and writes any bytes.
    """
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            asked.append(head)
            await answer(head.split(b" ")[1], writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server_v6 = await asyncio.start_server(serve, "::1", port)
    try:
        yield port, asked
    finally:
        server.close()
        server_v6.close()


async def streamed(scene: Scene, url: str, *, within_s: float = 20.0) -> bytes:
    """Let the local server transcribe an address, and return all that it sends until the end."""
    target = f"/scriptix/v2/client/x?language=en&url={quote(url, safe='')}"
    async with await Socket.open(scene.server.port, target) as each:
        await each.send([b'{"action": "start"}'], text=True)
        try:
            return await each.rest(within_s=within_s)
        except TimeoutError:
            raise BrokenError(f"the stream of {url[:60]} has no end") from None
