"""Fixtures for the tests of several folders."""

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event

import debug_stacks
from examples import load_profile
from patience import PATIENCE_S
from ports import free_port
from recorded import recorded
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Address, Config

load_profile()

# In debug mode, asyncio logs each slow step. On a busy machine, every step can be slow.
logging.getLogger("asyncio").addFilter(lambda record: not record.msg.startswith("Executing"))
debug_stacks.shorten()

ANSWERS = {"transcript", "error"}
PARTIALS = {"wyoming_bridge": {"partials": True}}


@dataclass
class ReceivedEvents:
    """The events that answer an utterance, and how many bytes of audio were sent before each."""

    events: list[Event] = field(default_factory=list)
    sent_bytes: list[int] = field(default_factory=list)

    @property
    def answer(self) -> Event:
        return self.events[-1]

    def of_type(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.type == kind]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests that use multicast in one worker.

    Tests that run at the same time would find each other's bridges.
    """
    for item in items:
        if item.get_closest_marker("multicast"):
            item.add_marker(pytest.mark.xdist_group("multicast"))


Speak = Callable[..., Awaitable[ReceivedEvents]]
StartBridge = Callable[[Config], Awaitable[tuple[str, int]]]


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let bridges without a configured state folder use a temporary one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def sample() -> Callable[[str], bytes]:
    """Return a function that returns recorded speech as 16 kHz mono s16le."""
    return recorded


@pytest.fixture
async def start_bridge() -> AsyncIterator[StartBridge]:
    """Return a function that starts a bridge, which is stopped after the test."""
    apps: list[BridgeApp] = []

    async def start(config: Config) -> tuple[str, int]:
        app = BridgeApp(config)
        apps.append(app)
        (uri, _), *_ = await app.start()
        address = Address.parse(uri, key="uri")
        return address.host, address.port

    yield start
    for app in apps:
        await app.stop()


@pytest.fixture
def speak() -> Speak:
    """Return a function that sends an utterance to a bridge, and returns the received events.

    The function uses the Wyoming library's own client.
    """

    async def run(
        place: tuple[str, int],
        pcm: bytes,
        *,
        transcribe: Transcribe | None = None,
        chunk_ms: int = 64,
        realtime: bool = False,
    ) -> ReceivedEvents:
        received = ReceivedEvents()
        sent = 0
        size = 32 * chunk_ms
        async with AsyncTcpClient(*place, read_timeout=PATIENCE_S) as client:

            async def listen() -> None:
                while not received.events or received.answer.type not in ANSWERS:
                    event = await client.read_event()
                    assert event is not None, "the bridge closed the connection"
                    received.events.append(event)
                    received.sent_bytes.append(sent)

            listener = asyncio.create_task(listen(), name="listen")
            request = transcribe or Transcribe(context=PARTIALS)
            await client.write_event(request.event())
            await client.write_event(AudioStart(rate=16000, width=2, channels=1).event())
            began = asyncio.get_running_loop().time()
            for start in range(0, len(pcm), size):
                audio = pcm[start : start + size]
                chunk = AudioChunk(rate=16000, width=2, channels=1, audio=audio)
                await client.write_event(chunk.event())
                sent = start + len(audio)
                due = began + sent / 32000 if realtime else 0
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await client.write_event(AudioStop().event())
            await asyncio.wait_for(listener, PATIENCE_S)
        return received

    return run


class WyomingClient:
    """The Wyoming library's client, with more methods for tests."""

    def __init__(self, client: AsyncTcpClient) -> None:
        self.raw = client

    async def say(self, pcm: bytes, *, stop: bool = True, name: str | None = None) -> None:
        await self.raw.write_event(Transcribe(language="en", name=name).event())
        await self.say_only(pcm)
        if stop:
            await self.raw.write_event(AudioStop().event())

    async def say_only(self, pcm: bytes) -> None:
        await self.raw.write_event(AudioStart(rate=16000, width=2, channels=1).event())
        for start in range(0, len(pcm), 2048):
            await self.chunk(pcm[start : start + 2048])

    async def chunk(self, pcm: bytes) -> None:
        event = AudioChunk(rate=16000, width=2, channels=1, audio=pcm).event()
        await self.raw.write_event(event)

    async def write(self, kind: str, **data: object) -> None:
        await self.raw.write_event(Event(type=kind, data=data))

    async def read(self, kind: str) -> Event:
        while True:
            event = await self.raw.read_event()
            assert event is not None, "the bridge closed the connection"
            if event.type == kind:
                return event

    def half_close(self) -> None:
        """End the sending direction of the connection. The client can still read."""
        self._writer.write_eof()

    def reset(self) -> None:
        """Reset the connection, as the system does for a process that was killed."""
        now = struct.pack("ii", 1, 0)
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        self._writer.transport.abort()

    def write_bytes(self, sent: bytes) -> None:
        """Send bytes that the library itself would not send."""
        self._writer.write(sent)

    @property
    def _writer(self) -> asyncio.StreamWriter:
        writer = self.raw._writer  # noqa: SLF001 - the library sends only valid events
        assert writer is not None
        return writer

    async def answer(self) -> Event:
        while True:
            event = await self.raw.read_event()
            assert event is not None, "the bridge closed the connection"
            if event.type in ANSWERS:
                return event


@pytest.fixture
def wyoming_client() -> Callable[[str, int], AbstractAsyncContextManager[WyomingClient]]:
    """Return a function that connects to a bridge."""

    @asynccontextmanager
    async def connect(host: str, port: int) -> AsyncIterator[WyomingClient]:
        async with AsyncTcpClient(host, port, read_timeout=PATIENCE_S) as client:
            yield WyomingClient(client)

    return connect


@pytest.fixture(name="free_port")
def a_free_port() -> int:
    """A port at which no server listens."""
    return free_port()
