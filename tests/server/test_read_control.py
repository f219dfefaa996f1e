"""When the bridge reads a client's socket. The socket is real, and the test drives the pacer."""

import asyncio
import logging
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from wyoming.audio import AudioChunk, AudioStop
from wyoming.event import Event, write_event

from patience import PATIENCE_S
from wyoming_bridge.server.connection import Connection
from wyoming_bridge.server.large_events import LargeEventTurns
from wyoming_bridge.server.quiet_log import QuietLog
from wyoming_bridge.server.read_pacer import READ_INTERVAL_MS, PacedClient, ReadPacer
from wyoming_bridge.server.wire import WireEvent

A_WHILE_S = 0.05
"""How long a test waits for an event that must not occur."""


def audio(milliseconds: int) -> Event:
    return AudioChunk(rate=16000, width=2, channels=1, audio=bytes(32 * milliseconds)).event()


class ManualPacer(ReadPacer):
    """A pacer that checks and reads when the test calls it."""

    def __init__(self) -> None:
        super().__init__()
        self.clients: list[PacedClient] = []

    def add(self, client: PacedClient) -> None:
        self.clients.append(client)

    def remove(self, client: PacedClient) -> None:
        self.clients = [each for each in self.clients if each is not client]

    def check_all(self) -> None:
        for client in [each for each in self.clients if each.must_be_read()]:
            client.read()

    def read(self) -> None:
        for client in list(self.clients):
            client.read()


