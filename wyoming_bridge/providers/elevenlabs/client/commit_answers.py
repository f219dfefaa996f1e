"""What the answers to commits mean for the caller: final texts, their details, and done flushes."""

from collections import deque
from collections.abc import Iterator

from ....events import FinalEnriched, FlushDone, SessionEvent, Warned
from ...audio_clock import AudioClock
from .. import transcripts as wire
from ..pairing import CommitAnswer, Segments
from ..settings import ElevenLabsSettings
from .conversion import entities_of, final_of, words_of
from .held_finals import HeldFinals

__all__ = ["CommitAnswers"]


class CommitAnswers:
    """Turns the answers to commits into events, in the order of their segments.

    A final text is reported with the first answer. If the session redacts or edits texts, it is
    held until the new text arrives. A flush is done when its segment has both answers with a text.
    """

    def __init__(self, settings: ElevenLabsSettings, *, clock: AudioClock, timed: bool) -> None:
        """Begin without answers. ``timed`` is whether two answers with the text are expected."""
        self._clock = clock
        self._segments = Segments(settings, timed=timed)
        self._holds = bool(settings.entity_redaction or settings.transcript_edit)
        self._held = HeldFinals()
        # The reported segments in order, each with the flushes that wait for its second answer.
        self._flushed: deque[tuple[int, list[str]]] = deque()
        self._diarized = -1  # index of the last segment whose speakers are known

    @property
    def due(self) -> float | None:
        """The earliest time to stop waiting for an answer; None if no answer is awaited."""
        return self._segments.due

    @property
    def is_complete(self) -> bool:
        """Whether no more answers are awaited, and no final text is held."""
        return not self._held and self._segments.due is None

    def is_first(self, answer: CommitAnswer) -> bool:
        """Return whether an answer would begin a segment."""
        return self._segments.is_first(answer)

    def take(self, answer: CommitAnswer, *, now: float) -> tuple[int, bool] | None:
        """Return the index of the answer's segment, and whether it is the segment's first answer.

        Return None if the answer belongs to no segment.
        """
        return self._segments.take(answer, now=now)

    def begin(
        self, segment: int, answer: CommitAnswer, *, flush_ids: list[str]
    ) -> Iterator[SessionEvent]:
        """Yield a final text, or hold it until its redacted or edited text arrives.

        ``flush_ids`` are the flushes that wait for the segment.
        """
        final = final_of(answer, self._clock)
        if self._holds:
            self._held.add(final, segment=segment, flush_ids=flush_ids)
        else:
            yield final
            self._flushed.append((segment, flush_ids))

    def enrich(self, segment: int, answer: CommitAnswer) -> Iterator[SessionEvent]:
        """Yield what a further answer adds to a final text."""
        match answer:
            case wire.CommittedTranscript():
                pass  # the answer with times came first and had the same text
            case wire.CommittedTranscriptWithTimestamps(language_code=language, words=words):
                # These words have no speakers. They must not replace words that have speakers.
                timed = words_of(words or (), self._clock) if segment > self._diarized else ()
                yield from self._add(FinalEnriched(segment=segment, words=timed, language=language))
            case wire.DiarizedTranscript(words=words):
                self._diarized = segment
                yield from self._add(
                    FinalEnriched(segment=segment, words=words_of(words, self._clock))
                )
            case wire.CommittedTranscriptEntities(entities=entities):
                yield from self._add(FinalEnriched(segment=segment, entities=entities_of(entities)))
            case (
                wire.RedactedTranscript(redacted_text=text)
                | wire.EditedTranscript(edited_text=text)
            ):
                if not self._held.replace_text(segment, text):
                    yield Warned(text="the redacted or edited text of a segment was too late")
                yield from self._held.release(before=segment + 1)

    def _add(self, enriched: FinalEnriched) -> Iterator[SessionEvent]:
        """Yield details of a final text, or hold them if the final text is held."""
        if self._held.enrich(enriched):
            return
        if not self._holds:
            yield enriched
        elif enriched.language:  # the text may have been replaced, so words may not match it
            yield FinalEnriched(segment=enriched.segment, language=enriched.language)

    def done_flushes(self) -> Iterator[SessionEvent]:
        """Yield the flushes whose segment no longer waits for its second answer."""
        while self._flushed and not self._segments.awaits_second(self._flushed[0][0]):
            _, flush_ids = self._flushed.popleft()
            yield from self.flushes_done(flush_ids)

    def flushes_done(self, flush_ids: list[str]) -> Iterator[SessionEvent]:
        """Yield flushes as done. If final texts are held, let the flushes wait for them."""
        if not self._held.attach(flush_ids):
            for flush_id in flush_ids:
                yield FlushDone(flush_id=flush_id)

    def stop_waiting(self, *, now: float) -> Iterator[SessionEvent]:
        """Stop waiting for overdue answers. Yield what waited for them."""
        self._segments.stop_waiting(now=now)
        yield from self.done_flushes()
        yield from self._held.release(before=self._segments.first_awaited)

    def give_up(self) -> Iterator[SessionEvent]:
        """Yield everything that waits, because no more answers arrive."""
        yield from self._held.release()
        yield from self.flushes_done([each for _, ids in self._flushed for each in ids])
