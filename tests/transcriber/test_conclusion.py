"""``Conclusion``: when the outcome of an utterance is certain, and what the result reports."""

import pytest

from machines import UNHURRIED, WORD, AnInterpreter
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.endpointing import Ending, Endpoint
from wyoming_bridge.errors import AuthenticationError, FinalTimeoutError, RequestError
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    PartialText,
    SessionEvent,
    SessionStarted,
)
from wyoming_bridge.house import Completeness, Repair
from wyoming_bridge.transcriber import Candidate, Interpretation, Result, TextStyle
from wyoming_bridge.transcriber.audio_flow import AudioFlow
from wyoming_bridge.transcriber.commands import Command, Fail, Interpret, Resolve
from wyoming_bridge.transcriber.conclusion import Conclusion, Outcome
from wyoming_bridge.transcriber.failover import Failover
from wyoming_bridge.transcriber.interpretations import Interpretations
from wyoming_bridge.transcriber.phases import Trigger
from wyoming_bridge.transcriber.replay_buffer import ReplayBuffer
from wyoming_bridge.transcriber.request import Purpose
from wyoming_bridge.transcriber.timeline import Timeline
from wyoming_bridge.transcriber.transcript import Transcript

BEGAN = 50.0
HEARD = "turn on the stand in light"
REPAIR = Repair(text="turn on the Standing Light", reason="sounds like a command")
SILENCE = Endpoint(ended_by=Ending.SILENCE, silence_ms=120.0)


class Concluded:
    """An utterance of one word at the time ``BEGAN``, whose session's events a test chooses."""

    def __init__(
        self,
        *,
        interpreter: AnInterpreter | None = None,
        text_style: TextStyle = TextStyle.AS_IS,
        purpose: Purpose = Purpose.SPEECH,
    ) -> None:
        candidate = Candidate(
            profile="a",
            provider="reson8",
            new_session=None,
            limits=UNHURRIED,
            interpreter=interpreter,
        )
        buffer, self.commands = ReplayBuffer(), list[Command]()
        self.failover = Failover([candidate], replay_buffer=buffer, commands=self.commands)
        self.interpretations = Interpretations(
            limit_s=2.0, replay_buffer=buffer, commands=self.commands
        )
        timeline = Timeline()
        timeline.begin(BEGAN)
        self.conclusion = Conclusion(
            failover=self.failover,
            interpretations=self.interpretations,
            timeline=timeline,
            flow=AudioFlow(PCM_16K_MONO, idle_s=UNHURRIED.idle_s, stall_s=UNHURRIED.stall_s),
            commands=self.commands,
            idle_s=UNHURRIED.idle_s,
            text_style=text_style,
            purpose=purpose,
        )
        buffer.append(WORD)
        self.failover.start(now=BEGAN)

    def event(self, *events: SessionEvent) -> None:
        for event in events:
            self.failover.take(1, event, now=BEGAN)

    def finish(self, endpoint: Endpoint = SILENCE) -> None:
        self.failover.finish(speech_end=None, now=BEGAN)
        self.conclusion.audio_ended(endpoint, speech_end_ms=80, now=BEGAN + 0.2)

    def certain(self, *, after_s: float = 0.5) -> Outcome | Exception | None:
        return self.conclusion.certain(now=BEGAN + after_s)

    def outcome(self) -> Outcome:
        outcome = self.certain()
        assert isinstance(outcome, Outcome)
        return outcome

    def result(self, interpretation: Interpretation | None = None) -> Result:
        return self.conclusion.result(self.outcome(), interpretation, audio_ms=200, now=BEGAN + 0.5)


def test_the_outcome_is_certain_when_the_service_has_finished() -> None:
    utterance = Concluded()
    utterance.event(SessionStarted(), PartialText(text="on"))
    assert utterance.certain() is None
    utterance.finish()
    utterance.event(FinalText(text="on"))
    assert utterance.certain() is None

    utterance.event(Finished())

    assert utterance.outcome().is_complete
    assert utterance.outcome().transcript.text == "on"


def test_the_error_is_certain_when_no_profile_can_transcribe() -> None:
    utterance = Concluded()
    error = AuthenticationError("a wrong token")

    utterance.event(Failed(error=error))

    assert utterance.certain() is error


def test_a_text_with_all_speech_stands_in_for_a_final_that_is_late() -> None:
    utterance = Concluded()
    utterance.event(SessionStarted())
    utterance.finish()
    utterance.event(PartialText(text="on", end_ms=200))
    assert utterance.certain() is None

    utterance.failover.handle_timeout(now=BEGAN + UNHURRIED.final_s)
    result = utterance.result()

    assert (result.text, result.complete) == ("on", False)
    assert [type(each) for each in result.failures] == [FinalTimeoutError]


@pytest.mark.parametrize("text", ["", "turn off the lights"])
def test_text_of_audio_that_broke_off_is_an_error(text: str) -> None:
    utterance = Concluded()
    utterance.event(SessionStarted())
    utterance.finish(Endpoint(ended_by=Ending.AUDIO_LOST))
    utterance.event(FinalText(text=text), Finished())
    certain = utterance.certain()

    assert isinstance(certain, RequestError if text else Outcome)