class Listening:
    """A handler that counts events, and the client's end of its socket.

    Chunks that were received together are handled as one event, and count as they were sent.
    """

    def __init__(self, *, read_bytes: int) -> None:
        self.read_pacer = ManualPacer()
        self.handled: list[str] = []
        self.wants_audio_now = False
        self.takes_audio = True
        self.is_lost = asyncio.Event()
        self._more = asyncio.Event()
        self._read_bytes = read_bytes
        self._chunk_bytes = 1

    def accepts(self, event: WireEvent) -> bool:
        return self.takes_audio or event.type != "audio-chunk"

    def handle(self, event: WireEvent) -> None:
        chunks = len(event.payload) // self._chunk_bytes
        self.handled += [event.type] * max(1, chunks)
        self._more.set()

    def lost(self) -> None:
        pass

    def connection(self) -> Connection:
        self.server_end = Connection(
            new_handler=lambda _: self,
            on_leaving=lambda _: None,
            on_lost=lambda _: self.is_lost.set(),
            read_into=bytearray(self._read_bytes),
            read_pacer=self.read_pacer,
            large_events=LargeEventTurns(),
            log=QuietLog(logging.getLogger(__name__), lines_per_minute=99),
        )
        return self.server_end

    async def connect(self, port: int) -> None:
        self.reader, self.client = await asyncio.open_connection("127.0.0.1", port)

    async def send(self, *events: Event) -> None:
        """Send events with one system call, so that they arrive together."""
        sent = BytesIO()
        for event in events:
            self._chunk_bytes = len(event.payload or b"") or self._chunk_bytes
            write_event(event, sent)
        self.client.write(sent.getvalue())
        await self.client.drain()

    async def count(self, expected: int) -> int:
        """Wait for the expected number of events and a while longer. Return how many there are."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.handled) < expected:
                self._more.clear()
                await self._more.wait()
        await asyncio.sleep(A_WHILE_S)
        return len(self.handled)


@pytest.fixture
async def listening(request: pytest.FixtureRequest) -> AsyncIterator[Listening]:
    listening = Listening(read_bytes=getattr(request, "param", 65536))
    server = await asyncio.get_running_loop().create_server(listening.connection, "127.0.0.1", 0)
    await listening.connect(server.sockets[0].getsockname()[1])
    yield listening
    listening.client.close()
    listening.read_pacer.read()
    async with asyncio.timeout(PATIENCE_S):
        await listening.is_lost.wait()
    server.close()


async def test_after_a_short_chunk_nothing_is_read_until_the_pacer_reads(listening) -> None:
    await listening.send(audio(10))
    assert await listening.count(1) == 1

    await listening.send(audio(10), audio(10), AudioStop().event())
    assert await listening.count(1) == 1
    listening.read_pacer.read()

    assert await listening.count(4) == 4
    assert listening.handled[-1] == "audio-stop"
    assert not listening.read_pacer.clients


async def test_a_check_does_not_read_more_chunks_of_the_same_size(listening) -> None:
    await listening.send(audio(10))
    assert await listening.count(1) == 1
    listening.read_pacer.check_all()
    await listening.send(audio(10), audio(10))
    await asyncio.sleep(A_WHILE_S)
    listening.read_pacer.check_all()

    assert await listening.count(1) == 1
    listening.read_pacer.read()
    assert await listening.count(3) == 3


@pytest.mark.parametrize("chunks", range(5))
async def test_a_check_finds_the_end_of_an_utterance(chunks: int, listening) -> None:
    await listening.send(audio(10))
    assert await listening.count(1) == 1
    await listening.send(*(audio(10) for _ in range(chunks)), AudioStop().event())
    await asyncio.sleep(A_WHILE_S)
    listening.read_pacer.check_all()

    assert await listening.count(chunks + 2) == chunks + 2
    assert listening.handled[-1] == "audio-stop"
    assert not listening.read_pacer.clients


async def test_a_check_finds_the_beginning_of_a_chunk_and_then_its_end(listening) -> None:
    await listening.send(audio(10))
    assert await listening.count(1) == 1
    listening.client.write(b'{"type": "ping", ')
    await asyncio.sleep(A_WHILE_S)
    listening.read_pacer.check_all()
    listening.client.write(b'"version": "1"}\n')
    await asyncio.sleep(A_WHILE_S)
    listening.read_pacer.check_all()

    assert await listening.count(2) == 2


async def test_after_a_longer_chunk_the_next_is_read_at_once(listening) -> None:
    await listening.send(audio(READ_INTERVAL_MS // 2))
    assert await listening.count(1) == 1
    await listening.send(audio(READ_INTERVAL_MS // 2))

    assert await listening.count(2) == 2
    assert not listening.read_pacer.clients


async def test_a_client_that_paused_is_read_at_once_again(listening) -> None:
    await listening.send(audio(10))
    assert await listening.count(1) == 1
    listening.read_pacer.read()
    assert not listening.read_pacer.clients
    await listening.send(audio(10))

    assert await listening.count(2) == 2


async def test_audio_that_is_wanted_now_is_read_at_once(listening) -> None:
    listening.wants_audio_now = True
    await listening.send(audio(10))
    assert await listening.count(1) == 1
    await listening.send(audio(10))

    assert await listening.count(2) == 2


async def test_a_client_whose_audio_is_wanted_now_is_no_longer_paced(listening) -> None:
    await listening.send(audio(10))
    assert await listening.count(1) == 1
    listening.wants_audio_now = True
    await listening.send(audio(10))
    await asyncio.sleep(A_WHILE_S)
    listening.read_pacer.read()
    assert await listening.count(2) == 2
    await listening.send(audio(10))

    assert await listening.count(3) == 3
    assert not listening.read_pacer.clients


@pytest.mark.parametrize("listening", [512], indirect=True)
async def test_bytes_that_wait_already_are_read_without_the_pacer(listening) -> None:
    await listening.send(*(audio(10) for _ in range(50)))

    # If a read does not fill the buffer, the connection leaves the next read to the pacer.
    assert await listening.count(49) in {49, 50}
    listening.read_pacer.read()
    assert await listening.count(50) == 50


async def test_the_pacer_does_not_read_while_the_handler_takes_no_events(listening) -> None:
    listening.takes_audio = False
    await listening.send(audio(10))
    await asyncio.sleep(A_WHILE_S)
    await listening.send(audio(10), AudioStop().event())
    await asyncio.sleep(A_WHILE_S)
    listening.read_pacer.check_all()
    listening.read_pacer.read()
    assert await listening.count(0) == 0

    listening.takes_audio = True
    listening.server_end.resume()

    assert await listening.count(1) == 1
    listening.read_pacer.read()
    assert await listening.count(3) == 3


async def test_a_client_that_is_refused_while_it_waits_is_read_until_it_leaves(listening) -> None:
    listening.takes_audio = False
    await listening.send(audio(10))
    await asyncio.sleep(A_WHILE_S)
    listening.takes_audio = True
    listening.server_end.resume()
    listening.client.write(b"no event\n")
    await asyncio.sleep(A_WHILE_S)
    listening.read_pacer.check_all()
    async with asyncio.timeout(PATIENCE_S):
        received = await listening.reader.read()  # until the connection ends
        listening.client.write(bytes(16_000_000))  # more than the sockets can buffer
        await listening.client.drain()

    assert b"bad_event" in received
    assert not listening.read_pacer.clients


async def test_a_client_that_leaves_between_two_reads_is_noticed_at_the_next(listening) -> None:
    await listening.send(audio(10))
    assert await listening.count(1) == 1
    listening.client.close()
    await asyncio.sleep(A_WHILE_S)
    listening.read_pacer.read()

    async with asyncio.timeout(PATIENCE_S):
        await listening.is_lost.wait()
