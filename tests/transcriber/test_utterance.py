"""The utterance: exactly one result or one error, whatever the service does and when."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.errors import (
    AuthenticationError,
    BridgeError,
    ConnectionLostError,
    ConnectTimeoutError,
    FinalTimeoutError,
    LifecycleError,
    ProtocolViolationError,
)
from wyoming_bridge.events import Partial, SessionEvent
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.faces import ElevenLabsFace
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.contract import SERVICE_FORMAT, ClientProtocol
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.session import Connector, RealtimeSession, WebsocketConnector
from wyoming_bridge.testing import (
    FakeConnector,
    FakeTransport,
    ScriptedClient,
    ScriptedServer,
    scripted_words,
)
from wyoming_bridge.transcriber import Limits, Revision, Utterance

NOBODY_WAITS_LONGER_S = 10

PATIENT = Limits(ready_s=NOBODY_WAITS_LONGER_S, final_s=NOBODY_WAITS_LONGER_S)

SECOND = 32000
"""Bytes of a second in the service's format."""


def noise(*, words: int, seed: int = 0) -> bytes:
    """Audio that is heard as so many words."""
    return hashlib.shake_128(bytes([seed])).digest(6400 * words)


THREE = noise(words=3)
THREE_WORDS = " ".join(scripted_words(THREE))


def an_utterance(
    connector: Connector,
    *,
    limits: Limits = PATIENT,
    source: AudioFormat = SERVICE_FORMAT,
    client: Callable[[], ClientProtocol] = ScriptedClient,
) -> Utterance:
    def new_session(on_event: Callable[[SessionEvent], None]) -> RealtimeSession:
        return RealtimeSession(
            client=client(), connector=connector, provider="scripted", on_event=on_event
        )

    return Utterance(
        new_session=new_session,
        source=source,
        profile="kitchen",
        provider="scripted",
        limits=limits,
    )


def an_utterance_with_elevenlabs() -> Utterance:
    """It gives words and a language, and a final for silence too."""
    face = ElevenLabsFace(tokens=frozenset(), language="en")
    return an_utterance(
        FakeConnector(face.accept), client=lambda: ElevenLabsClient(ElevenLabsSettings())
    )


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector(ScriptedServer.accept)


@asynccontextmanager
async def bounded() -> AsyncIterator[None]:
    async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
        yield


async def heard_first_words(utterance: Utterance) -> None:
    """Wait until some of what was spoken is heard."""
    async with bounded():
        await anext(utterance.revisions())


async def the_transport(connector: FakeConnector) -> FakeTransport:
    """Wait until a session is open."""
    async with bounded():
        await connector.asked.wait()
    return connector.transports[0]


# The result.


