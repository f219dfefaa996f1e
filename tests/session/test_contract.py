"""What every session promises: asked of all providers and of the doubles.

Each provider meets its own server twice, in memory and on a socket. The engine behind it makes
each 200 ms of audio one word, so that audio that was lost, doubled or mixed up shows.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, TypeVar

import pytest

from wyoming_bridge.errors import (
    BridgeError,
    ConnectionLostError,
    LifecycleError,
    ProtocolViolationError,
    ServiceError,
)
from wyoming_bridge.events import (
    Failed,
    Final,
    Finished,
    FlushDone,
    Partial,
    SessionEvent,
    SessionStarted,
    State,
    StateChanged,
)
from wyoming_bridge.local.engine import EngineResult
from wyoming_bridge.local.engines.scripted import ScriptedEngine, ScriptedVoice
from wyoming_bridge.local.faces import ElevenLabsFace, Reson8Face, ScriptixFace
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.contract import SERVICE_FORMAT, Capabilities, ClientProtocol
from wyoming_bridge.providers.lifecycle import TRANSITIONS
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.session import RealtimeSession, WebsocketConnector
from wyoming_bridge.testing import (
    SCRIPTED_CAPABILITIES,
    Accept,
    FakeConnector,
    Fault,
    FaultKind,
    ScriptedClient,
    ScriptedServer,
    scripted_words,
)
from wyoming_bridge.transcriber import Limits, Utterance

NOBODY_WAITS_LONGER_S = 10
"""A bound for what should be there at once."""

ANYBODY = frozenset[str]()

OnEvent = Callable[[SessionEvent], None]
Event = TypeVar("Event", bound=SessionEvent)


def noise(seed: int, *, words: int) -> bytes:
    """Audio that is heard as so many words, each seed as others."""
    return hashlib.shake_128(bytes([seed])).digest(6400 * words)


def speak(session: RealtimeSession, pcm: bytes) -> None:
    for start in range(0, len(pcm), 3200):
        session.send_audio(pcm[start : start + 3200])


class Heard:
    """The events of one session, in order."""

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []
        self._news = asyncio.Event()

    def __call__(self, event: SessionEvent) -> None:
        self.events.append(event)
        self._news.set()

    def all(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    async def first(self, kind: type[Event]) -> Event:
        """Wait until an event of the kind has come."""
        async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
            while not (found := self.all(kind)):
                self._news.clear()
                await self._news.wait()
        return found[0]

    @property
    def words(self) -> list[str]:
        return [word for final in self.all(Final) for word in final.text.split()]


class Stage(Protocol):
    """One provider at one transport."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def session(self, on_event: OnEvent) -> RealtimeSession: ...

    def arrange(self, kind: FaultKind) -> None:
        """What goes wrong at the first words, or at once if it is a refusal."""

    async def client_gone(self) -> None:
        """Wait until the server knows that the client has left."""


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    capabilities: Capabilities
    new_stage: Callable[[], Stage]


class MemoryStage:
    def __init__(self, name: str, accept: Accept, client: Callable[[], ClientProtocol]) -> None:
        self._name = name
        self._client = client
        self._connector = FakeConnector(accept)
        self._at_first_words: Callable[[], None] = lambda: None

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    def session(self, on_event: OnEvent) -> RealtimeSession:
        def listen(event: SessionEvent) -> None:
            on_event(event)
            if isinstance(event, Partial):
                self._at_first_words()

        return RealtimeSession(
            client=self._client(),
            connector=self._connector,
            provider=self._name,
            on_event=listen,
        )

    def arrange(self, kind: FaultKind) -> None:
        connector = self._connector
        match kind:
            case FaultKind.REFUSE:
                connector.refuse(ServiceError("told to fail"))
            case FaultKind.SILENT:
                connector.go_silent()
            case FaultKind.CLOSE:
                self._at_first_words = lambda: connector.close(code=1011, reason="told to fail")
            case FaultKind.RESET:
                self._at_first_words = connector.drop
            case FaultKind.RUBBISH:
                self._at_first_words = connector.send_rubbish

    async def client_gone(self) -> None:
        (transport,) = self._connector.transports
        await transport.closed.wait()
        assert transport.closed_by_client


class WatchedVoice:
    """A voice that tells when it was let go."""

    def __init__(self, voice: ScriptedVoice, closed: asyncio.Event) -> None:
        self._voice = voice
        self._closed = closed
        self.feed = voice.feed
        self.flush = voice.flush

    def results(self) -> AsyncIterator[EngineResult]:
        return self._voice.results()

    async def close(self) -> None:
        await self._voice.close()
        self._closed.set()


class WatchedEngine(ScriptedEngine):
    def __init__(self) -> None:
        super().__init__()
        self.a_voice_closed = asyncio.Event()

    async def open(self) -> WatchedVoice:
        return WatchedVoice(await super().open(), self.a_voice_closed)


