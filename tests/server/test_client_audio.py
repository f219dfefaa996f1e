"""The audio of one client on its way to the utterance, which is a double."""

import asyncio
from collections.abc import Coroutine

import pytest

from patience import PATIENCE_S
from virtual_time import VirtualTimeLoop, in_virtual_time
from wyoming_bridge.errors import AudioFormatError, WireError
from wyoming_bridge.server.client_audio import ClientAudio
from wyoming_bridge.server.wire import WireEvent

MONO = {"rate": 16000, "width": 2, "channels": 1}


def chunk(payload: bytes = b"ab", *, data: dict[str, int] = MONO) -> WireEvent:
    return WireEvent("audio-chunk", data, payload)


class Listener:
    """An utterance that keeps its audio, and whose service is slow if the test says so."""

    def __init__(self) -> None:
        self.audio = b""
        self.congested = False
        self.drains = 0
        self.takes_audio = True
        self.room = asyncio.Event()

    def feed(self, audio: bytes) -> None:
        self.audio += audio

    async def drain(self) -> None:
        self.drains += 1
        await self.room.wait()


class Client:
    """The audio of a client, and what was reported about it."""

    def __init__(self) -> None:
        self.missing = asyncio.Event()
        self.late: list[str] = []
        self.ready = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self.audio = ClientAudio(
            on_missing=self.missing.set,
            on_late=self.late.append,
            on_ready=self.ready.set,
            start_task=self._start,
        )

    def listen(self) -> Listener:
        listener = Listener()
        source = self.audio.format_of(chunk())
        self.audio.listen(listener, source, audio_timeout_s=10.0)
        return listener

    def _start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        self.tasks.append(asyncio.create_task(work, name=name))
        return self.tasks[-1]


@pytest.fixture
async def client() -> Client:
    return Client()


async def test_the_utterance_gets_the_audio(client: Client) -> None:
    listener = client.listen()

    client.audio.feed(chunk(b"ab"))
    client.audio.feed(chunk(b""))
    client.audio.feed(chunk(b"cd", data=dict(MONO)))
    client.audio.end()

    assert listener.audio == b"abcd"


async def test_the_format_must_not_change_within_an_utterance(client: Client) -> None:
    listener = client.listen()
    stereo = MONO | {"channels": 2}

    with pytest.raises(AudioFormatError, match="must not change"):
        client.audio.feed(chunk(data=stereo))
    with pytest.raises(WireError, match="whole numbers"):
        client.audio.feed(chunk(data={}))
    client.audio.forget()

    assert listener.audio == b""
    assert client.audio.format_of(chunk(data=stereo)).channels == 2


@in_virtual_time
async def test_after_the_process_was_stopped_the_first_audio_has_time_to_arrive() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    client = Client()
    client.audio.begin(audio_timeout_s=10.0)
    loop.stand_still(12)
    await asyncio.sleep(0.01)
    client.listen()
    await asyncio.sleep(20)
    client.audio.end()

    assert not client.missing.is_set()


async def test_an_utterance_without_audio_is_reported(client: Client) -> None:
    client.audio.begin(audio_timeout_s=0.01)

    async with asyncio.timeout(PATIENCE_S):
        await client.missing.wait()


async def test_beginning_again_does_not_extend_the_wait_for_audio(client: Client) -> None:
    client.audio.begin(audio_timeout_s=0.01)
    client.audio.begin(audio_timeout_s=99.0)

    async with asyncio.timeout(PATIENCE_S):
        await client.missing.wait()


async def test_audio_ends_the_wait_for_it(client: Client) -> None:
    client.audio.begin(audio_timeout_s=0.01)
    client.listen()
    await asyncio.sleep(0.05)

    assert not client.missing.is_set()
    client.audio.end()


async def test_how_late_the_audio_is_counts_from_the_beginning(client: Client) -> None:
    now = asyncio.get_running_loop().time()
    client.audio.begin(audio_timeout_s=99.0)
    assert client.audio.behind_s(now=now + 5.0) == pytest.approx(5.0, abs=0.5)

    client.listen()
    client.audio.feed(chunk(bytes(4 * 32000)))

    assert client.audio.behind_s(now=now + 5.0) == pytest.approx(1.0, abs=0.5)
    client.audio.end()


async def test_a_client_waits_for_a_slow_service_with_one_task(client: Client) -> None:
    listener = client.listen()
    assert not client.audio.must_drain()
    listener.congested = True
    assert client.audio.must_drain()
    assert client.audio.must_drain()
    await asyncio.sleep(0)
    assert (listener.drains, client.ready.is_set()) == (1, False)

    listener.congested = False
    listener.room.set()
    async with asyncio.timeout(PATIENCE_S):
        await client.ready.wait()

    assert not client.audio.must_drain()
    assert len(client.tasks) == 1
    client.audio.end()


async def test_a_forgotten_utterance_gets_no_audio(client: Client) -> None:
    listener = client.listen()
    client.audio.forget()
    client.audio.feed(chunk())

    assert listener.audio == b""
    assert client.audio.utterance is None


@in_virtual_time
async def test_audio_is_late_only_if_the_utterance_still_takes_it() -> None:
    client, other = Client(), Client()
    client.listen()
    other.listen().takes_audio = False
    await asyncio.sleep(60)

    assert (len(client.late), other.late) == (1, [])
