"""How each answer to a commit is assigned to a segment, although answers have no ids."""

from itertools import permutations

import pytest

from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.pairing import CommitAnswer, Segments
from wyoming_bridge.providers.elevenlabs.transcripts import (
    CommittedTranscript,
    CommittedTranscriptEntities,
    CommittedTranscriptWithTimestamps,
    DiarizedTranscript,
    EditedTranscript,
    RedactedTranscript,
)


def plain(text: str) -> CommitAnswer:
    return CommittedTranscript(text=text)


def timed(text: str) -> CommitAnswer:
    return CommittedTranscriptWithTimestamps(text=text)


def segments(*, timed: bool = True, **settings: object) -> Segments:
    return Segments(ElevenLabsSettings(**settings), timed=timed)


def places(of: Segments, *answers: CommitAnswer, now: float = 0.0) -> list[tuple[int, bool] | None]:
    return [of.take(answer, now=now) for answer in answers]


def test_the_second_answer_belongs_to_the_segment_of_the_first() -> None:
    assert places(segments(), plain("a"), timed("a")) == [(0, True), (0, False)]
    assert places(segments(), timed("a"), plain("a")) == [(0, True), (0, False)]


def test_the_same_text_twice_is_two_segments() -> None:
    said = (plain("yes"), timed("yes"), plain("yes"), timed("yes"))
    assert places(segments(), *said) == [(0, True), (0, False), (1, True), (1, False)]
    assert places(segments(), said[0], said[2], said[1], said[3]) == [
        (0, True),
        (1, True),
        (0, False),
        (1, False),
    ]


def test_the_second_answer_may_have_another_text() -> None:
    assert places(segments(), plain("a b"), timed("a  b")) == [(0, True), (0, False)]


def test_the_text_shows_which_second_answer_is_missing() -> None:
    assert places(segments(), plain("a"), plain("b"), timed("b")) == [
        (0, True),
        (1, True),
        (1, False),
    ]


def test_without_second_answers_every_answer_is_a_segment() -> None:
    of = segments(timed=False)
    assert places(of, plain("a"), plain("a")) == [(0, True), (1, True)]
    assert of.due is None
    assert of.first_awaited is None


@pytest.mark.parametrize(
    ("settings", "extra"),
    [
        ({"entity_detection": ("all",)}, CommittedTranscriptEntities(text="a")),
        ({"entity_redaction": ("all",)}, RedactedTranscript(text="a", redacted_text="b")),
        ({"transcript_edit": "x"}, EditedTranscript(text="a", edited_text="b")),
        ({"diarize": True}, DiarizedTranscript(segment_index=0, text="a")),
    ],
)
def test_requested_details_belong_to_their_commit_in_every_order(
    settings: dict, extra: CommitAnswer
) -> None:
    for answers in permutations((plain("a"), timed("a"), extra)):
        taken = places(segments(**settings), *answers)
        matched = [place for place in taken if place]
        assert matched[0] == (0, True)
        assert matched[1:] == [(0, False)] * (len(matched) - 1)
        # A detail that arrives before both transcripts of its commit is assigned to no segment.
        assert (taken[0] is None) == (answers[0] is extra)
    assert segments().take(extra, now=0.0) is None


def test_the_wait_for_a_language_model_is_longer() -> None:
    for of, due in ((segments(), 5.25), (segments(diarize=True), 8.0)):
        of.take(plain("a"), now=5.0)
        assert of.due == due
        assert of.first_awaited == 0
        of.stop_waiting(now=due)
        assert of.due is None
        assert of.first_awaited is None


def test_an_answer_after_the_wait_is_not_a_new_segment() -> None:
    of = segments()
    of.take(plain("a"), now=0.0)
    of.stop_waiting(now=0.25)
    assert places(of, timed("a")) == [(0, False)]


def test_an_overdue_segment_does_not_get_the_words_of_another() -> None:
    of = segments()
    of.take(plain("a"), now=0.0)
    of.stop_waiting(now=0.25)
    assert places(of, plain("b"), timed("b"), now=1.0) == [(1, True), (1, False)]
    assert places(of, timed("c"), now=2.0) == [(2, True)]


def test_segments_without_second_answers_do_not_fill_the_memory() -> None:
    of = segments()
    for number in range(1000):
        assert of.take(plain(f"{number}"), now=0.0) == (number, True)
    of.stop_waiting(now=1.0)
    assert of.take(timed("999"), now=1.0) == (999, False)
