"""The transcript that is assembled from a service's events."""

from dataclasses import replace

import pytest

from wyoming_bridge.errors import ConnectionLostError
from wyoming_bridge.events import (
    Entity,
    Failed,
    FinalEnriched,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionEvent,
    SessionStarted,
    State,
    StateChanged,
    Warned,
    Word,
)
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
    transcript = transcript_of(PartialText(text="one to"), PartialText(text="one two"))
    assert (transcript.text, transcript.settled) == ("one two", "one")
    assert transcript.has_open_partial


def test_a_final_ends_the_partial_before() -> None:
    transcript = transcript_of(PartialText(text="one to"), FinalText(text="One two."))
    assert (transcript.text, transcript.settled) == ("One two.", "One two.")
    assert not transcript.has_open_partial


def test_a_partial_follows_the_finals() -> None:
    transcript = transcript_of(
        FinalText(text="One."), FinalText(text="Two."), PartialText(text="three")
    )
    assert (transcript.text, transcript.settled) == ("One. Two. three", "One. Two.")


def test_white_space_around_texts_becomes_one_space_between_them() -> None:
    transcript = transcript_of(
        FinalText(text=" One.\n"), FinalText(text="  "), PartialText(text=" two ")
    )
    assert transcript.text == "One. two"


def test_an_empty_final_removes_the_partial() -> None:
    transcript = transcript_of(PartialText(text="a cough"), FinalText(text=""))
    assert transcript.text == ""
    assert not transcript.has_open_partial


def test_words_are_those_of_all_finals_in_order() -> None:
    transcript = transcript_of(
        FinalText(text="one", words=(ONE,)),
        PartialText(text="two"),
        FinalText(text="two", words=(TWO,)),
    )
    assert transcript.words == (ONE, TWO)


def test_an_enriched_final_gets_its_words_and_language() -> None:
    transcript = transcript_of(
        FinalText(text="one"),
        FinalText(text="two"),
        FinalEnriched(segment=0, words=(ONE,), language="en"),
        FinalEnriched(segment=1, words=(TWO,)),
    )
    assert transcript.words == (ONE, TWO)
    assert transcript.language == "en"
    assert transcript.text == "one two"


def test_an_enrichment_without_words_keeps_the_words_of_the_final() -> None:
    transcript = transcript_of(
        FinalText(text="one", words=(ONE,), language="en"), FinalEnriched(segment=0)
    )
    assert transcript.words == (ONE,)
    assert transcript.language == "en"


def test_an_enrichment_of_an_unknown_final_is_ignored() -> None:
    transcript = transcript_of(FinalEnriched(segment=0, words=(ONE,)))
    assert transcript.words == ()


def test_the_language_is_the_one_that_was_detected_last() -> None:
    transcript = transcript_of(
        FinalText(text="one", language="en"),
        FinalText(text="twee", language="nl"),
        FinalText(text="hm"),
    )
    assert transcript.language == "nl"


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
    transcript = transcript_of(PartialText(text="one"))
    transcript.take(event)
    assert transcript.text == "one"


def test_another_session_begins_after_the_confirmed_finals() -> None:
    transcript = transcript_of(FinalText(text="one"))
    transcript.confirm(200)
    transcript.take(PartialText(text="two thr"))

    transcript.begin_session()

    assert transcript.confirmed_ms == 200
    assert (transcript.text, transcript.has_open_partial) == ("one", False)


def test_another_session_drops_the_text_that_is_not_confirmed() -> None:
    transcript = transcript_of(FinalText(text="one"), PartialText(text="two"))

    transcript.begin_session()

    assert transcript.confirmed_ms == 0
    assert transcript.text == ""


def test_another_session_drops_the_entities_of_text_that_is_not_confirmed() -> None:
    kitchen = Entity(text="kitchen", kind="room", start_char=4, end_char=11)
    transcript = transcript_of(
        FinalText(text="the kitchen"), FinalEnriched(segment=0, words=(), entities=(kitchen,))
    )
    assert transcript.segments[0].entities == (kitchen,)

    transcript.begin_session()
    transcript.take(FinalText(text="the hall"))

    assert transcript.segments[0].entities == ()


def test_a_final_with_an_end_time_is_confirmed() -> None:
    by_words = transcript_of(FinalText(text="one two", words=(ONE, TWO)), PartialText(text="three"))
    by_segment = transcript_of(FinalText(text="one", words=(ONE,), end_ms=300))

    assert by_words.confirmed_ms == 400
    assert by_segment.confirmed_ms == 300


def test_words_that_arrive_after_their_final_confirm_it() -> None:
    transcript = transcript_of(FinalText(text="one"), FinalEnriched(segment=0, words=(ONE,)))

    transcript.begin_session()

    assert transcript.confirmed_ms == 200
    assert transcript.text == "one"


def test_an_enrichment_applies_to_the_finals_of_its_own_session() -> None:
    transcript = transcript_of(FinalText(text="one", words=(ONE,)))
    transcript.begin_session()
    transcript.take(FinalText(text="two"))
    transcript.take(FinalEnriched(segment=0, words=(TWO,), language="en"))

    assert transcript.words == (ONE, TWO)


