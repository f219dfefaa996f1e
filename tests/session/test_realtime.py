"""The I/O loop of a session, at moments that a real service cannot produce on demand."""

import asyncio
from collections.abc import Callable

import pytest

from patience import PATIENCE_S
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionEvent,
    State,
    StateChanged,
)
from wyoming_bridge.providers.contract import ClientProtocol, ConnectRequest, Message
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.providers.elevenlabs.messages import SessionStarted
from wyoming_bridge.providers.elevenlabs.reader import read_client_message
from wyoming_bridge.providers.elevenlabs.transcripts import CommittedTranscript
from wyoming_bridge.providers.server_base import ServerBase
from wyoming_bridge.session import Connector, RealtimeSession
from wyoming_bridge.testing import FakeConnector, FakeTransport, ScriptedClient, ScriptedServer

AUDIO = bytes(range(1, 201)) * 32
"""200 ms of audio, which are one word."""


class Session(RealtimeSession):
    """A session with the scripted provider. It keeps the events that it reports."""

    def __init__(
        self,
        connector: Connector,
        *,
        client: ClientProtocol | None = None,
        on_event: Callable[[SessionEvent], None] | None = None,
        on_sent: Callable[[], None] = lambda: None,
    ) -> None:
        self.events: list[SessionEvent] = []
        super().__init__(
            client=client or ScriptedClient(),
            connector=connector,
            provider="scripted",
            on_event=on_event or self.events.append,
            on_sent=on_sent,
        )


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector(ScriptedServer.accept)