async def test_the_result_is_what_was_said(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        result = await utterance.result()
    assert result.text == THREE_WORDS
    assert result.complete
    assert (result.profile, result.provider) == ("kitchen", "scripted")


async def test_the_result_has_words_and_a_language_where_the_service_gives_them() -> None:
    async with an_utterance_with_elevenlabs() as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        result = await utterance.result()
    assert [word.text for word in result.words if word.kind == "word"] == scripted_words(THREE)
    assert [(word.start_ms, word.end_ms) for word in result.words if word.kind == "word"] == [
        (0, 200),
        (200, 400),
        (400, 600),
    ]
    assert result.language == "en"


async def test_the_timing_says_when_each_thing_happened(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        timing = (await utterance.result()).timing
    assert timing.audio_ms == 600
    assert timing.ready_ms is not None
    assert timing.first_text_ms is not None
    assert timing.final_ms is not None
    assert 0 <= timing.ready_ms <= timing.first_text_ms <= timing.total_ms
    assert timing.final_ms <= timing.total_ms


async def test_silence_is_an_empty_result_without_a_first_text() -> None:
    async with an_utterance_with_elevenlabs() as utterance, bounded():
        utterance.feed(bytes(SECOND))
        utterance.finish()
        result = await utterance.result()
    assert result.text == ""
    assert result.complete
    assert result.timing.first_text_ms is None


async def test_an_utterance_without_audio_is_empty_and_opens_no_session(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(b"")
        utterance.finish()
        utterance.finish()
        result = await utterance.result()
        assert [revision async for revision in utterance.revisions()] == []
    assert (result.text, result.complete) == ("", True)
    assert result.timing.audio_ms == 0
    assert connector.requests == []


async def test_a_session_is_opened_with_the_first_audio_and_not_before(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance:
        assert not connector.asked.is_set()
        utterance.feed(THREE)
        await the_transport(connector)
    assert len(connector.requests) == 1


async def test_what_is_spoken_while_connecting_is_kept(connector: FakeConnector) -> None:
    connector.hold_door()
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE[:6400])
        await connector.asked.wait()
        utterance.feed(THREE[6400:])
        utterance.finish()
        connector.release()
        assert (await utterance.result()).text == THREE_WORDS


async def test_audio_after_the_end_is_passed_over(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        utterance.feed(noise(words=2, seed=1))
        result = await utterance.result()
        utterance.feed(noise(words=2, seed=1))
    assert result.text == THREE_WORDS
    assert result.timing.audio_ms == 600


async def test_the_result_can_be_asked_for_again_and_by_several(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        first, second = await asyncio.gather(utterance.result(), utterance.result())
        assert first is second is await utterance.result()


async def test_giving_up_on_the_result_leaves_it_to_others(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        impatient = asyncio.create_task(utterance.result())
        await heard_first_words(utterance)
        impatient.cancel()
        await asyncio.wait([impatient])
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS


# Revisions.


async def test_revisions_grow_with_what_is_heard_and_end_with_the_result(
    connector: FakeConnector,
) -> None:
    words = scripted_words(THREE)
    async with an_utterance(connector) as utterance, bounded():
        revisions = utterance.revisions()
        seen = []
        for start in range(0, len(THREE), 6400):
            utterance.feed(THREE[start : start + 6400])
            seen.append(await anext(revisions))
        utterance.finish()
        rest = [revision async for revision in revisions]
        assert (await utterance.result()).text == THREE_WORDS
    assert seen == [Revision(text=" ".join(words[:count]), settled="") for count in (1, 2, 3)]
    assert rest in ([], [Revision(text=THREE_WORDS, settled=THREE_WORDS)])


async def test_revisions_end_when_the_utterance_fails(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        revisions = utterance.revisions()
        await anext(revisions)
        connector.drop()
        assert all([revision.text async for revision in revisions])  # it ends
        assert [revision async for revision in utterance.revisions()] == []


async def test_revisions_and_the_result_end_when_the_utterance_is_left(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance:
        utterance.feed(THREE)
        await heard_first_words(utterance)
        waiting = asyncio.create_task(utterance.result())
        reading = asyncio.create_task(anext(utterance.revisions(), None))
    async with bounded():
        with pytest.raises(LifecycleError, match="left before its end"):
            await waiting
        assert await reading is None


# Deadlines.


async def test_a_service_that_cannot_be_reached_in_time_is_an_error(
    connector: FakeConnector,
) -> None:
    connector.hold_door()
    limits = Limits(ready_s=0.05, final_s=NOBODY_WAITS_LONGER_S)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(ConnectTimeoutError, match=r"not ready within 0\.05 s"):
            await utterance.result()


async def test_a_service_that_opens_and_is_never_ready_is_an_error(
    connector: FakeConnector,
) -> None:
    connector.go_silent()
    limits = Limits(ready_s=0.05, final_s=NOBODY_WAITS_LONGER_S)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(ConnectTimeoutError):
            await utterance.result()
        (transport,) = connector.transports
        await transport.closed.wait()


async def test_a_final_that_does_not_come_is_replaced_by_the_last_partial(
    connector: FakeConnector,
) -> None:
    limits = Limits(ready_s=NOBODY_WAITS_LONGER_S, final_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(THREE)
        await heard_first_words(utterance)
        connector.go_silent()
        utterance.finish()
        result = await utterance.result()
    assert result.text == THREE_WORDS
    assert not result.complete


async def test_a_final_that_does_not_come_is_an_error_where_nothing_was_heard(
    connector: FakeConnector,
) -> None:
    limits = Limits(ready_s=NOBODY_WAITS_LONGER_S, final_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(bytes(SECOND // 10))
        transport = await the_transport(connector)
        transport.go_silent()
        utterance.finish()
        with pytest.raises(FinalTimeoutError, match=r"within 0\.05 s after the audio"):
            await utterance.result()


async def test_a_session_that_finishes_with_a_partial_open_is_not_complete(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(bytes(6400))
        transport = await the_transport(connector)
        transport.put("partial:and then")
        utterance.finish()
        result = await utterance.result()
    assert (result.text, result.complete) == ("and then", False)


async def test_audio_that_came_faster_than_speech_gives_the_service_more_time(
    connector: FakeConnector,
) -> None:
    """Ten seconds are spoken in no time: the limit of 1 ms begins after them, the answer before."""
    limits = Limits(ready_s=NOBODY_WAITS_LONGER_S, final_s=0.001)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(THREE + bytes(10 * SECOND))
        await heard_first_words(utterance)
        connector.hold()
        utterance.finish()
        asyncio.get_running_loop().call_later(0.1, connector.release)
        result = await utterance.result()
    assert (result.text, result.complete) == (THREE_WORDS, True)


# Failures.


async def test_a_refused_session_fails_the_utterance_at_once(connector: FakeConnector) -> None:
    connector.refuse(AuthenticationError("the token is wrong", provider="scripted"))
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(AuthenticationError, match="the token is wrong"):
            await utterance.result()
        utterance.feed(THREE)
        utterance.finish()
        assert not utterance.congested


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (FakeConnector.drop, ConnectionLostError),
        (lambda connector: connector.close(code=1011), ConnectionLostError),
        (FakeConnector.send_rubbish, ProtocolViolationError),
    ],
    ids=["drop", "close", "rubbish"],
)
async def test_a_fault_while_somebody_speaks_fails_the_utterance_at_once(
    connector: FakeConnector, fault: Callable[[FakeConnector], None], error: type[BridgeError]
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        await heard_first_words(utterance)
        fault(connector)
        with pytest.raises(error):
            await utterance.result()


async def test_a_fault_after_the_audio_fails_the_utterance_at_once(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        await heard_first_words(utterance)
        connector.hold()
        utterance.finish()
        connector.drop()
        with pytest.raises(ConnectionLostError):
            await utterance.result()


async def test_a_session_that_breaks_by_a_bug_fails_the_utterance(
    connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    async with an_utterance(connector, client=BuggyClient) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(ExceptionGroup):
            await utterance.result()
    assert "the session of kitchen broke" in caplog.text


async def test_a_bug_lets_go_whoever_drains(
    connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    connector.hold()
    async with an_utterance(connector, client=BuggyClient) as utterance, bounded():
        utterance.feed(bytes(21 * SECOND))
        draining = asyncio.create_task(utterance.drain())
        transport = await the_transport(connector)
        await transport.held.wait()
        transport.put("partial:something")
        await draining
    assert "the session of kitchen broke" in caplog.text


class BuggyClient(ScriptedClient):
    def report(self, event: SessionEvent) -> None:
        if isinstance(event, Partial):
            raise RuntimeError("a bug")  # noqa: TRY004 - any other error would do
        super().report(event)


# Leaving.


async def test_leaving_ends_the_session(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance:
        utterance.feed(THREE)
        await heard_first_words(utterance)
    assert connector.transports[0].closed_by_client
    await utterance.close()


async def test_leaving_while_connecting_ends_the_attempt(connector: FakeConnector) -> None:
    connector.hold_door()
    async with an_utterance(connector) as utterance:
        utterance.feed(THREE)
        await connector.asked.wait()
    assert connector.transports == []


async def test_leaving_before_the_session_has_begun_opens_none_and_lets_go_all(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance:
        waiting = asyncio.create_task(utterance.result())
        reading = asyncio.create_task(anext(utterance.revisions(), None))
        await asyncio.sleep(0)
        utterance.feed(bytes(21 * SECOND))
        draining = asyncio.create_task(utterance.drain())
    assert connector.requests == []
    async with bounded():
        await draining
        assert await reading is None
        with pytest.raises(LifecycleError):
            await waiting


async def test_leaving_lets_go_whoever_drains(connector: FakeConnector) -> None:
    connector.hold()
    async with an_utterance(connector) as utterance:
        utterance.feed(bytes(21 * SECOND))
        await (await the_transport(connector)).held.wait()
        draining = asyncio.create_task(utterance.drain())
        await asyncio.sleep(0)
    async with bounded():
        await draining


async def test_a_result_that_nobody_asked_for_leaves_nothing_behind(
    connector: FakeConnector,
) -> None:
    connector.refuse(AuthenticationError("the token is wrong"))
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        assert [revision async for revision in utterance.revisions()] == []


# A service that is behind.


async def test_a_slow_service_slows_its_source(connector: FakeConnector) -> None:
    connector.hold()
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE + bytes(19 * SECOND))
        assert not utterance.congested
        await utterance.drain()
        utterance.feed(bytes(2 * SECOND))
        assert utterance.congested
        draining = asyncio.create_task(utterance.drain())
        await (await the_transport(connector)).held.wait()
        assert not draining.done()
        connector.release()
        await draining
        assert not utterance.congested
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS


async def test_a_service_that_takes_no_more_audio_fails_the_utterance(
    connector: FakeConnector,
) -> None:
    connector.hold()
    limits = Limits(ready_s=NOBODY_WAITS_LONGER_S, stall_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(bytes(21 * SECOND))
        await utterance.drain()
        assert not utterance.congested
        with pytest.raises(ConnectionLostError, match=r"took no audio for 0\.05 s"):
            await utterance.result()


async def test_a_source_that_waits_for_the_connection_is_not_a_service_that_takes_no_audio(
    connector: FakeConnector,
) -> None:
    connector.hold_door()
    limits = Limits(ready_s=0.2, final_s=0.001)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(bytes(21 * SECOND))
        await utterance.drain()
        with pytest.raises(ConnectTimeoutError):
            await utterance.result()


async def test_a_fault_lets_go_whoever_drains(connector: FakeConnector) -> None:
    connector.hold()
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(bytes(21 * SECOND))
        draining = asyncio.create_task(utterance.drain())
        await (await the_transport(connector)).held.wait()
        connector.drop()
        await draining
        assert not utterance.congested


# Other formats.


@pytest.mark.parametrize(
    ("sample_rate_hz", "channels"), [(8000, 1), (24000, 1), (16000, 2), (48000, 2)]
)
async def test_audio_of_any_format_is_converted(
    connector: FakeConnector, sample_rate_hz: int, channels: int
) -> None:
    source = AudioFormat(
        encoding=Encoding.PCM_S16LE, sample_rate_hz=sample_rate_hz, channels=channels
    )
    audio = bytes(range(1, 201)) * (source.bytes_of(1000) // 200)
    async with an_utterance(connector, source=source) as utterance, bounded():
        utterance.feed(audio[:1001])
        utterance.feed(audio[1001:])
        utterance.finish()
        result = await utterance.result()
    (transport,) = connector.transports
    sent = b"".join(message for message in transport.sent if isinstance(message, bytes))
    assert len(sent) == SECOND
    assert result.text.split() == scripted_words(sent)
    assert result.timing.audio_ms == 1000


async def test_both_channels_are_heard(connector: FakeConnector) -> None:
    source = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=2)
    async with an_utterance(connector, source=source) as utterance, bounded():
        utterance.feed(b"\x10\x00\x30\x00" * 3200)
        utterance.finish()
        result = await utterance.result()
    assert result.text.split() == scripted_words(b"\x20\x00" * 3200)


# Real sockets.


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=ScriptedEngine())
    await server.start()
    yield server
    await server.stop()


@pytest.mark.parametrize("name", list(ProviderName))
@pytest.mark.parametrize("chunk_ms", [10, 64, 1000])
async def test_on_a_socket_the_result_is_what_was_said(
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
    """A service on a socket that reads nothing until it is told to."""

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
        # Little room in the kernel, and in the library: what is not read soon holds up the client.
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        slow.url = f"ws://127.0.0.1:{narrow.getsockname()[1]}"
        async with serve(slow.listen, sock=narrow, max_queue=1, close_timeout=0.1):
            yield slow
            slow.reading.set()


MUCH = bytes(400 * SECOND)
"""More than the kernel's buffers hold."""


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


async def test_on_a_socket_a_service_that_takes_nothing_can_be_left(
    slow_server: SlowServer,
) -> None:
    utterance = an_utterance(
        WebsocketConnector(),
        client=lambda: ScriptedClient(url=slow_server.url),
        limits=Limits(ready_s=NOBODY_WAITS_LONGER_S, stall_s=0.1),
    )
    async with bounded(), utterance:
        utterance.feed(MUCH)
        await utterance.drain()
        with pytest.raises(ConnectionLostError, match="took no audio"):
            await utterance.result()
