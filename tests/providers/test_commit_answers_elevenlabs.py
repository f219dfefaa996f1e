"""``CommitAnswers``: which events the answers to commits become, and in which order."""

from wyoming_bridge.events import FinalEnriched, FinalText, FlushDone, SessionEvent, Warned
from wyoming_bridge.providers.audio_clock import AudioClock
from wyoming_bridge.providers.elevenlabs.client.commit_answers import CommitAnswers
from wyoming_bridge.providers.elevenlabs.pairing import CommitAnswer
from wyoming_bridge.providers.elevenlabs.settings import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.transcripts import (
    CommittedTranscript,
    CommittedTranscriptWithTimestamps,
    DiarizedTranscript,
    RedactedTranscript,
    TimedWord,
)

TEXT = "lights on"
FIRST = CommittedTranscript(text=TEXT)
TIMED = CommittedTranscriptWithTimestamps(text=TEXT, words=(TimedWord(text=TEXT, start=0, end=1),))
DIARIZED = DiarizedTranscript(
    segment_index=0, text=TEXT, words=(TimedWord(text=TEXT, speaker_id="speaker_0"),)
)
REDACTED = RedactedTranscript(text=TEXT, redacted_text="[OBJECT] on")


def answers(*, timed: bool = False, redacts: bool = False, diarize: bool = False) -> CommitAnswers:
    settings = ElevenLabsSettings(
        url="ws://localhost",
        token="t0k3n",
        entity_redaction=("all",) if redacts else (),
        diarize=diarize,
    )
    return CommitAnswers(settings, clock=AudioClock(), timed=timed)


def events_of(
    to: CommitAnswers, answer: CommitAnswer, *flush_ids: str, now: float = 0.0
) -> list[SessionEvent]:
    """Return the events of one answer; a first answer completes the flushes ``flush_ids``."""
    place = to.take(answer, now=now)
    assert place is not None
    segment, is_first = place
    events = (
        to.begin(segment, answer, flush_ids=list(flush_ids))
        if is_first
        else to.enrich(segment, answer)
    )
    return [*events, *to.done_flushes()]


def kinds(events: list[SessionEvent]) -> list[type[SessionEvent]]:
    return [type(each) for each in events]


def test_a_flush_is_done_after_its_final_text() -> None:
    to = answers()

    assert kinds(events_of(to, FIRST, "flush")) == [FinalText, FlushDone]
    assert to.is_complete


def test_a_flush_waits_for_the_second_answer_with_the_text() -> None:
    to = answers(timed=True)

    assert kinds(events_of(to, FIRST, "flush")) == [FinalText]
    assert not to.is_complete
    assert kinds(events_of(to, TIMED)) == [FinalEnriched, FlushDone]
    assert to.is_complete


def test_a_flush_is_done_when_the_second_answer_is_overdue() -> None:
    to = answers(timed=True)
    events_of(to, FIRST, "flush")
    due = to.due
    assert due is not None

    assert list(to.stop_waiting(now=due)) == [FlushDone(flush_id="flush")]
    assert to.due is None


def test_words_without_speakers_do_not_replace_words_with_speakers() -> None:
    to = answers(timed=True, diarize=True)
    events_of(to, FIRST)

    (with_speakers,) = events_of(to, DIARIZED)
    (without,) = events_of(to, TIMED)

    assert isinstance(with_speakers, FinalEnriched)
    assert isinstance(without, FinalEnriched)
    assert [each.speaker for each in with_speakers.words or ()] == ["speaker_0"]
    assert not without.words


def test_a_final_text_is_held_until_it_is_redacted() -> None:
    to = answers(redacts=True)

    assert events_of(to, FIRST, "flush") == []
    final, flushed = events_of(to, REDACTED)

    assert isinstance(final, FinalText)
    assert final.text == "[OBJECT] on"
    assert flushed == FlushDone(flush_id="flush")


def test_a_redacted_text_that_is_too_late_is_a_warning() -> None:
    to = answers(redacts=True)
    events_of(to, FIRST)
    due = to.due
    assert due is not None
    assert kinds(list(to.stop_waiting(now=due))) == [FinalText]

    assert kinds(events_of(to, REDACTED, now=due)) == [Warned]


def test_giving_up_reports_what_is_held_and_what_waits() -> None:
    held, waiting = answers(redacts=True), answers(timed=True)
    events_of(held, FIRST, "held")
    events_of(waiting, FIRST, "waiting")

    assert kinds(list(held.give_up())) == [FinalText, FlushDone]
    assert list(waiting.give_up()) == [FlushDone(flush_id="waiting")]
