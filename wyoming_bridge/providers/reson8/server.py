"""The service's end of a Reson8 session, as the local realtime server plays it."""

from collections import deque
from typing import Final

from ...audio import PCM_16K_MONO
from ...endpointing import Segmenter, SpeechEnded, new_detector
from ...errors import ProtocolViolationError
from ...events import FinalText, PartialText, Word
from ..account import Account
from ..contract import CloseCode, Message
from ..serving import Close, EndSegment, Feed, Flush, ServerBase
from .behaviour import Reson8Behaviour
from .messages import (
    ErrorMessage,
    FlushConfirmation,
    FlushRequest,
    Reson8Transcript,
    Reson8Word,
    read_client_message,
)
from .query import SessionQuery

__all__ = ["Reson8Server"]

_MAX_FLUSHES: Final = 1000
"""That are not answered: far more than an honest client has."""

_CODES: Final = {"": "INTERNAL_ERROR", "RESOURCE_EXHAUSTED": "TOO_MANY_REQUESTS"}
"""The service's names for what the local server calls otherwise."""

_VAD_THRESHOLD: Final = 0.5
_SHORTEST_MS: Final = 100
"""Speech and silence that are shorter are none, when a segment is cut at a pause."""


class Reson8Server(ServerBase):
    """Sans-I/O server of one session, which the account knows of already."""

    def __init__(
        self,
        query: SessionQuery,
        *,
        subprotocol: str | None,
        language: str,
        bias_terms: tuple[str, ...],
        behaviour: Reson8Behaviour,
        account: Account,
    ) -> None:
        super().__init__()
        self.audio_format = query.audio_format
        self.containers = query.containers
        self.subprotocol = subprotocol
        self.bias_terms = bias_terms
        self._query = query
        self._language = language
        self._behaviour = behaviour
        self._account = account
        self._interim = ""
        self._asked: deque[FlushRequest | None] = deque()  # what finals answer; None: nobody
        self._speakers: dict[str, int] = {}
        self._heard_ms = 0.0
        self._cut_ms = 0.0  # of what was heard, where the segment begins
        self._cut_due = False
        self._reported_ms = 0  # of what was heard, where the last final ends
        self._detector = (
            new_detector(speech_threshold=_VAD_THRESHOLD) if behaviour.segment_silence_s else None
        )
        self._segmenter = Segmenter(
            speech_threshold=_VAD_THRESHOLD,
            min_speech_ms=_SHORTEST_MS,
            min_silence_ms=_SHORTEST_MS,
            silence_ms=round(behaviour.segment_silence_s * 1000),
        )

    def open(self, *, now: float) -> None:
        """No greeting."""

    def receive_message(self, message: Message, *, now: float) -> None:
        """Audio or a flush."""
        if self.close:
            return
        if isinstance(message, bytes):
            self.command(Feed(audio=message))
            return
        try:
            flush = read_client_message(message)
        except ProtocolViolationError as err:
            self.write(ErrorMessage(code="INVALID_REQUEST", message=err.message).to_json())
            return
        if len(self._asked) >= _MAX_FLUSHES:
            self._end(
                "INVALID_REQUEST",
                f"{_MAX_FLUSHES} flush requests wait for their answers; allowed are no more",
                close=CloseCode.POLICY_VIOLATION,
            )
            return
        self._begin_segment()
        self._asked.append(flush)
        self.command(Flush())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """End a segment at a pause, or when it is long enough."""
        duration_ms = PCM_16K_MONO.duration_ms(len(pcm))
        self._heard_ms += duration_ms
        self._account.audio_s += duration_ms / 1000
        limit_ms = self._behaviour.max_segment_s * 1000
        is_long = bool(limit_ms) and self._heard_ms - self._cut_ms >= limit_ms
        if self._pauses(pcm) or is_long:
            self._cut_due = True
        # A flush may still wait for audio that came before it: a cut would overtake it and take
        # its answer.
        if self._cut_due and not any(self._asked):
            self._begin_segment()
            self._asked.append(None)
            self.command(EndSegment())

    def _begin_segment(self) -> None:
        self._cut_ms = self._heard_ms
        self._cut_due = False

    def _pauses(self, pcm: bytes) -> bool:
        """Whether speech that no flush has ended yet is over."""
        if self._detector is None:
            return False
        return any(
            isinstance(event, SpeechEnded) and event.at_ms > self._cut_ms
            for event in self._segmenter.feed(self._detector.feed(pcm))
        )

    def report(self, result: PartialText | FinalText) -> None:
        """Send a transcript; a final answers the oldest flush."""
        if self.close:
            return
        if isinstance(result, PartialText):
            if self._query.include_interim:
                self._interim = result.text
                self.write(self._transcript(result).to_json())
            return
        if result.text or self._interim:  # an empty final takes back what was wrongly heard
            self._interim = ""
            self.write(self._transcript(result).to_json())
        self._reported_ms = result.end_ms or self._reported_ms
        flush = self._asked.popleft() if self._asked else None
        if flush:
            self.write(FlushConfirmation(id=flush.id).to_json())

    def fail(self, text: str, *, code: str = "") -> None:
        """The engine failed."""
        code = code.upper()
        self._end(_CODES.get(code, code), text, close=CloseCode.INTERNAL_ERROR)

    def leave(self, *, now: float) -> None:
        """The session is over."""
        self._account.end()

    def _end(self, code: str, text: str, *, close: CloseCode) -> None:
        """End the session with an error. Which close code the service uses then is not known."""
        self.write(ErrorMessage(code=code, message=text).to_json())
        self.close = Close(code=close, reason=code)

    def _transcript(self, result: PartialText | FinalText) -> Reson8Transcript:
        """A result with the fields that the client's flags ask for; interims have no words."""
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
            words=tuple(self._word(word) for word in final.words)
            if final and query.include_words
            else None,
        )

    def _language_of(self, final: FinalText | None) -> str:
        return (final and final.language) or self._language

    def _speaker_of(self, final: FinalText | None) -> int:
        """Speakers are numbered as they are heard; an engine that tells none apart hears one."""
        if final is None or final.speaker is None:
            return 0
        last = self._query.max_speakers - 1
        return self._speakers.setdefault(final.speaker, min(len(self._speakers), last))

    def _span(self, result: PartialText | FinalText) -> tuple[int, int]:
        """Where a result begins and ends, in milliseconds; an interim ends where we are."""
        start_ms = self._reported_ms if result.start_ms is None else result.start_ms
        end_ms = result.end_ms if isinstance(result, FinalText) else None
        return start_ms, max(start_ms, round(self._heard_ms) if end_ms is None else end_ms)

    def _word(self, word: Word) -> Reson8Word:
        query = self._query
        start_ms = word.start_ms or 0
        return Reson8Word(
            text=word.text,
            start_ms=start_ms if query.include_timestamps else None,
            duration_ms=max(0, (word.end_ms or start_ms) - start_ms)
            if query.include_timestamps
            else None,
            confidence=(1.0 if word.confidence is None else word.confidence)
            if query.include_confidence
            else None,
        )
