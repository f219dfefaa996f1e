"""What a session's events become, with time as a number."""

import pytest

from wyoming_bridge.diagnosis.progress import Progress
from wyoming_bridge.diagnosis.steps import CheckOutcome, Step, StepName
from wyoming_bridge.errors import QuotaError
from wyoming_bridge.events import PartialText, SessionStarted, State, StateChanged, Warned
from wyoming_bridge.transcriber import Result, Timing

NO_TIMING = Timing(audio_ms=1000, ready_ms=0, first_text_ms=None, final_ms=0, total_ms=0)


def begun() -> Progress:
    return Progress(has_token=True, now=10.0)


def result(text: str, *, complete: bool = True) -> Result:
    return Result(
        text=text, complete=complete, profile="tried", provider="reson8", timing=NO_TIMING
    )


def test_each_step_counts_from_the_end_of_the_one_before() -> None:
    progress = begun()

    websocket = progress.take(StateChanged(state=State.LOADING), now=10.25)
    service = progress.take(SessionStarted(session_id="abc"), now=10.75)
    speech = progress.heard(result("hello"), now=12.75)

    assert websocket == Step(
        name=StepName.WEBSOCKET, outcome=CheckOutcome.OK, duration_ms=250, text="it is open"
    )
    assert service == Step(
        name=StepName.SERVICE,
        outcome=CheckOutcome.OK,
        duration_ms=500,
        text="the token is accepted, and the service takes audio; it calls the session abc",
    )
    assert speech == Step(
        name=StepName.SPEECH,
        outcome=CheckOutcome.OK,
        duration_ms=2000,
        text="answered after 2000 ms; heard: hello",
    )


def test_that_nothing_was_heard_is_well() -> None:
    heard = begun().heard(result(""), now=10.0)

    assert heard.outcome is CheckOutcome.OK
    assert heard.text.endswith("heard: nothing, and no word was said")


def test_words_without_a_final_are_a_hint() -> None:
    heard = begun().heard(result("hel", complete=False), now=10.0)

    assert heard.outcome is CheckOutcome.HINT
    assert heard.text.endswith("heard: hel (in time for a partial only)")


def test_a_failure_belongs_to_the_step_that_is_open() -> None:
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
    ("state", "said"),
    [
        (State.CONNECTING, "the service is asked for a websocket ..."),
        (State.STARTING, "the service is starting ..."),
        (State.LOADING, "the service is loading ..."),
        (State.FINISHING, "the service is asked what it heard ..."),
    ],
)
def test_what_is_waited_for_is_said(state: State, said: str) -> None:
    progress = begun()
    progress.take(StateChanged(state=state), now=10.0)

    waiting = progress.waiting(now=14.0)

    assert (waiting.outcome, waiting.text) == (CheckOutcome.WAITING, said)


def test_what_a_service_says_stays_on_one_line() -> None:
    hint = begun().take(Warned(text="soon\n\x1b[2Jdown"), now=10.0)

    assert hint is not None
    assert (hint.outcome, hint.text) == (CheckOutcome.HINT, "soon [2Jdown")


def test_other_events_are_no_steps() -> None:
    assert begun().take(PartialText(text="hel"), now=10.0) is None