class SocketStage:
    def __init__(self, name: ProviderName) -> None:
        self._name = name
        self._engine = WatchedEngine()
        self._server = LocalServer(engine=self._engine)
        self._connector = WebsocketConnector()

    async def start(self) -> None:
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    def session(self, on_event: OnEvent) -> RealtimeSession:
        settings = PROVIDERS[self._name].settings
        return RealtimeSession(
            client=new_client(settings(url=f"{self._server.url}/{self._name}")),
            connector=self._connector,
            provider=self._name,
            on_event=on_event,
        )

    def arrange(self, kind: FaultKind) -> None:
        after_ms = {FaultKind.SILENT: 0, FaultKind.REFUSE: 0}.get(kind, 400)
        self._server.fault = Fault(kind=kind, after_audio_ms=after_ms)

    async def client_gone(self) -> None:
        await self._engine.a_voice_closed.wait()


FACES = {
    ProviderName.ELEVENLABS: ElevenLabsFace(tokens=ANYBODY, language="en"),
    ProviderName.RESON8: Reson8Face(tokens=ANYBODY),
    ProviderName.SCRIPTIX: ScriptixFace(tokens=ANYBODY),
}


def in_memory(name: ProviderName) -> Case:
    return Case(
        name=f"{name}-memory",
        capabilities=PROVIDERS[name].capabilities,
        new_stage=lambda: MemoryStage(
            name, FACES[name].accept, lambda: new_client(PROVIDERS[name].settings())
        ),
    )


def on_a_socket(name: ProviderName) -> Case:
    return Case(
        name=f"{name}-socket",
        capabilities=PROVIDERS[name].capabilities,
        new_stage=lambda: SocketStage(name),
    )


CASES = [
    *(in_memory(name) for name in ProviderName),
    *(on_a_socket(name) for name in ProviderName),
    Case(
        name="double-memory",
        capabilities=SCRIPTED_CAPABILITIES,
        new_stage=lambda: MemoryStage("scripted", ScriptedServer.accept, ScriptedClient),
    ),
]


@pytest.fixture(params=CASES, ids=lambda case: case.name)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    stage: Stage = request.param.new_stage()
    await stage.start()
    yield stage
    await stage.stop()


def those(condition: Callable[[Case], bool]) -> pytest.MarkDecorator:
    """Only those cases."""
    chosen = [case for case in CASES if condition(case)]
    return pytest.mark.parametrize("stage", chosen, ids=lambda case: case.name, indirect=True)


@asynccontextmanager
async def running(session: RealtimeSession) -> AsyncIterator[asyncio.Task[None]]:
    """A session that has to come to its own end."""
    run = asyncio.create_task(session.run(), name="session")
    try:
        yield run
        async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
            await run
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def test_the_transcript_is_what_was_spoken(stage: Stage) -> None:
    heard = Heard()
    pcm = noise(1, words=12)
    async with running(session := stage.session(heard)):
        await heard.first(SessionStarted)
        speak(session, pcm)
        session.finish()
    assert heard.words == scripted_words(pcm)


async def test_audio_before_the_service_is_ready_is_not_lost(stage: Stage) -> None:
    heard = Heard()
    pcm = noise(2, words=5)
    session = stage.session(heard)
    speak(session, pcm)
    session.finish()
    async with running(session):
        await heard.first(Finished)
    assert heard.words == scripted_words(pcm)


async def test_partials_come_before_the_final(stage: Stage) -> None:
    heard = Heard()
    pcm = noise(3, words=3)
    async with running(session := stage.session(heard)):
        speak(session, pcm)
        await heard.first(Partial)
        assert not heard.all(Final)
        session.finish()
    texts = [partial.text.split() for partial in heard.all(Partial)]
    assert texts == [scripted_words(pcm)[: count + 1] for count in range(3)]
    assert heard.events.index(heard.all(Partial)[-1]) < heard.events.index(heard.all(Final)[0])


async def test_nothing_comes_after_the_session_has_finished(stage: Stage) -> None:
    heard = Heard()
    async with running(session := stage.session(heard)):
        speak(session, noise(4, words=2))
        session.finish()
    assert heard.all(Finished) == [Finished()]
    assert heard.events[-1] == Finished()
    assert heard.all(Failed) == []


async def test_the_states_are_reported_in_the_order_of_the_table(stage: Stage) -> None:
    heard = Heard()
    async with running(session := stage.session(heard)):
        speak(session, noise(5, words=2))
        await heard.first(Partial)
        session.finish()
    states = [State.DISCONNECTED, *(change.state for change in heard.all(StateChanged))]
    assert states == [
        State.DISCONNECTED,
        State.CONNECTING,
        State.LOADING,
        State.LISTENING,
        State.CONNECTED,
        State.FINISHING,
        State.CLOSED,
    ]
    assert all(after in TRANSITIONS[before].values() for before, after in pairwise(states))