async def ended(run: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait([run])


async def test_cancelling_while_connecting_ends_at_once(connector: FakeConnector) -> None:
    connector.hold_connects()
    session = Session(connector)
    run = asyncio.create_task(session.run())
    await connector.asked.wait()
    run.cancel()
    await ended(run)
    assert run.cancelled()
    assert connector.transports == []
    assert session.events == [StateChanged(state=State.CONNECTING)]


async def test_cancelling_while_a_message_waits_for_room_closes_the_websocket(
    connector: FakeConnector,
) -> None:
    connector.hold()
    session = Session(connector)
    session.send_audio(AUDIO)
    run = asyncio.create_task(session.run())
    await connector.asked.wait()
    (transport,) = connector.transports
    await transport.held.wait()
    run.cancel()
    await ended(run)
    assert run.cancelled()
    assert transport.closed_by_client
    assert transport.sent == []


async def test_on_sent_is_called_for_each_message_and_at_the_end(
    connector: FakeConnector,
) -> None:
    connector.hold()
    taken = asyncio.Event()
    session = Session(connector, on_sent=taken.set)
    session.send_audio(AUDIO)
    session.send_audio(AUDIO)
    run = asyncio.create_task(session.run())
    await connector.asked.wait()
    (transport,) = connector.transports
    await transport.held.wait()
    assert session.waiting_bytes == 2 * len(AUDIO)
    assert not taken.is_set()
    connector.release()
    await ended(asyncio.create_task(taken.wait()))
    assert session.waiting_bytes < 2 * len(AUDIO)
    connector.hold()
    session.send_audio(AUDIO)
    taken.clear()
    connector.drop()
    await ended(asyncio.create_task(taken.wait()))
    await ended(run)
    assert session.waiting_bytes == 0


async def test_events_that_a_listener_causes_follow_earlier_events(
    connector: FakeConnector,
) -> None:
    """One message is a final and the answer to a flush. The listener finishes at the final."""
    reported: list[type[SessionEvent]] = []

    def listen(event: SessionEvent) -> None:
        reported.append(type(event))
        if isinstance(event, FinalText):
            session.finish()

    session = Session(connector, client=TwoAtOnce(), on_event=listen)
    run = asyncio.create_task(session.run())
    await connector.asked.wait()
    (transport,) = connector.transports
    transport.put("both:1")
    await ended(run)

    assert reported[reported.index(FinalText) :] == [
        FinalText,
        FlushDone,
        StateChanged,  # finishing
        StateChanged,  # closed
        Finished,
    ]


async def test_calls_of_a_session_that_is_over_are_ignored(connector: FakeConnector) -> None:
    """Until a caller has received the last event, it does not know that the session is over."""
    session = Session(connector)
    run = asyncio.create_task(session.run())
    await connector.asked.wait()
    connector.drop()
    await ended(run)
    session.send_audio(AUDIO)
    session.flush("1")
    session.finish()
    assert session.waiting_bytes == 0


class TwoAtOnce(ScriptedClient):
    """A client for which one message is both a final text and the answer to a flush."""

    def on_message(self, message: str, *, now: float) -> None:
        kind, _, flush_id = message.partition(":")
        if kind == "both":
            super().on_message("final:turn on the light", now=now)
            super().on_message(f"flushed:{flush_id}", now=now)
        else:
            super().on_message(message, now=now)


async def idle(connector: FakeConnector) -> tuple[Session, asyncio.Task[None], FakeTransport]:
    """Return a running session that has nothing to send, with its task and its websocket."""
    session = Session(connector)
    run = asyncio.create_task(session.run())
    await connector.asked.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    (transport,) = connector.transports
    return session, run, transport


async def test_small_messages_are_sent_at_once_and_in_order(connector: FakeConnector) -> None:
    session, run, transport = await idle(connector)
    session.send_audio(AUDIO)
    session.flush("1")
    assert transport.sent == [AUDIO, "flush:1"]
    assert session.waiting_bytes == 0
    session.finish()
    await ended(run)
    assert transport.sent == [AUDIO, "flush:1", "finish:"]


async def test_a_lot_of_audio_counts_as_waiting_until_the_service_takes_it(
    connector: FakeConnector,
) -> None:
    session, run, transport = await idle(connector)
    session.send_audio(AUDIO * 3)
    session.send_audio(AUDIO)
    assert transport.sent == []
    assert session.waiting_bytes == 4 * len(AUDIO)
    session.finish()
    await ended(run)
    assert transport.sent == [AUDIO * 3, AUDIO, "finish:"]


async def test_without_room_small_messages_wait_too(connector: FakeConnector) -> None:
    session, run, transport = await idle(connector)
    connector.hold()
    session.send_audio(AUDIO)
    await transport.held.wait()
    session.flush("1")
    assert transport.sent == []
    connector.release()
    session.finish()
    await ended(run)
    assert transport.sent == [AUDIO, "flush:1", "finish:"]


async def test_a_session_that_is_finished_while_connecting_sends_all_its_audio(
    connector: FakeConnector,
) -> None:
    connector.hold_connects()
    session = Session(connector)
    run = asyncio.create_task(session.run())
    await connector.asked.wait()
    session.send_audio(AUDIO)
    session.flush("1")
    session.finish()
    connector.release()
    await ended(run)
    (transport,) = connector.transports
    assert transport.sent == [AUDIO, "flush:1", "finish:"]
    assert session.events[-1] == Finished()


async def test_a_local_error_while_connecting_fails_the_session(connector: FakeConnector) -> None:
    error = ConfigError("token: cannot be sent")
    connector.refuse(error)
    session = Session(connector)
    await session.run()
    assert session.events[-1] == Failed(error=error)


async def test_messages_before_a_close_are_read_before_it(connector: FakeConnector) -> None:
    session = Session(connector)
    run = asyncio.create_task(session.run())
    await connector.asked.wait()
    (transport,) = connector.transports
    transport.put("final:said before")
    connector.close(code=1001, reason="going away")
    await ended(run)
    *_, final, _, failed = session.events
    assert final == FinalText(text="said before")
    assert isinstance(failed, Failed)
    assert "closed with code 1001 (going away) while connected" in str(failed.error)


class BrokenTransport(FakeTransport):
    """A transport with a bug in ``send``."""

    async def send(self, message: Message) -> None:
        raise RuntimeError(f"cannot send {type(message).__name__}")


class BrokenConnector:
    async def open(
        self, request: ConnectRequest, *, provider: str, on_accepted: Callable[[], None]
    ) -> BrokenTransport:
        del request, provider, on_accepted
        transport = BrokenTransport(ScriptedServer())
        transport.begin()
        return transport


async def test_an_exception_in_the_sender_ends_the_session() -> None:
    session = Session(BrokenConnector())
    session.send_audio(AUDIO)
    with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="cannot send bytes")):
        async with asyncio.timeout(PATIENCE_S):
            await session.run()


class TerseServer(ServerBase):
    """A server like ElevenLabs' that answers a commit with one message instead of two."""

    audio_format = PCM_16K_MONO

    def open(self, *, now: float) -> None:
        self.write(SessionStarted(session_id="s", config={}).to_json())

    def receive_message(self, message: Message, *, now: float) -> None:
        chunk = read_client_message(str(message))
        if chunk.commit:
            self.write(CommittedTranscript(text="hi").to_json())

    def report(self, result: PartialText | FinalText) -> None:
        pass

    def fail(self, text: str, *, code: str = "") -> None:
        pass


async def test_the_client_is_called_when_its_timeout_has_passed() -> None:
    events: list[SessionEvent] = []
    session = RealtimeSession(
        client=ElevenLabsClient(ElevenLabsSettings()),
        connector=FakeConnector(lambda _request, _now: TerseServer()),
        provider="elevenlabs",
        on_event=events.append,
    )
    session.send_audio(AUDIO * 2)
    session.finish()
    async with asyncio.timeout(PATIENCE_S):
        await session.run()
    assert events[-1] == Finished()