def test_a_partial_of_audio_that_broke_off_is_an_error_too() -> None:
    utterance = Concluded()
    utterance.event(SessionStarted())
    utterance.finish(Endpoint(ended_by=Ending.AUDIO_LOST))
    utterance.event(PartialText(text="on", end_ms=200))

    assert isinstance(utterance.certain(), RequestError)


def test_a_probe_is_concluded_as_soon_as_the_service_is_ready() -> None:
    probe = Concluded(purpose=Purpose.PROBE)
    assert probe.certain() is None

    probe.event(SessionStarted())

    assert probe.result().text == ""


def test_the_result_reports_the_end_of_the_audio_and_the_times() -> None:
    utterance = Concluded()
    utterance.event(SessionStarted())
    utterance.finish()
    utterance.event(FinalText(text="on"), Finished())

    result = utterance.result()

    assert (result.endpoint, result.profile, result.provider) == (SILENCE, "a", "reson8")
    assert result.connections == 1
    timing = result.timing
    assert (timing.audio_ms, timing.speech_ms, timing.endpoint_ms) == (200, 80, 120)
    assert timing.final_ms == pytest.approx(300)
    assert timing.total_ms == pytest.approx(500)


def test_a_stream_is_as_long_as_its_transcript() -> None:
    stream = Concluded(purpose=Purpose.STREAM)
    stream.event(SessionStarted(), FinalText(text="the news", start_ms=0, end_ms=3000), Finished())

    assert stream.result().timing.audio_ms == 3000


def test_the_result_has_the_repair_and_what_was_said() -> None:
    utterance = Concluded(interpreter=AnInterpreter())
    utterance.event(SessionStarted())
    utterance.finish()
    utterance.event(FinalText(text=HEARD), Finished())

    result = utterance.result(Interpretation(completeness=Completeness.COMPLETE, repair=REPAIR))

    assert result.text == REPAIR.text
    assert (result.said, result.repair) == (HEARD, REPAIR.reason)
    assert result.completeness is Completeness.COMPLETE


def test_the_result_has_the_text_style_and_what_was_said() -> None:
    utterance = Concluded(text_style=TextStyle.COMMANDS)
    utterance.event(SessionStarted())
    utterance.finish()
    utterance.event(FinalText(text="on."), Finished())

    assert (utterance.result().text, utterance.result().said) == ("on", "on.")


def test_an_outcome_waits_for_the_interpretation_of_its_text() -> None:
    utterance = Concluded(interpreter=AnInterpreter())
    utterance.event(SessionStarted())
    utterance.finish()
    utterance.event(FinalText(text=HEARD), Finished())

    assert utterance.outcome().interpreted_by == BEGAN + 0.5 + 2.0
    questions = [each for each in utterance.commands if isinstance(each, Interpret)]
    assert [each.text for each in questions] == [HEARD]


def test_another_transcript_can_replace_that_of_the_transcription() -> None:
    utterance = Concluded()
    utterance.event(SessionStarted(), FinalText(text="hm"))

    outcome = utterance.conclusion.of(utterance.failover.tried.lead, Transcript(), now=BEGAN)

    assert outcome.transcript.text == ""
    assert outcome.interpreted_by < BEGAN


def test_an_outcome_resolves_when_its_text_is_interpreted() -> None:
    utterance = Concluded(interpreter=AnInterpreter())
    utterance.event(SessionStarted())
    utterance.finish()
    utterance.event(FinalText(text=HEARD), Finished())
    conclusion, now = utterance.conclusion, BEGAN + 0.5

    assert conclusion.settle(now=now) is Trigger.INTERPRET
    assert conclusion.resume(now=now) is None
    answer = Interpretation(completeness=Completeness.COMPLETE, repair=REPAIR)
    utterance.interpretations.take(HEARD, answer)

    assert conclusion.resume(now=now) is Trigger.RESOLVE
    (resolve,) = (each for each in utterance.commands if isinstance(each, Resolve))
    assert resolve.result.text == REPAIR.text


def test_an_outcome_without_an_interpretation_resolves_in_the_end() -> None:
    utterance = Concluded(interpreter=AnInterpreter())
    utterance.event(SessionStarted())
    utterance.finish()
    utterance.event(FinalText(text=HEARD), Finished())
    conclusion = utterance.conclusion

    assert conclusion.settle(now=BEGAN + 0.5) is Trigger.INTERPRET
    assert conclusion.interpreted_by == BEGAN + 2.5
    assert conclusion.resume(now=BEGAN + 2.5) is Trigger.RESOLVE


def test_an_error_that_is_certain_fails_the_utterance() -> None:
    utterance = Concluded()
    error = AuthenticationError("a wrong token")
    utterance.event(Failed(error=error))

    assert utterance.conclusion.settle(now=BEGAN) is Trigger.FAIL
    assert Fail(error=error) in utterance.commands
