"""The service's side of a Reson8 session, as the local realtime server runs it."""

from collections import deque

from ...endpointing import SpeechEnded, new_detector
from ...events import FinalText, PartialText
from ..serving import EndSegment, Flush
from .messages import FlushConfirmation, FlushRequest, Reson8Transcript
from .session import VAD_THRESHOLD, Reson8Session, SessionSetup, new_segmenter
from .words import words_of

__all__ = ["Reson8Server"]


class Reson8Server(Reson8Session):
    """Sans-I/O server of one session."""

    def __init__(self, setup: SessionSetup) -> None:
        super().__init__(setup)
        behaviour = setup.behaviour
        self._max_segment_ms = behaviour.max_segment_s * 1000
        self._interim = ""
        # One entry per final text that is due: the flush, or None if the server ended the segment.
        self._requests: deque[FlushRequest | None] = deque()
        self._speakers: dict[str, int] = {}
        self._segment_end_is_due = False
        self._reported_ms = 0  # the end of the last final text that was sent
        self._detector = (
            new_detector(speech_threshold=VAD_THRESHOLD) if behaviour.segment_silence_s else None
        )
        self._segmenter = new_segmenter(silence_ms=round(behaviour.segment_silence_s * 1000))

    def _flush(self, flush: FlushRequest) -> None:
        self._begin_segment()
        self._requests.append(flush)
        self.command(Flush())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """End a segment at a pause, or when it has the maximum length."""
        self._count(pcm)
        limit_ms = self._max_segment_ms
        is_long = bool(limit_ms) and self._heard_ms - self._segment_start_ms >= limit_ms
        if self._pauses(pcm) or is_long:
            self._segment_end_is_due = True
        # A flush may still wait for earlier audio. If the segment ended now, its final text would
        # be sent first and count as the answer to the flush.
        if self._segment_end_is_due and not any(self._requests) and not self.is_ending:
            self._begin_segment()
            self._requests.append(None)
            self.command(EndSegment())

    def _begin_segment(self) -> None:
        self._segment_start_ms = self._heard_ms
        self._segment_end_is_due = False

    def _pauses(self, pcm: bytes) -> bool:
        """Return whether speech of the current segment has ended."""
        if self._detector is None:
            return False
        return any(
            isinstance(event, SpeechEnded) and event.at_ms > self._segment_start_ms
            for event in self._segmenter.feed(self._detector.feed(pcm))
        )

    def report(self, result: PartialText | FinalText) -> None:
        """Send a transcript. A final text answers the oldest request."""
        if self.close:
            return
        if isinstance(result, PartialText):
            if self._query.include_interim:
                self._interim = result.text
                self.write(self._transcript(result).to_json())
            return
        if result.text or self._interim:  # an empty final text retracts the interim text
            self._interim = ""
            self.write(self._transcript(result).to_json())
        self._reported_ms = result.end_ms or self._reported_ms
        flush = self._requests.popleft() if self._requests else None
        if flush:
            self.write(FlushConfirmation(id=flush.id).to_json())
        self.final_sent()

    def _transcript(self, result: PartialText | FinalText) -> Reson8Transcript:
        """Return a result with the requested fields. Interim texts have no words."""
        query = self._query
        timed = query.include_timestamps
        final = result if isinstance(result, FinalText) else None
        start_ms, end_ms = self._span(result)
        return Reson8Transcript(
            text=result.text,
            is_final=final is not None if query.include_interim else None,
            start_ms=start_ms if timed else None,
            duration_ms=end_ms - start_ms if timed else None,
            language=self._language_of(final) if query.include_language else None,
            speaker_id=self._speaker_of(final) if query.diarize else None,
            words=words_of(final.words, query) if final and query.include_words else None,
        )

    def _language_of(self, final: FinalText | None) -> str:
        return (final and final.language) or self._language

    def _speaker_of(self, final: FinalText | None) -> int:
        """Return the speaker's number, from 0; also 0 if the engine does not know the speaker."""
        if final is None or final.speaker is None:
            return 0
        last = self._query.max_speakers - 1
        return self._speakers.setdefault(final.speaker, min(len(self._speakers), last))

    def _span(self, result: PartialText | FinalText) -> tuple[int, int]:
        """Return the start and the end of a result in milliseconds.

        A missing start is the end of the previous final text. A missing end is the end of the
        audio.
        """
        start_ms = self._reported_ms if result.start_ms is None else result.start_ms
        end_ms = round(self._heard_ms) if result.end_ms is None else result.end_ms
        return start_ms, max(start_ms, end_ms)
