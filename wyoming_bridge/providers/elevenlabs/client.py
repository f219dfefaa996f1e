"""The bridge's end of an ElevenLabs session.

Hard rules, each from behaviour that was observed and is documented nowhere:

- A commit of under 0.3 s of audio ends the session: a shorter rest is padded with silence,
  and nothing at all is not committed.
- A session with about 35 s of uncommitted audio may stall: a commit goes out at 30 s.
- A commit is answered by two messages, in either order: one final, enriched by the second.
"""

import math
from binascii import b2a_base64
from collections import deque
from dataclasses import dataclass
from typing import Final as Constant
from urllib.parse import urlencode

from ...errors import (
    AuthenticationError,
    ProtocolViolationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)
from ...events import (
    Final,
    FinalEnriched,
    FlushDone,
    Partial,
    State,
    Unrecognised,
    Warned,
    Word,
    WordKind,
)
from ..base import ClientBase
from ..contract import SERVICE_FORMAT, ConnectRequest
from ..lifecycle import Step
from .messages import (
    CommittedTranscript,
    CommittedTranscriptWithTimestamps,
    ErrorKind,
    ErrorMessage,
    PartialTranscript,
    SessionStarted,
    TimedWord,
    UnknownMessage,
    read_server_message,
)
from .settings import CAPABILITIES, MIN_COMMIT_MS, PATH, PROVIDER, ElevenLabsSettings

__all__ = ["ElevenLabsClient"]

_TWIN_GRACE_S: Constant = 0.25
"""How long the second answer to a commit is awaited; it was seen about 15 ms after the first."""

_MAX_SINGLES: Constant = 16
"""Finals whose second answer may be late: two minutes of commands."""

_MIN_COMMIT_BYTES: Constant = SERVICE_FORMAT.bytes_of(MIN_COMMIT_MS)
_MAX_SEGMENT_BYTES: Constant = SERVICE_FORMAT.bytes_of(CAPABILITIES.max_segment_ms or 0)

_CHUNK_HEAD: Constant = '{"message_type":"input_audio_chunk","audio_base_64":"'
_CHUNK_TAIL: Constant = '","commit":false,"sample_rate":16000}'
_COMMIT_TAIL: Constant = '","commit":true,"sample_rate":16000}'
"""``InputAudioChunk.to_json`` in pieces: on the hot path, JSON's escaping of base64 is wasted."""

_ERRORS: Constant[dict[ErrorKind, type[RemoteError]]] = {
    ErrorKind.AUTH_ERROR: AuthenticationError,
    ErrorKind.QUOTA_EXCEEDED: QuotaError,
    ErrorKind.UNACCEPTED_TERMS: TermsError,
    ErrorKind.RATE_LIMITED: RateLimitedError,
    ErrorKind.QUEUE_OVERFLOW: RateLimitedError,
    ErrorKind.RESOURCE_EXHAUSTED: RateLimitedError,
    ErrorKind.COMMIT_THROTTLED: ServiceError,
    ErrorKind.SESSION_TIME_LIMIT_EXCEEDED: ServiceError,
    ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY: ServiceError,
    ErrorKind.TRANSCRIBER_ERROR: ServiceError,
    ErrorKind.ERROR: ServiceError,
    ErrorKind.INPUT_ERROR: ServiceRequestError,
    ErrorKind.INVALID_REQUEST: ServiceRequestError,
    ErrorKind.CHUNK_SIZE_EXCEEDED: ServiceRequestError,
}

_NOTHING_LEFT: Constant = frozenset(
    {ErrorKind.COMMIT_THROTTLED, ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY}
)
"""After the last commit these say only that there was nothing to transcribe."""


@dataclass(slots=True, kw_only=True)
class _Single:
    """A final to which one of the two answers has come."""

    segment: int
    """0 is the session's first."""
    text: str
    timed: bool
    """Which answer has come."""
    awaited: bool = True
    """Whether the other one is waited for. One that is not may come all the same."""


