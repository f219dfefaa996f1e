"""Sessions of the local server that take a place without using it."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from callers import Service
from patience import PATIENCE_S
from serving import Serve
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.local.audio_timeout import AudioTimeout
from wyoming_bridge.local.engines.scripted import ScriptedEngine

SECOND = PCM_16K_MONO.bytes_of(1000)


class Session:
    """A session that waits for its client, takes audio, and sends finals.

    Time passes only in these three methods.
    """

    def __init__(self, timeout_s: float = 60) -> None:
        self.now = 1000.0
        self.timeout = AudioTimeout(timeout_s, now=self.now)

    def wait(self, seconds: float) -> bool:
        """Wait for the client; return whether the session is over."""
        self.now += seconds
        return self.timeout.left_s(now=self.now) == 0

    def take(self, size: int) -> None:
        """Take audio, for which the engine needs ten minutes."""
        self.timeout.pause(now=self.now)
        self.now += 600
        self.timeout.receive(now=self.now)
        self.timeout.feed(size)
        self.timeout.resume(now=self.now)

    def send_final(self, text: str) -> None:
        self.timeout.report_final(text, now=self.now)


def test_a_session_without_audio_ends_after_the_timeout() -> None:
    session = Session()

    assert not session.wait(59)
    assert session.wait(1)


@pytest.mark.parametrize("every_s", [1, 10, 59])
def test_a_sample_now_and_then_does_not_keep_a_session(every_s: float) -> None:
    session = Session()
    waited_s = 0.0
    for _ in range(round(61 / every_s) + 1):
        session.take(2)
        waited_s += every_s
        if session.wait(every_s):
            break

    assert waited_s - every_s <= 60.1


@pytest.mark.parametrize(("piece_s", "every_s"), [(1, 1), (0.1, 0.1), (50, 50), (3, 1), (1, 1.01)])
def test_audio_at_the_pace_of_speech_keeps_a_session(piece_s: float, every_s: float) -> None:
    session = Session()
    for _ in range(1000):
        session.take(round(piece_s * SECOND))
        assert not session.wait(every_s)


def test_commands_with_pauses_between_them_keep_a_session() -> None:
    session = Session()
    for _ in range(100):
        session.take(2 * SECOND)
        assert not session.wait(30)
        session.send_final("turn on the light")
        assert not session.wait(59)


def test_finals_without_text_do_not_keep_a_session() -> None:
    session = Session()
    session.take(2)
    for _ in range(2):
        assert not session.wait(29)
        session.take(2)
        session.send_final("")

    assert session.wait(29)


def test_bytes_of_a_file_that_contain_no_audio_do_not_keep_a_session() -> None:
    session = Session()
    session.take(0)
    assert not session.wait(59)
    session.take(0)

    assert session.wait(1)


def test_audio_that_was_sent_ahead_does_not_extend_the_silence_after_it() -> None:
    session = Session()
    session.take(600 * SECOND)

    assert not session.wait(59)
    assert session.wait(1)


def test_a_second_pause_does_not_shorten_the_first_one() -> None:
    timeout = AudioTimeout(60, now=0)
    timeout.pause(now=10)
    timeout.pause(now=40)
    timeout.resume(now=100)

    assert timeout.left_s(now=100) == 50


def test_without_a_timeout_a_session_does_not_end() -> None:
    session = Session(0)
    session.take(2)

    assert not session.wait(1e9)


async def send_until_closed(socket: ClientConnection, message: bytes | str, every_s: float) -> None:
    async with asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionClosed):
            while True:
                await socket.send(message)
                await asyncio.sleep(every_s)


async def test_clients_that_send_a_sample_now_and_then_lose_their_voices(
    serve: Serve, service: Service
) -> None:
    server = await serve(engine=ScriptedEngine(max_voices=2), audio_timeout_s=0.5)
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(connect(server.url + service.path)) for _ in range(2)
        ]
        for socket in sockets:
            for message in service.begin:
                await socket.send(message)
        await asyncio.gather(
            *(send_until_closed(each, service.wrap(bytes(2)), 0.1) for each in sockets)
        )


async def test_a_flood_of_messages_without_audio_does_not_keep_a_session(
    serve: Serve, service: Service
) -> None:
    server = await serve(engine=ScriptedEngine(), audio_timeout_s=0.5)
    async with connect(server.url + service.path) as socket:
        for message in service.begin:
            await socket.send(message)
        await send_until_closed(socket, service.wrap(b""), 0)
