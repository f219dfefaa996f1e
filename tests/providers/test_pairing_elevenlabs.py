"""Which segment an answer to a commit belongs to, where answers have no ids."""

from itertools import permutations

import pytest

from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.messages import (
    CommittedTranscript,
    CommittedTranscriptEntities,
    CommittedTranscriptWithTimestamps,
    DiarizedTranscript,
    EditedTranscript,
    RedactedTranscript,
)
from wyoming_bridge.providers.elevenlabs.pairing import CommitAnswer, Segments


def plain(text: str) -> CommitAnswer:
    return CommittedTranscript(text=text)


def timed(text: str) -> CommitAnswer:
    return CommittedTranscriptWithTimestamps(text=text)


def segments(*, timed: bool = True, **settings: object) -> Segments:
    return Segments(ElevenLabsSettings(**settings), timed=timed)


def places(of: Segments, *answers: CommitAnswer, now: float = 0.0) -> list[tuple[int, bool] | None]:
    return [of.take(answer, now=now) for answer in answers]


def test_the_second_of_two_twins_belongs_to_the_first() -> None:
    assert places(segments(), plain("a"), timed("a")) == [(0, True), (0, False)]
    assert places(segments(), timed("a"), plain("a")) == [(0, True), (0, False)]


def test_the_same_words_twice_are_two_segments() -> None:
    said = (plain("yes"), timed("yes"), plain("yes"), timed("yes"))
    assert places(segments(), *said) == [(0, True), (0, False), (1, True), (1, False)]
    assert places(segments(), said[0], said[2], said[1], said[3]) == [
        (0, True),
        (1, True),
        (0, False),
        (1, False),
    ]


def test_a_twin_in_other_words_is_a_twin_all_the_same() -> None:
    assert places(segments(), plain("a b"), timed("a  b")) == [(0, True), (0, False)]


def test_a_text_tells_whose_twin_is_missing() -> None:
    assert places(segments(), plain("a"), plain("b"), timed("b")) == [
        (0, True),
        (1, True),
        (1, False),
    ]


def test_without_twins_every_answer_is_a_segment() -> None:
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
def test_what_was_asked_for_belongs_to_its_commit_in_every_order(
    settings: dict, extra: CommitAnswer
) -> None:
    for answers in permutations((plain("a"), timed("a"), extra)):
        taken = places(segments(**settings), *answers)
        told = [place for place in taken if place]
        assert told[0] == (0, True)
        assert told[1:] == [(0, False)] * (len(told) - 1)
        # What comes before any of the two that tell of a commit belongs to none.
        assert (taken[0] is None) == (answers[0] is extra)
    assert segments().take(extra, now=0.0) is None


def test_the_wait_for_a_twin_is_short_and_for_a_language_model_longer() -> None:
    for of, due in ((segments(), 5.25), (segments(diarize=True), 8.0)):
        of.take(plain("a"), now=5.0)
        assert of.due == due
        assert of.first_awaited == 0
        of.stop_waiting(now=due)
        assert of.due is None
        assert of.first_awaited is None


def test_what_comes_after_the_wait_is_still_no_new_segment() -> None:
    of = segments()
    of.take(plain("a"), now=0.0)
    of.stop_waiting(now=0.25)
    assert places(of, timed("a")) == [(0, False)]


def test_what_nobody_waits_for_any_more_does_not_take_the_words_of_another() -> None:
    of = segments()
    of.take(plain("a"), now=0.0)
    of.stop_waiting(now=0.25)
    assert places(of, plain("b"), timed("b"), now=1.0) == [(1, True), (1, False)]
    assert places(of, timed("c"), now=2.0) == [(2, True)]


def test_a_service_that_never_sends_the_rest_fills_no_memory() -> None:
    of = segments()
    for number in range(1000):
        assert of.take(plain(f"{number}"), now=0.0) == (number, True)
    of.stop_waiting(now=1.0)
    assert of.take(timed("999"), now=1.0) == (999, False)
