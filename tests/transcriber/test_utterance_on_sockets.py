"""Utterances on real sockets, with each provider and with a service that reads nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection, serve

from emulators import UNCUT
from patience import PATIENCE_S
from sessions import noise
from utterances import SECOND, an_utterance, bounded
from wyoming_bridge.errors import ConnectionLostError
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.session import WebsocketConnector
from wyoming_bridge.testing import ScriptedClient, scripted_words
from wyoming_bridge.transcriber import Limits

pytestmark = pytest.mark.sockets


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=ScriptedEngine(), behaviour=UNCUT)
    await server.start()
    yield server
    await server.stop()


@pytest.mark.parametrize("name", list(ProviderName))
@pytest.mark.parametrize("chunk_ms", [10, 64, 1000])
async def test_on_a_socket_the_result_is_the_spoken_text(
    server: LocalServer, name: ProviderName, chunk_ms: int
) -> None:
    settings = PROVIDERS[name].settings(url=f"{server.url}/{name}")
    pcm = noise(words=20)
    utterance = an_utterance(WebsocketConnector(), client=lambda: new_client(settings))
    async with utterance, bounded():
        for start in range(0, len(pcm), chunk_ms * 32):
            utterance.feed(pcm[start : start + chunk_ms * 32])
        utterance.finish()
        revisions = [revision async for revision in utterance.revisions()]
        result = await utterance.result()
    assert result.text.split() == scripted_words(pcm)
    assert result.complete
    assert len(revisions) <= 21


class SlowServer:
    """A service on a socket that reads nothing until a test allows it."""

    def __init__(self) -> None:
        self.url = ""
        self.reading = asyncio.Event()
        self.taken_bytes = 0

    async def listen(self, connection: ServerConnection) -> None:
        await connection.send("ready:1")
        await self.reading.wait()
        async for message in connection:
            self.taken_bytes += len(message) if isinstance(message, bytes) else 0
            if message == "finish:":
                await connection.send("finished:")


@pytest.fixture
async def slow_server() -> AsyncIterator[SlowServer]:
    slow = SlowServer()
    with socket.create_server(("127.0.0.1", 0)) as narrow:
        # Small buffers in the kernel and in the library, so that the client soon has to wait.
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        slow.url = f"ws://127.0.0.1:{narrow.getsockname()[1]}"
        async with serve(slow.listen, sock=narrow, max_queue=1, close_timeout=0.1):
            yield slow
            slow.reading.set()


MUCH = bytes(400 * SECOND)
"""More audio than fits into the kernel's buffers."""


async def test_on_a_socket_a_slow_service_slows_its_source(slow_server: SlowServer) -> None:
    utterance = an_utterance(
        WebsocketConnector(), client=lambda: ScriptedClient(url=slow_server.url)
    )
    async with utterance, bounded():
        utterance.feed(MUCH)
        assert utterance.congested
        slow_server.reading.set()
        await utterance.drain()
        assert not utterance.congested
        utterance.finish()
        assert (await utterance.result()).complete
    assert slow_server.taken_bytes == len(MUCH)


async def test_on_a_socket_an_utterance_can_be_closed_while_the_service_takes_nothing(
    slow_server: SlowServer,
) -> None:
    utterance = an_utterance(
        WebsocketConnector(),
        client=lambda: ScriptedClient(url=slow_server.url),
        limits=Limits(ready_s=PATIENCE_S, stall_s=0.1),
    )
    async with bounded(), utterance:
        utterance.feed(MUCH)
        await utterance.drain()
        with pytest.raises(ConnectionLostError, match="took no audio"):
            await utterance.result()
