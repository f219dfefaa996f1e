"""The contract of a session, tested with all providers and with the scripted one.

``test_contract_failures`` has the tests for failures and cancelling.
"""

import asyncio
from itertools import pairwise

import pytest

from sessions import Heard, noise, running, speak
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
from wyoming_bridge.testing import scripted_words


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
        await heard.first(PartialText)
        assert not heard.all(FinalText)
        session.finish()
    texts = [partial.text.split() for partial in heard.all(PartialText)]
    assert texts == [scripted_words(pcm)[: count + 1] for count in range(3)]
    assert heard.events.index(heard.all(PartialText)[-1]) < heard.events.index(
        heard.all(FinalText)[0]
    )


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
        await heard.first(PartialText)
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
async def test_a_flush_gives_a_final_text_and_is_confirmed(stage: Stage) -> None:
    heard = Heard()
    first, second = noise(6, words=3), noise(7, words=4)
    async with running(session := stage.session(heard)):
        speak(session, first)
        session.flush("7")
        done = await heard.first(FlushDone)
        assert done == FlushDone(flush_id="7")
        assert heard.words == scripted_words(first)
        assert heard.events.index(heard.all(FinalText)[0]) < heard.events.index(done)
        speak(session, second)
        session.finish()
    assert heard.words == scripted_words(first) + scripted_words(second)
    assert heard.all(FlushDone) == [done]


@those(lambda case: not case.capabilities.flush)
async def test_a_flush_that_the_service_does_not_support_is_refused(stage: Stage) -> None:
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