def test_a_final_that_repeats_confirmed_text_is_ignored() -> None:
    transcript = transcript_of(FinalText(text="one", words=(ONE,)))
    transcript.confirm(400)

    transcript.take(FinalText(text="one", words=(ONE,)))
    assert transcript.text == "one"


def test_a_word_that_was_spoken_twice_is_kept_twice() -> None:
    again = Word(text="one", start_ms=500, end_ms=700)
    transcript = transcript_of(FinalText(text="one", words=(ONE,)))
    transcript.confirm(400)

    transcript.take(FinalText(text="one", words=(again,)))
    assert transcript.text == "one one"


def test_the_settled_text_is_that_of_the_finals_and_of_two_partials() -> None:
    transcript = transcript_of(
        FinalText(text="One."), PartialText(text="two three"), PartialText(text="two three four")
    )

    assert transcript.settled == "One. two"


def test_an_enrichment_after_a_dropped_final_applies_to_the_right_final() -> None:
    transcript = transcript_of(FinalText(text="one", words=(ONE,)))
    transcript.confirm(400)
    transcript.take(FinalText(text="one", words=(ONE,)))  # repeated
    transcript.take(FinalText(text="two"))
    transcript.take(FinalEnriched(segment=2, words=(TWO,)))
    transcript.take(FinalEnriched(segment=1, language="nl"))  # for the dropped final

    assert transcript.words == (ONE, TWO)
    assert transcript.language is None


def test_a_segment_has_the_times_and_the_speaker_of_its_words() -> None:
    words = (replace(ONE, speaker="a"), replace(TWO, speaker="a"))
    transcript = transcript_of(FinalText(text="one two"), FinalEnriched(segment=0, words=words))
    (segment,) = transcript.segments

    assert (segment.start_ms, segment.end_ms) == (ONE.start_ms, TWO.end_ms)
    assert segment.speaker == "a"
    transcript.take(FinalEnriched(segment=0, words=(words[0], replace(TWO, speaker="b"))))
    assert transcript.segments[0].speaker is None


def timed(text: str, start_ms: int, end_ms: int, *, is_new: bool = False) -> FinalText:
    return FinalText(text=text, start_ms=start_ms, end_ms=end_ms, is_new=is_new)


FINISHING = StateChanged(state=State.FINISHING)


@pytest.mark.parametrize(
    ("events", "text"),
    [
        # without times, a late partial is recognised by its words: the final begins with them
        ([FinalText(text="Go on, ten."), PartialText(text="go on")], "Go on, ten."),
        ([FinalText(text="go on"), PartialText(text="go on now")], "go on go on now"),
        ([FinalText(text="go on"), PartialText(text="stop")], "go on stop"),
        ([FinalText(text="go"), PartialText(text="stop"), PartialText(text="go")], "go go"),
        # with times, a late partial is recognised by its start
        ([timed("ten 10", 0, 900), PartialText(text="tin", start_ms=0)], "ten 10"),
        ([timed("go", 100, 900), PartialText(text="go", start_ms=900)], "go go"),
        # the start of a segment is the same in its partials and its final
        ([FinalText(text="10", start_ms=100), PartialText(text="ten", start_ms=100)], "10"),
        ([FinalText(text="10", start_ms=100), PartialText(text="ten", start_ms=900)], "10 ten"),
        # times that do not increase are ignored
        ([timed("go", 0, 0), PartialText(text="stop", start_ms=0)], "go stop"),
        (
            [
                timed("go", 0, 300),
                timed("on", 0, 300, is_new=True),
                PartialText(text="stop", start_ms=0),
            ],
            "go on stop",
        ),
        # a final after FINISHING is the last text of the session, so a partial after it is late
        ([FINISHING, FinalText(text="10"), PartialText(text="ten"), Finished()], "10"),
        ([FinalText(text="10"), FINISHING, PartialText(text="ten"), Finished()], "10 ten"),
    ],
)
def test_a_partial_that_arrives_after_its_final_is_dropped(
    events: list[SessionEvent], text: str
) -> None:
    assert transcript_of(*events).text == text


@pytest.mark.parametrize(
    ("events", "text"),
    [
        # both have the same times
        ([timed("stop", 0, 300), timed("stop", 0, 300)], "stop"),
        # they have no times, and there is no partial between them
        ([PartialText(text="stop"), FinalText(text="stop"), FinalText(text="stop")], "stop"),
        # the service sent the second one in answer to a request, so it is new
        ([timed("stop", 0, 300), timed("stop", 0, 300, is_new=True)], "stop stop"),
        ([timed("stop", 0, 0), timed("stop", 0, 0, is_new=True)], "stop stop"),
        # there is a partial between them
        (
            [timed("stop", 0, 0), PartialText(text="stop", start_ms=0), timed("stop", 0, 0)],
            "stop stop",
        ),
        (
            [FinalText(text="stop"), PartialText(text="stop"), FinalText(text="stop")],
            "stop stop",
        ),
        # if there are no partials at all, the lack of one between two finals shows nothing
        ([FinalText(text="stop"), FinalText(text="stop")], "stop stop"),
        # the second one has later times
        ([timed("stop", 0, 300), timed("stop", 500, 800)], "stop stop"),
    ],
)
def test_a_final_is_a_repetition_only_if_nothing_shows_that_it_is_new(
    events: list[SessionEvent], text: str
) -> None:
    assert transcript_of(*events).text == text