class ElevenLabsClient(ClientBase):
    """Sans-I/O client of one session."""

    provider = PROVIDER

    def __init__(self, settings: ElevenLabsSettings) -> None:
        super().__init__()
        self._settings = settings
        self.token = settings.token
        self._uncommitted_bytes = 0
        self._commits: deque[list[str]] = deque()  # unanswered; each with the flushes it serves
        self._segments = 0
        self._singles: deque[_Single] = deque(maxlen=_MAX_SINGLES)
        self._twin_due: float | None = None

    def connect(self) -> ConnectRequest:
        """Begin; the caller opens the websocket."""
        self.step(Step.CONNECT)
        settings = self._settings
        query = [
            ("model_id", settings.model),
            ("audio_format", "pcm_16000"),
            ("commit_strategy", "manual"),
            ("include_timestamps", "true"),
        ]
        if settings.base_language:
            # The bare code only: a region has been seen to give a session that never answers.
            query.append(("language_code", settings.base_language))
        else:
            query.append(("include_language_detection", "true"))
        query += [("keyterms", term) for term in settings.keyterms]
        if settings.no_verbatim:
            query.append(("no_verbatim", "true"))
        if not settings.enable_logging:
            query.append(("enable_logging", "false"))
        headers: dict[str, str] = {}
        if settings.token and settings.auth == "single_use":
            query.append(("token", settings.token))
        elif settings.token:
            headers["xi-api-key"] = settings.token
        url = f"{settings.url.rstrip('/')}{PATH}"
        return ConnectRequest(url=f"{url}?{urlencode(query)}", shown_url=url, headers=headers)

    def on_open(self, *, now: float) -> None:
        """``session_started`` follows."""

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Audio as base64; a commit with it when the segment gets too long."""
        self._uncommitted_bytes += len(pcm)
        audio = b2a_base64(pcm, newline=False).decode("ascii")
        if self._uncommitted_bytes < _MAX_SEGMENT_BYTES:
            self.write(f"{_CHUNK_HEAD}{audio}{_CHUNK_TAIL}")
        else:
            self._commit(audio)

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """A commit; where there is nothing to commit, the flush is done."""
        if self._uncommitted_bytes:
            self._commit(self._padding(), flush_id)
        elif self._commits:
            self._commits[-1].append(flush_id)
        else:
            self.report(FlushDone(flush_id=flush_id))

    def on_finish(self, *, now: float) -> None:
        """The last commit."""
        if self._uncommitted_bytes:
            self._commit(self._padding())
        self._finish_when_done()

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message."""
        match read_server_message(message):
            case SessionStarted(session_id=session_id):
                if self.state is not State.LOADING:
                    raise self.unreadable("a second session_started")
                self.ready(now=now, session_id=session_id)
            case ErrorMessage() as error:
                self._fail_or_finish(error)
            case UnknownMessage(message_type=kind):
                self.report(Unrecognised(kind=kind))
            case _ if self.state is State.LOADING:
                raise self.unreadable("a transcript before session_started")
            case PartialTranscript(text=text):
                self.report(Partial(text=text))
            case CommittedTranscript(text=text):
                self._committed(Final(text=text), timed=False, now=now)
            case CommittedTranscriptWithTimestamps() as timed:
                self._committed(_final(timed), timed=True, now=now)

    def next_timeout(self) -> float | None:
        """When to stop waiting for the second answer to the last commit."""
        return self._twin_due

    def handle_timeout(self, *, now: float) -> None:
        """Stop waiting for the second answer."""
        if self._twin_due is not None and now >= self._twin_due:
            self._twin_due = None
            for single in self._singles:
                single.awaited = False
            self._finish_when_done()

    def _commit(self, audio: str, *flush_ids: str) -> None:
        self.write(f"{_CHUNK_HEAD}{audio}{_COMMIT_TAIL}")
        self._commits.append(list(flush_ids))
        self._uncommitted_bytes = 0

    def _padding(self) -> str:
        """Silence that lifts the rest to the smallest commit."""
        missing = max(0, _MIN_COMMIT_BYTES - self._uncommitted_bytes)
        return b2a_base64(bytes(missing), newline=False).decode("ascii") if missing else ""

    def _committed(self, final: Final, *, timed: bool, now: float) -> None:
        """Take one of the two answers to a commit."""
        first = self._first_answer(final.text, timed=timed)
        if first:
            self._singles.remove(first)
            self.report(
                FinalEnriched(segment=first.segment, words=final.words, language=final.language)
            )
        else:
            self.report(final)
            self._singles.append(_Single(segment=self._segments, text=final.text, timed=timed))
            self._segments += 1
            self._twin_due = now + _TWIN_GRACE_S
            if self._commits:
                for flush_id in self._commits.popleft():
                    self.report(FlushDone(flush_id=flush_id))
        if not any(single.awaited for single in self._singles):
            self._twin_due = None
        self._finish_when_done()

    def _first_answer(self, text: str, *, timed: bool) -> _Single | None:
        """The final that an answer is the second to, if any.

        Answers carry no ids and come in order; one that is late is known by its text.
        """
        for single in self._singles:
            if single.timed is not timed and (single.awaited or single.text == text):
                return single
        return None

    def _finish_when_done(self) -> None:
        if self.state is State.FINISHING and not self._commits and self._twin_due is None:
            self.finished()

    def _fail_or_finish(self, error: ErrorMessage) -> None:
        if self.state is State.FINISHING and error.kind in _NOTHING_LEFT:
            self.report(Warned(text=f"{error.kind}: {error.error}"))
            self.finished()
            return
        text = error.kind if error.error in {"", error.kind} else f"{error.kind}: {error.error}"
        raise _ERRORS[error.kind](text, provider=PROVIDER)


def _final(timed: CommittedTranscriptWithTimestamps) -> Final:
    words = tuple(_word(word) for word in timed.words or ())
    spoken = [word for word in words if word.start_ms is not None]
    return Final(
        text=timed.text,
        words=words,
        start_ms=spoken[0].start_ms if spoken else None,
        end_ms=spoken[-1].end_ms if spoken else None,
        language=timed.language_code,
    )


def _word(word: TimedWord) -> Word:
    kind = WordKind(word.type) if word.type in set(WordKind) else WordKind.WORD
    logprob = word.logprob
    known = logprob is not None and not math.isnan(logprob)
    return Word(
        text=word.text if kind is WordKind.SPACING else word.text.strip(),
        start_ms=_milliseconds(word.start),
        end_ms=_milliseconds(word.end),
        confidence=math.exp(min(logprob or 0.0, 0.0)) if known else None,
        kind=kind,
        speaker=word.speaker_id,
    )


def _milliseconds(seconds: float | None) -> int | None:
    try:
        return None if seconds is None else round(seconds * 1000)
    except (ValueError, OverflowError) as err:  # JSON as Python reads it knows NaN, Infinity
        raise ProtocolViolationError("a word's time is not a number", provider=PROVIDER) from err
