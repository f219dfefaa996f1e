"""When a client's socket is read on, on a real socket and a beat that the test strikes."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from wyoming.audio import AudioChunk, AudioStop
from wyoming.event import Event, async_write_event

from patience import PATIENCE_S
from virtual_time import in_virtual_time
from wyoming_bridge.server.connection import Connection
from wyoming_bridge.server.read_pacer import READ_INTERVAL_MS, ReadPacer
from wyoming_bridge.server.wire import WireEvent

A_WHILE_S = 0.05
"""For what must not happen."""


def audio(milliseconds: int) -> Event:
    return AudioChunk(rate=16000, width=2, channels=1, audio=bytes(32 * milliseconds)).event()


class HeldBeat(ReadPacer):
    """Strikes when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Callable[[], None]] = []

    def call_next(self, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def strike(self) -> None:
        for call in self.calls:
            call()
        self.calls.clear()


class Listening:
    """A handler that counts, and the client's end of its socket."""

    def __init__(self, *, read_bytes: int) -> None:
        self.read_pacer = HeldBeat()
        self.handled: list[str] = []
        self.wants_audio_now = False
        self.takes_audio = True
        self.is_lost = asyncio.Event()
        self._more = asyncio.Event()
        self._read_bytes = read_bytes

    def accepts(self, event: WireEvent) -> bool:
        return self.takes_audio or event.type != "audio-chunk"

    def handle(self, event: WireEvent) -> None:
        self.handled.append(event.type)
        self._more.set()

    def lost(self) -> None:
        pass

    def connection(self) -> Connection:
        self.server_end = Connection(
            new_handler=lambda _: self,
            on_lost=lambda _: self.is_lost.set(),
            read_into=memoryview(bytearray(self._read_bytes)),
            read_pacer=self.read_pacer,
        )
        return self.server_end

    async def connect(self, port: int) -> None:
        self.reader, self.client = await asyncio.open_connection("127.0.0.1", port)

    async def send(self, *events: Event) -> None:
        for event in events:
            await async_write_event(event, self.client)

    async def count(self, expected: int) -> int:
        """How many events were handled, once there are so many, and a while after that."""
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
    listening.read_pacer.strike()
    async with asyncio.timeout(PATIENCE_S):
        await listening.is_lost.wait()
    server.close()


async def test_behind_a_small_piece_of_audio_nothing_is_read_until_the_beat(listening) -> None:
    await listening.send(audio(10))
    assert await listening.count(1) == 1

    await listening.send(audio(10), audio(10), AudioStop().event())
    assert await listening.count(1) == 1
    listening.read_pacer.strike()

    assert await listening.count(4) == 4
    assert listening.handled[-1] == "audio-stop"
    assert not listening.read_pacer.calls


async def test_behind_a_larger_piece_the_next_is_read_as_it_comes(listening) -> None:
    await listening.send(audio(READ_INTERVAL_MS))
    assert await listening.count(1) == 1
    await listening.send(audio(READ_INTERVAL_MS))

    assert await listening.count(2) == 2
    assert not listening.read_pacer.calls


async def test_what_is_urgent_is_read_as_it_comes(listening) -> None:
    listening.wants_audio_now = True
    await listening.send(audio(10))
    assert await listening.count(1) == 1
    await listening.send(audio(10))

    assert await listening.count(2) == 2


@pytest.mark.parametrize("listening", [512], indirect=True)
async def test_what_waits_already_is_read_without_a_beat(listening) -> None:
    await listening.send(*(audio(10) for _ in range(50)))

    # The last read may be of less than the place has: there a beat is awaited, once.
    assert await listening.count(49) in {49, 50}
    listening.read_pacer.strike()
    assert await listening.count(50) == 50


async def test_a_beat_does_not_read_on_what_the_handler_cannot_take(listening) -> None:
    listening.takes_audio = False
    await listening.send(audio(10))
    await listening.send(audio(10))
    await asyncio.sleep(A_WHILE_S)
    listening.read_pacer.strike()
    assert await listening.count(0) == 0

    listening.takes_audio = True
    listening.server_end.resume()

    assert await listening.count(1) >= 1
    listening.read_pacer.strike()
    assert await listening.count(2) == 2


async def test_a_client_that_is_refused_while_it_waits_is_read_on(listening) -> None:
    listening.takes_audio = False
    await listening.send(audio(10))
    listening.client.write(b"no event\n")
    async with asyncio.timeout(PATIENCE_S):
        said = await listening.reader.read()  # to its end
        listening.client.write(bytes(16_000_000))  # more than there is room for on the way
        await listening.client.drain()

    assert b"bad_event" in said


async def test_a_client_that_goes_between_two_beats_is_noticed_at_the_next(listening) -> None:
    await listening.send(audio(10))
    assert await listening.count(1) == 1
    listening.client.close()
    listening.read_pacer.strike()

    async with asyncio.timeout(PATIENCE_S):
        await listening.is_lost.wait()


@in_virtual_time
async def test_a_beat_is_for_all_who_await_it_and_for_each_once() -> None:
    read_pacer = ReadPacer()
    loop = asyncio.get_running_loop()
    called: list[tuple[str, float]] = []

    def await_beat(name: str) -> None:
        begin = loop.time()
        read_pacer.call_next(lambda: called.append((name, round(1000 * (loop.time() - begin)))))

    await_beat("kitchen")
    await asyncio.sleep(0.01)
    await_beat("hall")
    await asyncio.sleep(1)
    await_beat("kitchen")
    await asyncio.sleep(1)

    assert called == [
        ("kitchen", READ_INTERVAL_MS),
        ("hall", READ_INTERVAL_MS - 10),
        ("kitchen", READ_INTERVAL_MS),
    ]


@in_virtual_time
async def test_others_have_their_turn_within_a_beat() -> None:
    read_pacer = ReadPacer()
    turns: list[str] = []

    def answer() -> None:
        turns.append("answer")

    def read() -> None:
        turns.append("read")
        asyncio.get_running_loop().call_soon(answer)

    for _ in range(3):
        read_pacer.call_next(read)
    await asyncio.sleep(1)

    assert turns == ["read", "answer"] * 3
