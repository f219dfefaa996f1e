"""The service's end of a Reson8 session, as the local realtime server runs it."""

from collections import deque
from typing import Final

from ...audio import PCM_16K_MONO
from ...endpointing import Segmenter, SpeechEnded, new_detector
from ...errors import ProtocolViolationError
from ...events import FinalText, PartialText
from ..account import Account
from ..contract import CloseCode, Message
from ..serving import Close, EndSegment, Feed, Flush, ServerBase
from .behaviour import Reson8Behaviour
from .messages import (
    ErrorMessage,
    FlushConfirmation,
    FlushRequest,
    Reson8Transcript,
    read_client_message,
)
from .query import SessionQuery
from .words import words_of

__all__ = ["IDLE", "MAX_FLUSHES", "Reson8Server", "code_of_failure"]

MAX_FLUSHES: Final = 1000
"""Maximum number of unanswered flushes: far more than a well-behaved client has."""

_CODES: Final = {"": "INTERNAL_ERROR", "RESOURCE_EXHAUSTED": "TOO_MANY_REQUESTS"}
"""The service's error code for each code of the local server."""

IDLE: Final = "REQUEST_TIMEOUT"
"""The error code for a session without audio. The service's own code is not documented."""

_VAD_THRESHOLD: Final = 0.5
_SHORTEST_MS: Final = 100
"""The minimum length of speech, and of silence that counts as a pause."""


def code_of_failure(code: str) -> str:
    """Return the service's error code for a code of the local server."""
    return _CODES.get(code.upper(), code.upper())


class Reson8Server(ServerBase):
    """Sans-I/O server of one session. The emulator has already counted it in the account."""

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
        # One entry per final text that is due: the flush, or None if the server ended the segment.
        self._requests: deque[FlushRequest | None] = deque()
        self._finals: list[FinalText] = []  # the final texts of a recording
        self._speakers: dict[str, int] = {}
        self._heard_ms = 0.0
        self._segment_start_ms = 0.0
        self._segment_end_is_due = False
        self._reported_ms = 0  # the end of the last final text that was sent
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
        """Do nothing: the service sends no greeting."""

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read audio or a flush."""
        if self.is_ending:
            return
        if isinstance(message, bytes):
            self.command(Feed(audio=message))
            return
        try:
            flush = read_client_message(message)
        except ProtocolViolationError as err:
            self.write(ErrorMessage(code="INVALID_REQUEST", message=err.message).to_json())
            return
        if len(self._requests) >= MAX_FLUSHES:
            self._end(
                "INVALID_REQUEST",
                f"at most {MAX_FLUSHES} unanswered flush requests are allowed",
                close=CloseCode.POLICY_VIOLATION,
            )
            return
        self._begin_segment()
        self._requests.append(flush)
        self.command(Flush())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """End a segment at a pause, or when it has the maximum length."""
        duration_ms = PCM_16K_MONO.duration_ms(len(pcm))
        self._heard_ms += duration_ms
        self._account.audio_s += duration_ms / 1000
        limit_ms = self._behaviour.max_segment_s * 1000
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

    def fail(self, text: str, *, code: str = "") -> None:
        """End the session, because the engine failed."""
        code = code_of_failure(code)
        self.end_now(
            ErrorMessage(code=code, message=text).to_json(),
            Close(code=CloseCode.INTERNAL_ERROR, reason=code),
        )

    def end_idle(self, *, limit_s: float) -> None:
        """End the session with an error. The service's own limit is not documented."""
        self._end(IDLE, f"no audio for {limit_s:g} s", close=CloseCode.NORMAL_CLOSURE)

    def leave(self, *, now: float) -> None:
        """Count the session as ended."""
        self._account.end()

    def _end(self, code: str, text: str, *, close: CloseCode) -> None:
        """End the session with an error. The service's close code is not documented."""
        self.end(ErrorMessage(code=code, message=text).to_json(), Close(code=close, reason=code))

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
        """Return the speaker's number: 0 for the first speaker or an engine without speakers."""
        if final is None or final.speaker is None:
            return 0
        last = self._query.max_speakers - 1
        return self._speakers.setdefault(final.speaker, min(len(self._speakers), last))

    def _span(self, result: PartialText | FinalText) -> tuple[int, int]:
        """Return start and end of a result in milliseconds. An interim text ends at the present."""
        start_ms = self._reported_ms if result.start_ms is None else result.start_ms
        end_ms = result.end_ms if isinstance(result, FinalText) else None
        return start_ms, max(start_ms, round(self._heard_ms) if end_ms is None else end_ms)
