"""The bridge's end of an ElevenLabs session.

Hard rules, each from behaviour that was observed and is documented nowhere:

- A commit of under 0.3 s of audio ends the session: a shorter rest is padded with silence,
  and nothing at all is not committed.
- A session with about 35 s of uncommitted audio may stall: a commit goes out at 30 s.
- A session without audio is closed after about 15 s, whatever the pings: silence keeps it.
- A commit is answered by two messages, in either order: one final, enriched by the second.
- Where the service commits as well, an answer may be to a commit of its own: ours counts as
  answered once nothing more has come for a second.
"""

from binascii import b2a_base64
from collections import deque
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from ....audio import PCM_16K_MONO
from ....errors import (
    AuthenticationError,
    FinalTimeoutError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)
from ....events import (
    FinalEnriched,
    FinalText,
    FlushDone,
    PartialText,
    SessionEvent,
    SpeakersMerged,
    State,
    Unrecognised,
    Warned,
)
from ...base import ClientBase
from ...contract import ConnectRequest
from ...lifecycle import Transition
from .. import messages as wire
from ..messages import ErrorKind
from ..pairing import CommitAnswer, Segments
from ..query import AUDIO_FORMAT, write_query
from ..reader import read_server_message
from ..settings import CAPABILITIES, MIN_COMMIT_MS, PATH, PROVIDER, ElevenLabsSettings
from .clock import AudioClock
from .commits import LIMIT_S, Commits
from .conversion import entities_of, final_of, words_of
from .held_finals import HeldFinals

__all__ = ["ElevenLabsClient"]

_KEEPALIVE_AFTER_S: Final = 8.0
"""Without audio; the service closes after about 15 s, one observer says 10."""

_KEEPALIVE_MS: Final = 100
"""Of silence: some observers send empty chunks, all agree that audio does it."""

_MAX_CHUNK_MS: Final = 1000
"""The documentation's example; larger chunks are said to be refused from some size on."""

_MIN_COMMIT_BYTES: Final = PCM_16K_MONO.bytes_of(MIN_COMMIT_MS)
_MAX_SEGMENT_BYTES: Final = PCM_16K_MONO.bytes_of(CAPABILITIES.max_segment_ms or 0)
_KEEPALIVE_BYTES: Final = PCM_16K_MONO.bytes_of(_KEEPALIVE_MS)
_MAX_CHUNK_BYTES: Final = PCM_16K_MONO.bytes_of(_MAX_CHUNK_MS)

_CHUNK_HEAD: Final = '{"message_type":"input_audio_chunk","audio_base_64":"'
_CHUNK_TAIL: Final = '","commit":false,"sample_rate":16000}'
_COMMIT_TAIL: Final = '","commit":true,"sample_rate":16000}'
"""``InputAudioChunk.to_json`` in pieces: on the hot path, JSON's escaping of base64 is wasted."""

