"""An utterance passes on what a session reports, in order, and never during a command."""

import asyncio
from collections.abc import Callable

import pytest

from detectors import LoudDetector
from utterances import PATIENT, RACE, SECOND, THREE, bounded, silence, until
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.endpointing import RECORDING, Endpointing
from wyoming_bridge.events import (
    FinalText,
    Finished,
    FlushDone,
    SessionEvent,
    SessionStarted,
    SignsOfLife,
)
from wyoming_bridge.transcriber import Candidate, Observer, Utterance
from wyoming_bridge.transcriber.recognition import Recognition


class Log(list[str], Observer):
    """An observer of an utterance that notes the events of sessions."""

    def session_reported(self, _attempt: int, event: SessionEvent) -> None:
        self.append(type(event).__name__)


class PromptSession:
    """A session that reports the answer to a call before the call returns."""

    signs_of_life = SignsOfLife()

    def __init__(
        self, log: Log, on_event: Callable[[SessionEvent], None], on_sent: Callable[[], None]
    ) -> None:
        self._log = log
        self._on_event = on_event
        self._on_sent = on_sent
        self.waiting_bytes = 0

    async def run(self) -> None:
        self._on_event(SessionStarted())
        await asyncio.Event().wait()

    def send_audio(self, _pcm: bytes) -> None:
        self._log.append("send")
        self._on_sent()
        self._log.append("sent")

    def flush(self, flush_id: str) -> None:
        self._log.append("flush")
        self._on_event(FinalText(text="on"))
        self._on_event(FlushDone(flush_id=flush_id))
        self._log.append("flushed")

    def finish(self) -> None:
        self._log.append("finish")
        self._on_event(FinalText(text="off"))
        self._on_event(Finished())
        self._log.append("finished")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    """Return a log of the calls of a session, and of what the recognition gets from it."""
    log = Log()
    audio_taken = Recognition.audio_taken

    def note(recognition: Recognition, *, now: float) -> None:
        log.append("audio taken")
        audio_taken(recognition, now=now)

    monkeypatch.setattr(Recognition, "audio_taken", note)
    return log


def prompt_utterance(log: Log, endpointing: Endpointing) -> tuple[Utterance, list[PromptSession]]:
    sessions: list[PromptSession] = []

    def new_session(
        on_event: Callable[[SessionEvent], None],
        *,
        on_sent: Callable[[], None],
        **_: object,
    ) -> PromptSession:
        sessions.append(PromptSession(log, on_event, on_sent))
        return sessions[-1]

    utterance = Utterance(
        candidates=[Candidate(profile="a", provider="a", new_session=new_session, limits=PATIENT)],
        source=PCM_16K_MONO,
        endpointing=endpointing,
        new_detector=LoudDetector,
        observers=[log],
    )
    return utterance, sessions


async def test_events_during_a_flush_or_the_finish_are_handled_after_it_and_in_order(
    log: Log,
) -> None:
    utterance, _ = prompt_utterance(log, RACE)
    async with utterance, bounded():
        utterance.feed(THREE)
        await until(lambda: "SessionStarted" in log)
        log.clear()
        utterance.feed(silence(320))
        flushed = [each for each in log if each not in {"send", "sent"}]
        log.clear()
        utterance.feed(THREE)
        utterance.finish()
        result = await utterance.result()

    finished = [each for each in log if each not in {"send", "sent"}]
    assert flushed == ["flush", "flushed", "FinalText", "FlushDone"]
    assert finished == ["finish", "finished", "FinalText", "Finished"]
    assert result.text == "on off"


async def test_the_recognition_learns_of_audio_that_was_taken_during_a_command_after_it(
    log: Log,
) -> None:
    utterance, sessions = prompt_utterance(log, RECORDING)
    async with utterance, bounded():
        utterance.feed(THREE)
        await until(lambda: "sent" in log)
        utterance.feed(bytes(21 * SECOND))
        sessions[0].waiting_bytes = 22 * SECOND
        draining = asyncio.create_task(utterance.drain())
        await asyncio.sleep(0)
        log.clear()
        utterance.feed(THREE[:3200])
        noted = log.copy()
        sessions[0].waiting_bytes = 0
        utterance.fail(ValueError("the test is over"))
        await draining

    assert noted == ["send", "sent", "audio taken"]
