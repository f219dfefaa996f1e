"""A server that sends frames without end. The client must not need more and more memory."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.utils import accept_key

from patience import PATIENCE_S
from transports import StartWebsocketServer, open_at, serving_clients
from wyoming_bridge.session import Transport, TransportClosed

PINGS = 20_000

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def frame(first: int, content: bytes = b"") -> bytes:
    """Return a short frame of a server. ``first`` is its first byte."""
    return struct.pack("!BB", first, len(content)) + content


TEXT, PING = 0x81, 0x89
BEGIN, CONTINUE, END = 0x01, 0x00, 0x80


@asynccontextmanager
async def opened_to(play: Play) -> AsyncIterator[Transport]:
    """Open a transport to a server that accepts the upgrade and then calls ``play``."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            key = head.partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]
            writer.write(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode()
            )
            await play(reader, writer)
        writer.close()

    async with serving_clients(serve) as place:
        transport = await open_at(f"ws://{place}")
        try:
            async with asyncio.timeout(PATIENCE_S):
                yield transport
        finally:
            await transport.close()


async def test_pings_of_a_server_that_does_not_read_are_not_all_answered() -> None:
    pongs: list[bytes] = []
    reads = asyncio.Event()
    last = PINGS - 1

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(PINGS):
            writer.write(frame(PING, b"%05d" % number + bytes(100)))
            await writer.drain()
        writer.write(frame(TEXT, b"all sent"))
        await reads.wait()
        while not pongs or pongs[-1] != b"%05d" % last:
            head = await reader.readexactly(6)
            content = await reader.readexactly(head[1] & 0x7F)
            pongs.append(bytes(a ^ b for a, b in zip(content[:5], head[2:6] * 2, strict=False)))

    async with opened_to(play) as transport:
        assert await transport.receive() == "all sent"
        reads.set()
        with pytest.raises(TransportClosed):  # after the server got the answer to its last ping
            await transport.receive()

    assert len(pongs) < PINGS // 2


async def test_each_ping_of_a_server_that_waits_is_answered(
    websocket_server: StartWebsocketServer,
) -> None:
    async def ping(connection: ServerConnection) -> None:
        for _ in range(3):
            await (await connection.ping())
        await connection.send("answered")

    transport = await open_at(await websocket_server(ping))
    assert await transport.receive() == "answered"
    await transport.close()


async def test_a_message_of_empty_fragments_is_too_big() -> None:
    async def play(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(BEGIN, b" "))
        for _ in range(50):
            writer.write(frame(CONTINUE) * 1000)
            await writer.drain()
        writer.write(frame(END))

    async with opened_to(play) as transport:
        with pytest.raises(TransportClosed, match="a message was too big"):
            await transport.receive()


async def test_a_message_may_have_fragments_and_so_may_the_next_ones() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            writer.write(frame(BEGIN, b"a") + frame(CONTINUE, b"b") * 2000 + frame(END, b"c"))
        await reader.read(1)

    async with opened_to(play) as transport:
        for _ in range(3):
            assert await transport.receive() == "a" + "b" * 2000 + "c"
