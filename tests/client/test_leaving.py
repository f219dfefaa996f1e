"""A client that disconnects from a bridge that no longer reads, and a bridge that hangs up."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from wyoming.ping import Ping

from patience import PATIENCE_S
from wyoming_bridge import AudioFormat, Encoding, transcribe
from wyoming_bridge.client.connection import BridgeConnection

MONO = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
MORE_THAN_ANY_BUFFER_HOLDS = bytes(1 << 26)


async def test_a_client_can_leave_a_bridge_that_no_longer_reads() -> None:
    connected, speaking, over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def take_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await over.wait()
        writer.transport.abort()

    async def microphone() -> AsyncIterator[bytes]:
        speaking.set()
        yield MORE_THAN_ANY_BUFFER_HOLDS

    server = await asyncio.start_server(take_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    updates = transcribe(microphone(), source=MONO, host="127.0.0.1", port=port)
    listening = asyncio.create_task(anext(updates))
    await asyncio.gather(connected.wait(), speaking.wait())
    listening.cancel()
    left, _ = await asyncio.wait({listening}, timeout=PATIENCE_S)
    over.set()
    await asyncio.gather(listening, return_exceptions=True)
    server.close()
    await server.wait_closed()

    assert left == {listening}
    assert listening.cancelled()


async def test_nothing_is_written_to_a_connection_that_broke(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection = BridgeConnection(reader, writer, uri=f"tcp://127.0.0.1:{port}")
    assert await connection.read() is None
    for _ in range(100):
        await connection.write(Ping().event())
    await connection.close()
    server.close()
    await server.wait_closed()

    assert "socket.send() raised exception" not in caplog.text
