"""Every fault at every point after the handshake, with a client of each service."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from socket import SO_SNDBUF, SOL_SOCKET

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from callers import (
    DELAY_S,
    ERROR_TEXT,
    SERVICES,
    SPEECH,
    ListeningEngine,
    Service,
    another_works,
    fault_at,
    is_final,
    rest,
    say_all,
    until_the_word,
)
from encoded import encoded
from patience import PATIENCE_S
from sessions import noise
from utterances import until
from wyoming_bridge.local.faults import Fault, FaultKind, FaultPoint
from wyoming_bridge.local.service import LocalServer

NOISE = noise(words=10)
FLAC = encoded(NOISE, "flac", "flac")
RUBBISH = "<html>Bad Gateway</html>"
CLOSE_CODES = {FaultKind.CLOSE: 1011, FaultKind.HANG_UP: 1000}
OPEN_POINTS = [FaultPoint.OPEN, FaultPoint.AUDIO, FaultPoint.FLUSH]

OpenFaulty = Callable[..., Awaitable[ClientConnection]]


@pytest.fixture
async def open_faulty(
    failing: LocalServer, service: Service, occurred: asyncio.Event
) -> AsyncIterator[OpenFaulty]:
    """Return a function that opens a session with a fault, and waits until the fault occurs."""
    sockets: list[ClientConnection] = []

    async def start(fault: Fault) -> ClientConnection:
        failing.fault = fault
        socket = await connect(failing.url + service.path, close_timeout=0.5)
        sockets.append(socket)
        with suppress(ConnectionClosed):
            await say_all(socket, service)
        async with asyncio.timeout(PATIENCE_S):
            await occurred.wait()
        return socket

    yield start
    for socket in sockets:
        await socket.close()


@pytest.mark.parametrize("point", OPEN_POINTS)
@pytest.mark.parametrize("kind", CLOSE_CODES)
async def test_a_service_that_closes_sends_no_more_messages(
    kind: FaultKind,
    point: FaultPoint,
    open_faulty: OpenFaulty,
    failing: LocalServer,
    service: Service,
) -> None:
    socket = await open_faulty(fault_at(point, kind))
    said = await rest(socket)

    assert socket.close_code == CLOSE_CODES[kind]
    assert ERROR_TEXT not in "".join(said)
    assert not any(is_final(message) for message in said)
    assert await another_works(failing, service)


@pytest.mark.parametrize("point", OPEN_POINTS)
async def test_a_reset_fault_resets_the_connection(
    point: FaultPoint, open_faulty: OpenFaulty, failing: LocalServer, service: Service
) -> None:
    socket = await open_faulty(fault_at(point, FaultKind.RESET))
    await rest(socket)
    with pytest.raises(ConnectionClosed) as caught:
        await socket.recv()

    assert caught.value.rcvd is None
    assert isinstance(caught.value.__cause__, ConnectionResetError)
    assert await another_works(failing, service)


@pytest.mark.parametrize("point", OPEN_POINTS)
async def test_a_half_open_connection_answers_nothing_until_the_client_disconnects(
    point: FaultPoint, open_faulty: OpenFaulty, failing: LocalServer, service: Service
) -> None:
    socket = await open_faulty(fault_at(point, FaultKind.HALF_OPEN))
    pong = await socket.ping()
    assert await another_works(failing, service)
    still = socket.state
    socket.transport.write_eof()
    said = await rest(socket)

    assert still is State.OPEN
    assert not any(is_final(message) for message in said)
    assert socket.close_code == 1006
    assert isinstance(pong.exception(), ConnectionClosed)


@pytest.mark.parametrize("point", OPEN_POINTS)
async def test_a_silent_service_reads_on_and_does_not_close(
    point: FaultPoint, open_faulty: OpenFaulty, failing: LocalServer, service: Service
) -> None:
    socket = await open_faulty(fault_at(point, FaultKind.SILENT))
    assert await another_works(failing, service)
    await socket.send(service.flush)
    async with asyncio.timeout(PATIENCE_S):
        await (await socket.ping())
    still = socket.state
    await socket.close()
    said = await rest(socket)

    assert still is State.OPEN
    assert not any(is_final(message) for message in said)
    assert socket.close_code == 1000


async def test_a_half_open_connection_reads_no_more_than_the_buffers_hold(
    failing: LocalServer, service: Service
) -> None:
    failing.fault = fault_at(FaultPoint.OPEN, FaultKind.HALF_OPEN)
    async with connect(failing.url + service.path, close_timeout=0.1) as socket:
        sock = socket.transport.get_extra_info("socket")
        sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
        sending = asyncio.create_task(socket.send(bytes(400_000)), name="send too much")
        assert await another_works(failing, service)
        assert not sending.done()
        socket.transport.abort()
        await asyncio.wait([sending])


async def test_a_flush_that_causes_a_fault_does_not_reach_the_engine(
    open_faulty: OpenFaulty, engine: ListeningEngine
) -> None:
    socket = await open_faulty(fault_at(FaultPoint.FLUSH, FaultKind.CLOSE))
    await rest(socket)

    assert [bytes(pcm) for pcm in engine.received] == [SPEECH]
    assert engine.flushes == [0]


@pytest.mark.parametrize("point", OPEN_POINTS)
async def test_an_error_has_the_services_form_and_closes_the_session(
    point: FaultPoint, open_faulty: OpenFaulty, failing: LocalServer, service: Service
) -> None:
    socket = await open_faulty(fault_at(point, FaultKind.ERROR))
    *before, error = await rest(socket)

    assert json.loads(error) == service.error
    assert socket.close_code == service.error_end
    assert not any(is_final(message) for message in before)
    assert await another_works(failing, service)


@pytest.mark.parametrize("point", OPEN_POINTS)
async def test_an_unreadable_message_is_sent_before_the_answer(
    point: FaultPoint, open_faulty: OpenFaulty
) -> None:
    socket = await open_faulty(fault_at(point, FaultKind.RUBBISH))
    said = await until_the_word(socket)

    assert said.count(RUBBISH) == 1
    assert is_final(said[-1])


@pytest.mark.parametrize("point", OPEN_POINTS)
async def test_a_slow_service_sends_the_same_messages_in_order_but_later(
    point: FaultPoint, open_faulty: OpenFaulty, failing: LocalServer, service: Service
) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    socket = await open_faulty(fault_at(point, FaultKind.SLOW, delay_s=DELAY_S))
    late = await until_the_word(socket)
    took_s = loop.time() - began

    assert took_s >= DELAY_S
    assert [kinds(message) for message in late] == [
        kinds(message) for message in await another_works(failing, service)
    ]


def kinds(message: str) -> set[str]:
    return set(json.loads(message))


async def test_a_slow_service_also_closes_late(failing: LocalServer) -> None:
    service = SERVICES["scriptix"]
    failing.fault = Fault(kind=FaultKind.SLOW, at=FaultPoint.FLUSH, delay_s=DELAY_S)
    loop = asyncio.get_running_loop()
    async with connect(failing.url + service.path) as socket:
        began = loop.time()
        await say_all(socket, service)
        said = await rest(socket)

    assert loop.time() - began >= DELAY_S
    assert json.loads(said[-1]) == {"state": "stopped"}
    assert socket.close_code == 1000


@pytest.mark.parametrize(
    "kind", [FaultKind.SILENT, FaultKind.HALF_OPEN, FaultKind.CLOSE, FaultKind.HANG_UP]
)
async def test_a_fault_at_open_prevents_the_greeting(
    kind: FaultKind, open_faulty: OpenFaulty, failing: LocalServer, service: Service
) -> None:
    socket = await open_faulty(fault_at(FaultPoint.OPEN, kind))
    assert await another_works(failing, service)
    socket.transport.write_eof()

    assert await rest(socket) == []


@pytest.mark.parametrize("name", ["elevenlabs", "scriptix"])
async def test_the_greeting_is_sent_before_a_fault_at_the_first_audio(
    name: str, failing: LocalServer
) -> None:
    service = SERVICES[name]
    failing.fault = Fault(kind=FaultKind.CLOSE, after_audio_ms=0)
    async with connect(failing.url + service.path) as socket:
        await say_all(socket, service)
        (greeting,) = await rest(socket)

    assert service.greeting is not None
    assert service.greeting in greeting


@pytest.mark.parametrize("piece_ms", [7, 100, 500])
@pytest.mark.parametrize("after_ms", range(0, 501, 100))
async def test_the_engine_gets_exactly_the_audio_before_the_fault(
    after_ms: int,
    piece_ms: int,
    failing: LocalServer,
    service: Service,
    engine: ListeningEngine,
) -> None:
    failing.fault = Fault(kind=FaultKind.RESET, after_audio_ms=after_ms)
    size = 32 * piece_ms
    async with connect(failing.url + service.path) as socket:
        with suppress(ConnectionClosed):
            for message in service.begin:
                await socket.send(message)
            for start in range(0, len(SPEECH), size):
                await socket.send(service.wrap(SPEECH[start : start + size]))
        await rest(socket)

    received = [bytes(pcm) for pcm in engine.received]
    assert received == ([SPEECH[: 32 * after_ms]] if after_ms else [])


@pytest.mark.parametrize("point", [FaultPoint.AUDIO, FaultPoint.FLUSH])
async def test_after_an_unreadable_message_the_engine_still_gets_all_audio(
    point: FaultPoint, open_faulty: OpenFaulty, engine: ListeningEngine
) -> None:
    socket = await open_faulty(fault_at(point, FaultKind.RUBBISH))
    await until_the_word(socket)

    assert [bytes(pcm) for pcm in engine.received] == [SPEECH]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(FaultKind.CLOSE, 1011), (FaultKind.ERROR, 1011), (FaultKind.RESET, 1006)],
)
async def test_audio_in_a_container_is_counted_after_decoding(
    kind: FaultKind, code: int, failing: LocalServer, engine: ListeningEngine
) -> None:
    failing.fault = Fault(kind=kind, after_audio_ms=200)
    path = "/reson8/v1/speech-to-text/realtime?encoding=auto"
    async with connect(failing.url + path) as socket:
        await socket.send(FLAC)
        await socket.send(SERVICES["reson8"].flush)
        await rest(socket)

    assert socket.close_code == code
    assert [bytes(pcm) for pcm in engine.received] == [NOISE[: 32 * 200]]


async def test_a_half_open_session_with_a_container_lasts_until_the_client_disconnects(
    failing: LocalServer, engine: ListeningEngine
) -> None:
    failing.fault = Fault(kind=FaultKind.HALF_OPEN, after_audio_ms=200)
    path = "/reson8/v1/speech-to-text/realtime?encoding=auto"
    async with connect(failing.url + path, close_timeout=0.5) as socket:
        failing.fault = None  # the fault must not happen in the other session
        await socket.send(FLAC)
        await socket.send(SERVICES["reson8"].flush)
        await until(lambda: engine.received[:1] == [NOISE[: 32 * 200]])
        assert await another_works(failing, SERVICES["reson8"])
        assert not engine.closed[0].is_set()
        socket.transport.abort()

    async with asyncio.timeout(PATIENCE_S):
        await engine.closed[0].wait()


@pytest.mark.parametrize("leave", ["abort", "close"])
async def test_a_client_that_disconnects_ends_a_half_open_session(
    leave: str,
    open_faulty: OpenFaulty,
    failing: LocalServer,
    service: Service,
    engine: ListeningEngine,
) -> None:
    socket = await open_faulty(fault_at(FaultPoint.FLUSH, FaultKind.HALF_OPEN))
    failing.fault = None  # the first session keeps its fault, and the other session gets none
    assert await another_works(failing, service)
    assert not engine.closed[0].is_set()

    getattr(socket.transport, leave)()
    async with asyncio.timeout(PATIENCE_S):
        await engine.closed[0].wait()


async def test_two_sessions_at_once_share_the_count_of_a_fault(failing: LocalServer) -> None:
    service = SERVICES["reson8"]
    failing.fault = Fault(kind=FaultKind.CLOSE, at=FaultPoint.FLUSH, times=1)
    url = failing.url + service.path
    async with connect(url) as first, connect(url) as second:
        await say_all(second, service)
        await rest(second)
        await say_all(first, service)
        await until_the_word(first)

    assert (second.close_code, first.close_code) == (1011, 1000)


async def test_setting_a_fault_again_restarts_its_count(
    failing: LocalServer, service: Service
) -> None:
    failing.fault = fault = Fault(kind=FaultKind.CLOSE, times=1)
    codes = []
    for again in (fault, None):
        async with connect(failing.url + service.path) as socket:
            await rest(socket)
        codes.append(socket.close_code)
        failing.fault = again

    assert codes == [1011, 1011]
    assert failing.fault is None
    assert await another_works(failing, service)