async def test_a_session_without_audio_finishes(stage: Stage) -> None:
    heard = Heard()
    async with running(session := stage.session(heard)):
        session.finish()
    assert heard.events[-1] == Finished()
    assert heard.words == []


async def test_a_session_without_audio_finishes_while_it_listens(stage: Stage) -> None:
    heard = Heard()
    async with running(session := stage.session(heard)):
        await heard.first(SessionStarted)
        session.finish()
    assert heard.events[-1] == Finished()


@those(lambda case: case.capabilities.flush)
async def test_a_flush_brings_a_final_and_is_confirmed(stage: Stage) -> None:
    heard = Heard()
    first, second = noise(6, words=3), noise(7, words=4)
    async with running(session := stage.session(heard)):
        speak(session, first)
        session.flush("7")
        done = await heard.first(FlushDone)
        assert done == FlushDone(flush_id="7")
        assert heard.words == scripted_words(first)
        assert heard.events.index(heard.all(Final)[0]) < heard.events.index(done)
        speak(session, second)
        session.finish()
    assert heard.words == scripted_words(first) + scripted_words(second)
    assert heard.all(FlushDone) == [done]


@those(lambda case: not case.capabilities.flush)
async def test_a_flush_that_the_service_cannot_do_is_refused(stage: Stage) -> None:
    heard = Heard()
    async with running(session := stage.session(heard)):
        await heard.first(SessionStarted)
        with pytest.raises(LifecycleError, match="cannot flush"):
            session.flush("7")
        session.finish()
    assert heard.events[-1] == Finished()


async def test_audio_after_the_finish_is_refused(stage: Stage) -> None:
    heard = Heard()
    async with running(session := stage.session(heard)):
        session.finish()
        with pytest.raises(LifecycleError):
            session.send_audio(bytes(3200))
    assert heard.events[-1] == Finished()


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        (FaultKind.REFUSE, ServiceError, "service_error"),
        (FaultKind.CLOSE, ConnectionLostError, "connection_lost"),
        (FaultKind.RESET, ConnectionLostError, "connection_lost"),
        (FaultKind.RUBBISH, ProtocolViolationError, "protocol_violation"),
    ],
)
async def test_a_session_fails_once_and_says_why(
    stage: Stage, kind: FaultKind, error: type[BridgeError], code: str
) -> None:
    stage.arrange(kind)
    heard = Heard()
    async with running(session := stage.session(heard)):
        speak(session, noise(8, words=3))
        await heard.first(Failed)
    (failed,) = heard.all(Failed)
    assert type(failed.error) is error
    assert failed.error.code == code
    assert heard.events[-2:] == [StateChanged(state=State.ERROR), failed]
    assert heard.all(Finished) == []
    assert session.waiting_bytes == 0


async def test_a_silent_service_is_left_to_the_deadline_of_the_transcriber(stage: Stage) -> None:
    stage.arrange(FaultKind.SILENT)
    heard = Heard()

    def new_session(on_event: OnEvent) -> RealtimeSession:
        def both(event: SessionEvent) -> None:
            heard(event)
            on_event(event)

        return stage.session(both)

    limits = Limits(ready_s=0.2, final_s=0.05)
    pcm = noise(9, words=1)
    async with Utterance(
        new_session=new_session,
        source=SERVICE_FORMAT,
        profile="test",
        provider="test",
        limits=limits,
    ) as utterance:
        utterance.feed(pcm)
        utterance.finish()
        with pytest.raises(TimeoutError):
            await utterance.result()
    assert heard.all(Failed) == []
    assert heard.all(Finished) == []


async def test_ten_sessions_at_once_do_not_mix(stage: Stage) -> None:
    spoken = [noise(seed, words=4 + seed % 3) for seed in range(10)]
    heards = [Heard() for _ in spoken]
    sessions = [stage.session(heard) for heard in heards]

    async def one(session: RealtimeSession, heard: Heard, pcm: bytes) -> None:
        async with running(session):
            await heard.first(SessionStarted)
            speak(session, pcm)
            session.finish()

    async with asyncio.TaskGroup() as group:
        for each in zip(sessions, heards, spoken, strict=True):
            group.create_task(one(*each))
    assert [heard.words for heard in heards] == [scripted_words(pcm) for pcm in spoken]


@pytest.mark.parametrize("moment", [SessionStarted, Partial])
async def test_cancelling_closes_the_websocket(stage: Stage, moment: type[SessionEvent]) -> None:
    heard = Heard()
    session = stage.session(heard)
    speak(session, noise(11, words=2))
    run = asyncio.create_task(session.run())
    await heard.first(moment)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
        await stage.client_gone()
    assert heard.all(Failed) == []


async def test_calls_after_cancelling_wait_for_nothing(stage: Stage) -> None:
    heard = Heard()
    session = stage.session(heard)
    run = asyncio.create_task(session.run())
    await heard.first(SessionStarted)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    session.send_audio(bytes(3200))
    assert session.waiting_bytes == 0
    async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
        await session.sent()