_ERRORS: Final[dict[ErrorKind, type[RemoteError]]] = {
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

_NOTHING_LEFT: Final = frozenset(
    {ErrorKind.COMMIT_THROTTLED, ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY}
)
"""After the last commit these say only that there was nothing to transcribe."""


class ElevenLabsClient(ClientBase):
    """Sans-I/O client of one session."""

    provider = PROVIDER

    def __init__(self, settings: ElevenLabsSettings) -> None:
        super().__init__()
        self._settings = settings
        self.token = settings.token
        self._query = write_query(settings)
        self._clock = AudioClock()
        self._uncommitted_bytes = 0
        self._added_bytes = 0  # of these, silence of ours alone
        self._segment_bytes = 0  # sent since the service or we committed, as far as is known
        self._audio_at: float | None = None
        self._service_commits = settings.commit_strategy == "vad"
        self._commits = Commits(service_commits=self._service_commits)
        asked = {name for name, value in self._query if value == "true"}
        self._segments = Segments(
            settings, timed=bool(asked & {"include_timestamps", "include_language_detection"})
        )
        self._holds = bool(settings.entity_redaction or settings.transcript_edit)
        self._held = HeldFinals()
        self._flushed: deque[tuple[int, list[str]]] = deque()  # by segment, without its words
        self._diarized = -1  # the last segment whose speakers are known
        self._echo: str | None = None  # a commit's text has been seen to come once more as partial

    def connect(self) -> ConnectRequest:
        """Begin; the caller opens the websocket."""
        self.transition(Transition.CONNECT)
        settings = self._settings
        query = self._query
        headers: dict[str, str] = {}
        if settings.token and settings.auth == "single_use":
            query = [*query, ("token", settings.token)]
        elif settings.token:
            headers["xi-api-key"] = settings.token
        url = f"{settings.url.rstrip('/')}{PATH}"
        return ConnectRequest(url=f"{url}?{urlencode(query)}", shown_url=url, headers=headers)

    def on_open(self, *, now: float) -> None:
        """``session_started`` follows."""

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Audio as base64; a commit with it when the segment gets too long."""
        self._audio_at = now
        start = 0
        while start < len(pcm):
            room = _MAX_SEGMENT_BYTES - self._segment_bytes
            piece = pcm[start : start + min(_MAX_CHUNK_BYTES, room)]
            start += len(piece)
            self._uncommitted_bytes += len(piece)
            self._segment_bytes += len(piece)
            self._clock.send(PCM_16K_MONO.duration_ms(len(piece)))
            if len(piece) < room:
                self._write_chunk(piece, _CHUNK_TAIL)
            elif padding := self._padding():
                self._write_chunk(piece, _CHUNK_TAIL)
                self._commit(padding, now=now)
            else:
                self._commit(piece, now=now)

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """A commit; where there is nothing to commit, the flush waits for what is under way."""
        if self._uncommitted_bytes > self._added_bytes:
            self._commit(self._padding(), flush_id, now=now)
        elif not self._commits.serve(flush_id):
            self._flushes_done([flush_id])

    def on_finish(self, *, now: float) -> None:
        """The last commit."""
        if self._uncommitted_bytes > self._added_bytes:
            self._commit(self._padding(), now=now)
        self._finish_when_done()

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message."""
        match read_server_message(message):
            case wire.SessionStarted() as started:
                self._start(started, now=now)
            case wire.ErrorMessage() as error:
                self._fail_or_finish(error)
            case wire.UnknownMessage(message_type=kind):
                self.report(Unrecognised(kind=kind))
            case wire.WarningMessage(warning=warning):
                self.report(Warned(text=warning))
            case _ if self.state is State.LOADING:
                raise self.unreadable("a transcript before session_started")
            case wire.PartialTranscript(text=text):
                self._hear(PartialText(text=text), now=now)
            case wire.SettledTranscript(text=text):
                # It comes again as committed: counted as a final, it would be doubled.
                self._hear(PartialText(text=text, stability=1.0), now=now)
            case wire.SpeakersMerged() as merged:
                self.report(
                    SpeakersMerged(speaker=merged.from_speaker_id, into=merged.to_speaker_id)
                )
            case answer:
                self._take(answer, now=now)

    def next_timeout(self) -> float | None:
        """When an answer is overdue, or the session needs audio to live."""
        if self.state not in {State.LISTENING, State.CONNECTED, State.FINISHING}:
            return None
        dues = (
            self._segments.due,
            self._commits.quiet_at,
            self._commits.overdue_at,
            self._keepalive_at,
        )
        return min((due for due in dues if due is not None), default=None)

    def handle_timeout(self, *, now: float) -> None:
        """Stop waiting for what is overdue; keep the session."""
        due = self.next_timeout()
        if due is None or now < due:
            return
        self._segments.stop_waiting(now=now)
        self._settle_flushes()
        self._report_all(self._held.release(before=self._segments.first_awaited))
        self._flushes_done(self._commits.settle(now=now))
        self._finish_when_done()
        overdue_at, keepalive_at = self._commits.overdue_at, self._keepalive_at
        if overdue_at is not None and now >= overdue_at:
            self.fail(
                FinalTimeoutError(
                    f"a commit was not answered within {LIMIT_S:g} s", provider=PROVIDER
                )
            )
        elif keepalive_at is not None and now >= keepalive_at:
            self._keep_alive(now=now)

    @property
    def _keepalive_at(self) -> float | None:
        """When the session needs audio to live."""
        if self._audio_at is None or self.state not in {State.LISTENING, State.CONNECTED}:
            return None
        return self._audio_at + _KEEPALIVE_AFTER_S

    def _start(self, started: wire.SessionStarted, *, now: float) -> None:
        if self.state is not State.LOADING:
            raise self.unreadable("a second session_started")
        self._audio_at = now
        understood = started.config.get("audio_format", AUDIO_FORMAT)
        if understood != AUDIO_FORMAT:
            self.report(Warned(text=f"the service expects {understood}, we send {AUDIO_FORMAT}"))
        self.ready(now=now, session_id=started.session_id)

    def _keep_alive(self, *, now: float) -> None:
        self._audio_at = now
        silence = self._silence(_KEEPALIVE_BYTES)
        if self._segment_bytes < _MAX_SEGMENT_BYTES - _KEEPALIVE_BYTES:
            self._write_chunk(silence, _CHUNK_TAIL)
        else:
            self._commit(silence + self._padding(), now=now)

    def _write_chunk(self, pcm: bytes, tail: str) -> None:
        audio = b2a_base64(pcm, newline=False).decode("ascii") if pcm else ""
        self.write(f"{_CHUNK_HEAD}{audio}{tail}")

    def _commit(self, pcm: bytes, *flush_ids: str, now: float) -> None:
        self._write_chunk(pcm, _COMMIT_TAIL)
        self._commits.send(*flush_ids, now=now)
        self._uncommitted_bytes = self._added_bytes = self._segment_bytes = 0

    def _padding(self) -> bytes:
        """Silence that lifts the rest to the smallest commit."""
        # Where the service commits by itself, nobody knows how much is left.
        left = 0 if self._service_commits else self._uncommitted_bytes
        return self._silence(max(0, _MIN_COMMIT_BYTES - left))

    def _silence(self, size: int) -> bytes:
        if size:
            self._clock.add_silence(PCM_16K_MONO.duration_ms(size))
        self._uncommitted_bytes += size
        self._added_bytes += size
        self._segment_bytes += size
        return bytes(size)

    def _hear(self, partial: PartialText, *, now: float) -> None:
        """Take text that is not committed."""
        echo, self._echo = self._echo, None
        if self.state is State.FINISHING:
            self._commits.hear(now=now)  # no audio is left to be heard but what it has
        if partial.text != echo:
            self.report(partial)

    def _take(self, answer: CommitAnswer, *, now: float) -> None:
        """Take one of the answers to a commit."""
        place = self._segments.take(answer, now=now)
        if place is None:
            self.report(Unrecognised(kind=f"{type(answer).__name__} of no commit"))
            return
        segment, first = place
        if first:
            flush_ids = self._commits.answer(now=now)
            if self._service_commits:
                self._segment_bytes = 0
            final = (
                final_of(answer, self._clock)
                if isinstance(answer, wire.CommittedTranscriptWithTimestamps)
                else FinalText(text=answer.text)
            )
            self._echo = final.text
            if self._holds:
                self._held.add(final, segment=segment, flush_ids=flush_ids)
            else:
                self.report(final)
                self._flushed.append((segment, flush_ids))
        else:
            self._enrich(segment, answer)
        self._settle_flushes()
        self._finish_when_done()

    def _enrich(self, segment: int, answer: CommitAnswer) -> None:
        match answer:
            case wire.CommittedTranscript():
                pass  # its text is known from its twin
            case wire.CommittedTranscriptWithTimestamps(language_code=language, words=words):
                # Its words have no speakers: those that have stay.
                heard = words_of(words or (), self._clock) if segment > self._diarized else ()
                self._add(FinalEnriched(segment=segment, words=heard, language=language))
            case wire.DiarizedTranscript(words=words):
                self._diarized = segment
                self._add(FinalEnriched(segment=segment, words=words_of(words, self._clock)))
            case wire.CommittedTranscriptEntities(entities=entities):
                self._add(FinalEnriched(segment=segment, entities=entities_of(entities)))
            case (
                wire.RedactedTranscript(redacted_text=text)
                | wire.EditedTranscript(edited_text=text)
            ):
                if not self._held.replace_text(segment, text):
                    self.report(Warned(text="the other text of a segment came too late"))
                self._report_all(self._held.release(before=segment + 1))

    def _add(self, enriched: FinalEnriched) -> None:
        """Report what belongs to a final, not before it."""
        if self._held.enrich(enriched):
            return
        if not self._holds:
            self.report(enriched)
        elif enriched.language:  # all else is of the text that was replaced
            self.report(FinalEnriched(segment=enriched.segment, language=enriched.language))

    def _settle_flushes(self) -> None:
        """A flush is done when its final's words have come too, or are awaited no longer."""
        while self._flushed and not self._segments.awaits_twin(self._flushed[0][0]):
            _, flush_ids = self._flushed.popleft()
            self._flushes_done(flush_ids)

    def _flushes_done(self, flush_ids: list[str]) -> None:
        """Report flushes whose finals are there, or have them wait for those that are held."""
        if not self._held.serve(flush_ids):
            self._report_all(FlushDone(flush_id=flush_id) for flush_id in flush_ids)

    def _report_all(self, events: Iterable[SessionEvent]) -> None:
        for event in events:
            self.report(event)

    def _finish_when_done(self) -> None:
        if (
            self.state is State.FINISHING
            and not self._commits
            and not self._held
            and self._segments.due is None
        ):
            self.finished()

    def _fail_or_finish(self, error: wire.ErrorMessage) -> None:
        text = error.kind if error.error in {"", error.kind} else f"{error.kind}: {error.error}"
        last = self.state is State.FINISHING and self._commits.unanswered <= 1
        if last and error.kind in _NOTHING_LEFT:
            self.report(Warned(text=text))
            self._report_all(self._held.release())
            self._flushes_done([each for _, ids in self._flushed for each in ids])
            self._flushes_done(self._commits.drop())
            self.finished()
            return
        raise _ERRORS[error.kind](text, provider=PROVIDER, service_code=error.kind)
