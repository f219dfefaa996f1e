"""What the service has said, put together."""

import pytest

from wyoming_bridge.errors import ConnectionLostError
from wyoming_bridge.events import (
    Failed,
    Final,
    FinalEnriched,
    Finished,
    FlushDone,
    Partial,
    SessionEvent,
    SessionStarted,
    State,
    StateChanged,
    Warned,
    Word,
)
from wyoming_bridge.transcriber import Revision
from wyoming_bridge.transcriber.transcript import Transcript

ONE = Word(text="one", start_ms=0, end_ms=200)
TWO = Word(text="two", start_ms=200, end_ms=400)


def transcript_of(*events: SessionEvent) -> Transcript:
    transcript = Transcript()
    for event in events:
        transcript.take(event)
    return transcript


def test_a_new_transcript_is_empty() -> None:
    transcript = Transcript()
    assert transcript.text == ""
    assert transcript.words == ()
    assert transcript.language is None
    assert not transcript.has_open_partial


def test_a_partial_replaces_the_partial_before() -> None:
    transcript = transcript_of(Partial(text="one to"), Partial(text="one two"))
    assert transcript.revision() == Revision(text="one two", settled="")
    assert transcript.has_open_partial


def test_a_final_ends_the_partial_before() -> None:
    transcript = transcript_of(Partial(text="one to"), Final(text="One two."))
    assert transcript.revision() == Revision(text="One two.", settled="One two.")
    assert not transcript.has_open_partial


def test_a_partial_follows_the_finals() -> None:
    transcript = transcript_of(Final(text="One."), Final(text="Two."), Partial(text="three"))
    assert transcript.revision() == Revision(text="One. Two. three", settled="One. Two.")


def test_white_space_around_what_is_said_is_one_space_between() -> None:
    transcript = transcript_of(Final(text=" One.\n"), Final(text="  "), Partial(text=" two "))
    assert transcript.text == "One. two"


def test_an_empty_final_takes_the_partial_back() -> None:
    transcript = transcript_of(Partial(text="a cough"), Final(text=""))
    assert transcript.text == ""
    assert not transcript.has_open_partial


def test_words_are_those_of_all_finals_in_order() -> None:
    transcript = transcript_of(
        Final(text="one", words=(ONE,)), Partial(text="two"), Final(text="two", words=(TWO,))
    )
    assert transcript.words == (ONE, TWO)


def test_an_enriched_final_gets_its_words_and_language() -> None:
    transcript = transcript_of(
        Final(text="one"),
        Final(text="two"),
        FinalEnriched(segment=0, words=(ONE,), language="en"),
        FinalEnriched(segment=1, words=(TWO,)),
    )
    assert transcript.words == (ONE, TWO)
    assert transcript.language == "en"
    assert transcript.text == "one two"


def test_an_enrichment_without_words_keeps_those_that_came() -> None:
    transcript = transcript_of(
        Final(text="one", words=(ONE,), language="en"), FinalEnriched(segment=0)
    )
    assert transcript.words == (ONE,)
    assert transcript.language == "en"


def test_an_enrichment_of_a_final_that_never_came_is_passed_over() -> None:
    transcript = transcript_of(FinalEnriched(segment=0, words=(ONE,)))
    assert transcript.words == ()


def test_the_language_is_the_one_that_was_detected_last() -> None:
    transcript = transcript_of(
        Final(text="one", language="en"), Final(text="twee", language="nl"), Final(text="hm")
    )
    assert transcript.language == "nl"


@pytest.mark.parametrize("event", [Partial(text="one"), Final(text="one"), Final(text="")])
def test_text_is_told_as_a_change(event: SessionEvent) -> None:
    assert Transcript().take(event)


@pytest.mark.parametrize(
    "event",
    [
        SessionStarted(),
        StateChanged(state=State.LISTENING),
        FinalEnriched(segment=0),
        FlushDone(flush_id="1"),
        Warned(text="soon"),
        Finished(),
        Failed(error=ConnectionLostError("gone")),
    ],
)
def test_everything_else_changes_no_text(event: SessionEvent) -> None:
    transcript = transcript_of(Partial(text="one"))
    assert not transcript.take(event)
    assert transcript.text == "one"
