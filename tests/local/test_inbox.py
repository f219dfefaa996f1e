"""Clients that send faster than the engine decodes, disconnect, or send no audio."""

import asyncio
import base64
import json
import socket
import struct

import pytest
from aiohttp import WSMsgType
from websockets.asyncio.client import ClientConnection, connect

from callers import SERVICES, Service, rest
from patience import PATIENCE_S
from serving import Serve
from stuck_engine import StuckEngine
from tcp import Tcp
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.local.inbox import Inbox, InboxMemory

SECOND = bytes([5, 1]) * 16000
MINUTE = SECOND * 60


async def begin(socket: ClientConnection, service: Service, audio: bytes) -> None:
    for message in service.begin:
        await socket.send(message)
    for start in range(0, len(audio), 32_000):
        await socket.send(service.wrap(audio[start : start + 32_000]))


async def test_a_ping_after_a_minute_of_audio_is_answered_before_the_engine_has_caught_up(
    serve: Serve, service: Service
) -> None:
    engine = StuckEngine()
    server = await serve(engine=engine)
    async with connect(server.url + service.path) as socket:
        await begin(socket, service, MINUTE)
        async with asyncio.timeout(PATIENCE_S):
            await (await socket.ping())
        engine.released.set()
        await socket.send(service.flush)
        async with asyncio.timeout(PATIENCE_S):
            while scripted_words(SECOND)[0] not in str(await socket.recv()):
                pass


async def test_the_voice_starts_with_the_first_audio(serve: Serve, service: Service) -> None:
    engine = StuckEngine()
    engine.released.set()
    server = await serve(engine=engine)
    async with connect(server.url + service.path) as socket:
        for message in service.begin:
            await socket.send(message)
        await (await socket.ping())
        before = engine.opened
        await begin(socket, service, SECOND)
        await socket.send(service.flush)
        async with asyncio.timeout(PATIENCE_S):
            while scripted_words(SECOND)[0] not in str(await socket.recv()):
                pass

    assert (before, engine.opened) == (0, 1)


async def test_a_flush_without_audio_is_answered_without_a_voice(serve: Serve) -> None:
    engine = StuckEngine()
    server = await serve(engine=engine)
    async with connect(server.url + SERVICES["reson8"].path) as socket:
        await socket.send(SERVICES["reson8"].flush)
        async with asyncio.timeout(PATIENCE_S):
            said = json.loads(await socket.recv())

    assert said == {"type": "flush_confirmation", "id": "1"}
    assert engine.opened == 0


async def test_a_busy_engine_refuses_the_session(
    serve: Serve, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(engine=StuckEngine(max_voices=0))
    async with connect(server.url + service.path) as socket:
        await begin(socket, service, SECOND)
        *_, said = await rest(socket)

    assert "max 0 concurrent voices reached" in said
    assert [record for record in caplog.records if record.levelno >= 30] == []


ENDS = {
    "elevenlabs": (1000, ""),
    "reson8": (1000, '{"type":"error","code":"REQUEST_TIMEOUT","message":"no audio for 0.1 s"}'),
    "scriptix": (1000, '{"error":"Connection Timeout: no audio for 0.1 seconds"}'),
}


@pytest.mark.parametrize("name", ENDS)
async def test_a_session_without_audio_ends_in_the_services_own_way(
    name: str, serve: Serve
) -> None:
    service = SERVICES[name]
    server = await serve(engine=StuckEngine(), audio_timeout_s=0.1)
    async with connect(server.url + service.path) as socket:
        for message in service.begin:
            await socket.send(message)
        said = [
            each for each in await rest(socket) if (service.greeting or "no greeting") not in each
        ]
        code = socket.close_code

    assert (code, "".join(said)) == ENDS[name]


async def test_waiting_for_a_slow_engine_is_not_idle(serve: Serve, service: Service) -> None:
    engine = StuckEngine()
    # On a busy machine, a second can pass before the server has the audio of the first session.
    server = await serve(engine=engine, audio_timeout_s=2.0)
    async with connect(server.url + service.path) as socket:
        await begin(socket, service, SECOND)
        await socket.send(service.flush)
        async with connect(server.url + service.path) as other:  # this session times out meanwhile
            for message in service.begin:
                await other.send(message)
            await rest(other)
        engine.released.set()
        said = await rest(socket)

    assert any(scripted_words(SECOND)[0] in message for message in said)


@pytest.mark.parametrize("pings", [1, 200])
async def test_a_client_that_disconnects_after_pings_causes_no_traceback(
    pings: int, serve: Serve, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    engine = StuckEngine()
    server = await serve(engine=engine)
    socket_ = await connect(server.url + service.path)
    await begin(socket_, service, SECOND)
    for number in range(pings):
        await socket_.ping(str(number))
    raw = socket_.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket_.transport.abort()
    await socket_.wait_closed()
    engine.released.set()
    await server.stop()

    assert [record.getMessage() for record in caplog.records if record.levelno >= 30] == []


def chunk(pcm: bytes = b"", *, commit: bool = False, **more: object) -> str:
    audio = base64.b64encode(pcm).decode()
    message = {"message_type": "input_audio_chunk", "audio_base_64": audio, "commit": commit}
    return json.dumps(message | more)


@pytest.mark.parametrize(
    ("mistake", "kind"),
    [
        (chunk(commit=True), "commit_throttled"),
        ("nonsense", "input_error"),
        (chunk(SECOND, sample_rate=8000), "input_error"),
        ("[" * 100_000, "input_error"),
    ],
    ids=["commit", "nonsense", "rate", "nested"],
)
async def test_the_final_of_a_commit_is_sent_before_the_error_of_the_next_message(
    mistake: str, kind: str, serve: Serve
) -> None:
    engine = StuckEngine()
    server = await serve(engine=engine)
    async with connect(server.url + SERVICES["elevenlabs"].path) as socket:
        await socket.send(chunk(SECOND, commit=True))
        await socket.send(mistake)
        engine.released.set()
        said = [json.loads(message) for message in await rest(socket)]

    *_, committed, error = said
    assert committed["message_type"] == "committed_transcript"
    assert committed["text"] == " ".join(scripted_words(SECOND))
    assert error["message_type"] == kind


class Socket:
    """A websocket on which there is always another message to read."""

    type = WSMsgType.BINARY
    data = bytes(1000)

    async def receive(self) -> "Socket":
        await asyncio.sleep(0)
        return self


async def test_an_inbox_reads_no_more_than_its_size() -> None:
    inbox = Inbox(Socket(), connection=Tcp(), memory=InboxMemory(), max_bytes=10_000)
    inbox.start()
    for _ in range(100):
        await asyncio.sleep(0)
    taken = 0
    await inbox.stop()
    while await inbox.next(limit_s=0) is not None:
        taken += 1
    await inbox.close()

    assert taken == 9  # not 10, because a message takes more memory than its content


async def test_inboxes_share_their_memory_and_each_has_a_reserved_part() -> None:
    memory = InboxMemory(max_bytes=1_000_000)
    inboxes = [Inbox(Socket(), connection=Tcp(), memory=memory) for _ in range(3)]
    for inbox in inboxes[:2]:
        inbox.start()
    for _ in range(1000):
        await asyncio.sleep(0)
    assert memory.is_full
    inboxes[2].start()
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(120):
            await inboxes[2].next()
    for inbox in inboxes:
        await inbox.close()

    assert not memory.is_full
