"""The contract of a session that fails or is cancelled, tested with all providers."""

import asyncio
from collections.abc import Callable

import pytest

from patience import PATIENCE_S
from sessions import OnEvent, SessionEvents, noise, running, speak
from stages import Stage, those
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.errors import (
    BridgeError,
    ConnectionLostError,
    ServiceError,
)
from wyoming_bridge.events import (
    Failed,
    Finished,
    PartialText,
    SessionEvent,
    SessionStarted,
    State,
    StateChanged,
    Warned,
)
from wyoming_bridge.session import OnMessage, RealtimeSession
from wyoming_bridge.testing import FaultKind
from wyoming_bridge.transcriber import Candidate, Limits, Utterance

at_the_first_words = those(lambda case: case.capabilities.partials)


@at_the_first_words
@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        (FaultKind.REFUSE, ServiceError, "service_error"),
        (FaultKind.CLOSE, ConnectionLostError, "connection_lost"),
        (FaultKind.RESET, ConnectionLostError, "connection_lost"),
    ],
)
async def test_a_session_reports_one_error_with_the_reason(
    stage: Stage, kind: FaultKind, error: type[BridgeError], code: str
) -> None:
    stage.arrange(kind)
    received = SessionEvents()
    async with running(session := stage.session(received)):
        speak(session, noise(8, words=3))
        await received.first(Failed)
    (failed,) = received.all(Failed)
    assert type(failed.error) is error
    assert failed.error.code == code
    assert received.events[-2:] == [StateChanged(state=State.ERROR), failed]
    assert received.all(Finished) == []
    assert session.waiting_bytes == 0


@at_the_first_words
async def test_a_message_that_cannot_be_read_does_not_end_a_session(stage: Stage) -> None:
    stage.arrange(FaultKind.RUBBISH)
    received = SessionEvents()
    async with running(session := stage.session(received)):
        speak(session, noise(8, words=3))
        await received.first(PartialText)
        session.finish()
        await received.first(Finished)
    (warned,) = received.all(Warned)
    assert "skipped a message that cannot be read" in warned.text
    assert received.all(Failed) == []


async def test_a_session_does_not_time_out_a_silent_service_itself(stage: Stage) -> None:
    stage.arrange(FaultKind.SILENT)
    received = SessionEvents()

    def new_session(
        on_event: OnEvent,
        *,
        on_sent: Callable[[], None],  # noqa: ARG001 - the test has no source that waits
        begins_at_ms: int = 0,
        on_message: OnMessage | None = None,
    ) -> RealtimeSession:
        assert (begins_at_ms, on_message) == (0, None)

        def both(event: SessionEvent) -> None:
            received(event)
            on_event(event)

        return stage.session(both)

    limits = Limits(ready_s=0.2, total_s=0.05, connections=1)
    candidate = Candidate(profile="test", provider="test", new_session=new_session, limits=limits)
    pcm = noise(9, words=1)
    async with Utterance(
        candidates=[candidate], source=PCM_16K_MONO, endpointing=RECORDING
    ) as utterance:
        utterance.feed(pcm)
        utterance.finish()
        with pytest.raises(TimeoutError):
            await utterance.result()
    assert received.all(Failed) == []
    assert received.all(Finished) == []


@at_the_first_words
@pytest.mark.parametrize("moment", [SessionStarted, PartialText])
async def test_cancelling_closes_the_websocket(stage: Stage, moment: type[SessionEvent]) -> None:
    received = SessionEvents()
    session = stage.session(received)
    speak(session, noise(11, words=2))
    run = asyncio.create_task(session.run())
    await received.first(moment)
    async with asyncio.timeout(PATIENCE_S):
        await stage.audio_arrived()  # before that, the service has no voice that it could close
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    async with asyncio.timeout(PATIENCE_S):
        await stage.client_gone()
    assert received.all(Failed) == []


async def test_nothing_waits_after_cancelling(stage: Stage) -> None:
    received = SessionEvents()
    session = stage.session(received)
    run = asyncio.create_task(session.run())
    await received.first(SessionStarted)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    session.send_audio(bytes(3200))
    assert session.waiting_bytes == 0
