"""How a check turns the events of a session into steps.

The tests pass the time as ``now``, so no clock is needed.
"""

from dataclasses import replace

import pytest

from wyoming_bridge.diagnosis.progress import Progress
from wyoming_bridge.diagnosis.steps import CheckOutcome, Step, StepName
from wyoming_bridge.errors import QuotaError
from wyoming_bridge.events import PartialText, SessionStarted, State, StateChanged, Warned
from wyoming_bridge.testing import SCRIPTED_CAPABILITIES
from wyoming_bridge.transcriber import Result, Timing

NO_TIMING = Timing(audio_ms=1000, ready_ms=0, first_text_ms=None, final_ms=0, total_ms=0)


def begun() -> Progress:
    return Progress(has_token=True, now=10.0)


def result(text: str, *, complete: bool = True) -> Result:
    return Result(
        text=text, complete=complete, profile="tried", provider="reson8", timing=NO_TIMING
    )


def test_the_duration_of_a_step_starts_at_the_end_of_the_previous_step() -> None:
    progress = begun()

    websocket = progress.take(StateChanged(state=State.LOADING), now=10.25)
    service = progress.take(SessionStarted(session_id="abc"), now=10.75)
    speech = progress.answered(result("hello"), now=12.75)

    assert websocket == Step(
        name=StepName.WEBSOCKET,
        outcome=CheckOutcome.OK,
        duration_ms=250,
        text="the websocket is open",
    )
    assert service == Step(
        name=StepName.SERVICE,
        outcome=CheckOutcome.OK,
        duration_ms=500,
        text="the token is accepted, and the service is ready for audio (session abc)",
    )
    assert speech == Step(
        name=StepName.SPEECH,
        outcome=CheckOutcome.OK,
        duration_ms=2000,
        text="the service answered after 2000 ms: hello",
    )


def test_an_answer_without_words_is_ok() -> None:
    step = begun().answered(result(""), now=10.0)

    assert step.outcome is CheckOutcome.OK
    assert step.text.endswith("ms: (no words, as expected)")


def test_an_answer_without_a_final_text_is_a_hint() -> None:
    step = begun().answered(result("hel", complete=False), now=10.0)

    assert step.outcome is CheckOutcome.HINT
    assert step.text.endswith("ms: hel (the final text was not received in time)")


def test_a_failure_belongs_to_the_step_in_progress() -> None:
    progress = begun()
    progress.take(StateChanged(state=State.LOADING), now=11.0)
    error = QuotaError("nothing is left", provider="reson8")

    assert progress.failed(error, now=11.5) == Step(
        name=StepName.SERVICE,
        outcome=CheckOutcome.FAILED,
        duration_ms=500,
        text="nothing is left",
        error=error,
    )


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (State.CONNECTING, "waiting for the websocket to open ..."),
        (State.STARTING, "the service is starting ..."),
        (State.LOADING, "waiting until the service is ready ..."),
        (State.FINISHING, "waiting for the transcript ..."),
    ],
)
def test_a_waiting_step_says_what_it_waits_for(state: State, text: str) -> None:
    progress = begun()
    progress.take(StateChanged(state=state), now=10.0)

    waiting = progress.waiting(now=14.0)

    assert (waiting.outcome, waiting.text) == (CheckOutcome.WAITING, text)


def test_a_text_of_the_service_stays_on_one_line() -> None:
    hint = begun().take(Warned(text="soon\n\x1b[2Jdown"), now=10.0)

    assert hint is not None
    assert (hint.outcome, hint.text) == (CheckOutcome.HINT, "soon [2Jdown")


def test_the_server_that_answered_is_named_with_what_it_can_do() -> None:
    found = replace(SCRIPTED_CAPABILITIES, word_times=True)
    step = begun().take(SessionStarted(server="vLLM", capabilities=found), now=10.0)

    assert step
    assert step.text == (
        "the token is accepted, and the service is ready for audio; the server is vLLM (can: "
        "partials, flush, word times, language; cannot: confidence, speakers, end of speech, terms)"
    )


def test_other_events_make_no_step() -> None:
    assert begun().take(PartialText(text="hel"), now=10.0) is None
