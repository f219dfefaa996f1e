"""The contract of a session, tested with all providers and with the scripted one.

``test_contract_failures`` has the tests for failures and cancelling.
"""

import asyncio
from itertools import pairwise

import pytest

from sessions import SessionEvents, noise, running, speak
from stages import Stage, those
from wyoming_bridge.errors import LifecycleError
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionStarted,
    State,
    StateChanged,
)
from wyoming_bridge.providers.lifecycle import TRANSITIONS
from wyoming_bridge.session import RealtimeSession


async def test_the_transcript_is_what_was_spoken(stage: Stage) -> None:
    received = SessionEvents()
    pcm = noise(1, words=12)
    async with running(session := stage.session(received)):
        await received.first(SessionStarted)
        speak(session, pcm)
        session.finish()
    assert received.words == stage.words(pcm)


async def test_audio_before_the_service_is_ready_is_not_lost(stage: Stage) -> None:
    received = SessionEvents()
    pcm = noise(2, words=5)
    session = stage.session(received)
    speak(session, pcm)
    session.finish()
    async with running(session):
        await received.first(Finished)
    assert received.words == stage.words(pcm)


@those(lambda case: case.capabilities.partials)
async def test_partials_come_before_the_final(stage: Stage) -> None:
    received = SessionEvents()
    pcm = noise(3, words=3)
    async with running(session := stage.session(received)):
        speak(session, pcm)
        await received.first(PartialText)
        assert not received.all(FinalText)
        session.finish()
    texts = [partial.text.split() for partial in received.all(PartialText)]
    assert texts == [stage.words(pcm)[: count + 1] for count in range(3)]
    assert received.events.index(received.all(PartialText)[-1]) < received.events.index(
        received.all(FinalText)[0]
    )


async def test_nothing_comes_after_the_session_has_finished(stage: Stage) -> None:
    received = SessionEvents()
    async with running(session := stage.session(received)):
        speak(session, noise(4, words=2))
        session.finish()
    assert received.all(Finished) == [Finished()]
    assert received.events[-1] == Finished()
    assert received.all(Failed) == []


@those(lambda case: case.capabilities.partials)
async def test_the_states_are_reported_in_the_order_of_the_table(stage: Stage) -> None:
    received = SessionEvents()
    async with running(session := stage.session(received)):
        speak(session, noise(5, words=2))
        await received.first(PartialText)
        session.finish()
    states = [State.DISCONNECTED, *(change.state for change in received.all(StateChanged))]
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
    received = SessionEvents()
    async with running(session := stage.session(received)):
        session.finish()
    assert received.events[-1] == Finished()
    assert received.words == []


async def test_a_session_without_audio_finishes_while_it_listens(stage: Stage) -> None:
    received = SessionEvents()
    async with running(session := stage.session(received)):
        await received.first(SessionStarted)
        session.finish()
    assert received.events[-1] == Finished()


@those(lambda case: case.capabilities.flush)
async def test_a_flush_gives_a_final_text_and_is_confirmed(stage: Stage) -> None:
    received = SessionEvents()
    first, second = noise(6, words=3), noise(7, words=4)
    async with running(session := stage.session(received)):
        speak(session, first)
        session.flush("7")
        done = await received.first(FlushDone)
        assert done == FlushDone(flush_id="7")
        assert received.words == stage.words(first)
        assert received.events.index(received.all(FinalText)[0]) < received.events.index(done)
        speak(session, second)
        session.finish()
    assert received.words == stage.words(first) + stage.words(second)
    assert received.all(FlushDone) == [done]


@those(lambda case: not case.capabilities.flush)
async def test_a_flush_that_the_service_does_not_support_is_refused(stage: Stage) -> None:
    received = SessionEvents()
    async with running(session := stage.session(received)):
        await received.first(SessionStarted)
        with pytest.raises(LifecycleError, match="cannot flush"):
            session.flush("7")
        session.finish()
    assert received.events[-1] == Finished()


async def test_audio_after_the_finish_is_refused(stage: Stage) -> None:
    received = SessionEvents()
    async with running(session := stage.session(received)):
        session.finish()
        with pytest.raises(LifecycleError):
            session.send_audio(bytes(3200))
    assert received.events[-1] == Finished()


async def test_ten_sessions_at_once_do_not_mix(stage: Stage) -> None:
    spoken = [noise(seed, words=4 + seed % 3) for seed in range(10)]
    all_received = [SessionEvents() for _ in spoken]
    sessions = [stage.session(received) for received in all_received]

    async def one(session: RealtimeSession, received: SessionEvents, pcm: bytes) -> None:
        async with running(session):
            await received.first(SessionStarted)
            speak(session, pcm)
            session.finish()

    async with asyncio.TaskGroup() as group:
        for each in zip(sessions, all_received, spoken, strict=True):
            group.create_task(one(*each))
    assert [received.words for received in all_received] == [stage.words(pcm) for pcm in spoken]
