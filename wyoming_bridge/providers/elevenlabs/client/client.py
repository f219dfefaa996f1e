"""The bridge's side of an ElevenLabs session.

Rules that follow from observed, undocumented behaviour of the service:

- A commit of less than 0.3 s of audio ends the session. So the client pads shorter audio with
  silence, and sends no commit without new audio.
- A session with about 35 s of uncommitted audio may stall. So the client commits after 30 s.
- A session without audio is closed after about 15 s, with or without pings. So the client sends
  silence.
- If word times or the language were requested, the service answers a commit with two messages, in
  either order. The client reports the first as the final text, and the second as an addition to it.
- If the service commits by itself too, an answer may be for the service's own commit. So the client
  reports its flushes as done only when one second has passed since the latest answer.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from ....audio import PCM_16K_MONO
from ....events import PartialText, SessionEvent, SpeakersMerged, State, Unrecognised, Warned
from ...audio_clock import AudioClock
from ...base import ClientBase
from ...contract import ConnectRequest, Unreadable
from ...lifecycle import Transition
from .. import messages as wire
from .. import transcripts
from ..messages import ErrorKind
from ..pairing import CommitAnswer
from ..query import AUDIO_FORMAT, write_query
from ..reader import read_server_message
from ..settings import CAPABILITIES, PATH, PROVIDER, ElevenLabsSettings
from .commit_answers import CommitAnswers
from .commits import Commits
from .outgoing_audio import Chunk, OutgoingAudio
from .repeats import Repeats
from .reported import error_of

__all__ = ["ElevenLabsClient"]

_KEEPALIVE_AFTER_S: Final = 8.0
"""Time without audio after which silence is sent. The service closes an idle session after about
15 s, or after 10 s according to one report."""

_NOTHING_LEFT: Final = frozenset(
    {ErrorKind.COMMIT_THROTTLED, ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY}
)
"""After the last commit, these errors only mean that there was nothing to transcribe."""


class ElevenLabsClient(ClientBase):
    """Sans-I/O client of one session."""

    provider = PROVIDER
    capabilities = CAPABILITIES

    def __init__(self, settings: ElevenLabsSettings) -> None:
        super().__init__()
        self._settings = settings
        self.token = settings.token
        self._query = write_query(settings)
        clock = AudioClock()
        self._audio_at: float | None = None
        self._service_commits = settings.commit_strategy == "vad"
        self._audio = OutgoingAudio(clock, service_commits=self._service_commits)
        self._commits = Commits(service_commits=self._service_commits)
        asked = {name for name, value in self._query if value == "true"}
        self._is_timed = bool(asked & {"include_timestamps", "include_language_detection"})
        self._answers = CommitAnswers(settings, clock=clock, timed=self._is_timed)
        self._repeats = Repeats(service_commits=self._service_commits)

    def connect(self) -> ConnectRequest:
        """Return the request that opens the websocket."""
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
        """Do nothing, because the service sends the first message: ``session_started``."""

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Send the audio as base64, with a commit when the segment has its maximum length."""
        self._audio_at = now
        self._repeats.send(PCM_16K_MONO.duration_ms(len(pcm)))
        for chunk in self._audio.chunks(pcm):
            self._send(chunk, now=now)

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """Send a commit. Without new audio, the flush waits for the newest open commit, if any."""
        if self._audio.has_uncommitted:
            self._send(self._audio.commit(), flush_id, now=now)
        elif not self._commits.attach(flush_id):
            self._report_all(self._answers.flushes_done([flush_id]))

    def on_finish(self, *, now: float) -> None:
        """Send the last commit."""
        if self._audio.has_uncommitted:
            self._send(self._audio.commit(), now=now)
        self._finish_when_done()

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message."""
        match read_server_message(message, left_out=self.left_out):
            case wire.SessionStarted() as started:
                self._start(started, now=now)
            case wire.ErrorMessage() as error:
                self._fail_or_finish(error)
            case wire.UnknownMessage(message_type=kind):
                self.report(Unrecognised(kind=kind))
            case wire.WarningMessage(warning=warning):
                self.report(Warned(text=warning))
            case Unreadable() as unreadable:
                # With word times or the language, the text is in two messages; one may be readable.
                self.skip(replace(unreadable, is_final=unreadable.is_final and not self._is_timed))
            case transcript:
                self._on_transcript(transcript, now=now)

    def _on_transcript(
        self,
        message: transcripts.PartialTranscript
        | transcripts.SettledTranscript
        | transcripts.SpeakersMerged
        | CommitAnswer,
        *,
        now: float,
    ) -> None:
        match message:
            case transcripts.PartialTranscript() if self.state is State.LOADING:
                self.skip(Unreadable(why="a text before session_started", is_final=False))
            case _ if self.state is State.LOADING:
                self.fail(self.unreadable("the service sent a transcript before session_started"))
            case transcripts.PartialTranscript(text=text):
                self._on_partial(PartialText(text=text), now=now)
            case transcripts.SettledTranscript(text=text):
                # A committed transcript with the same text follows, and is the final text.
                self._on_partial(PartialText(text=text, stability=1.0), now=now)
            case transcripts.SpeakersMerged() as merged:
                self.report(
                    SpeakersMerged(speaker=merged.from_speaker_id, into=merged.to_speaker_id)
                )
            case answer:
                self._take(answer, now=now)

    def next_timeout(self) -> float | None:
        """Return when to stop waiting for more answers, or to send audio to stay open."""
        if self.state not in {State.LISTENING, State.CONNECTED, State.FINISHING}:
            return None
        dues = (self._answers.due, self._commits.quiet_at, self._keepalive_at)
        return min((due for due in dues if due is not None), default=None)

    def handle_timeout(self, *, now: float) -> None:
        """Stop waiting for more answers, and keep the session open."""
        due = self.next_timeout()
        if due is None or now < due:
            return
        self._report_all(self._answers.stop_waiting(now=now))
        self._report_all(self._answers.flushes_done(self._commits.complete_quiet(now=now)))
        self._finish_when_done()
        keepalive_at = self._keepalive_at
        if keepalive_at is not None and now >= keepalive_at:
            self._audio_at = now
            self._send(self._audio.keepalive(), now=now)

    @property
    def _keepalive_at(self) -> float | None:
        """When to send silence to keep the session open; None if no silence is needed."""
        if self._audio_at is None or self.state not in {State.LISTENING, State.CONNECTED}:
            return None
        return self._audio_at + _KEEPALIVE_AFTER_S

    def _start(self, started: wire.SessionStarted, *, now: float) -> None:
        if self.state is not State.LOADING:
            self.warn_once("the service sent session_started twice")
            return
        self._audio_at = now
        understood = started.config.get("audio_format")
        if isinstance(understood, str) and understood != AUDIO_FORMAT:
            text = f"the service expects {understood}, but the audio is {AUDIO_FORMAT}"
            self.report(Warned(text=text))
        self.ready(now=now, session_id=started.session_id)

    def _send(self, chunk: Chunk, *flush_ids: str, now: float) -> None:
        self.write(chunk.message)
        if chunk.is_commit:
            self._commits.send(*flush_ids)
            self._repeats.commit()

    def _on_partial(self, partial: PartialText, *, now: float) -> None:
        """Report text that is not committed."""
        if self._repeats.is_echo(partial.text):
            return
        if self.state is State.FINISHING:
            if not self._commits:  # the service has answered all commits: the text is late
                return
            self._commits.still_working(now=now)  # the text is of audio before the commit
        self.report(partial)

    def _take(self, answer: CommitAnswer, *, now: float) -> None:
        """Report one of the answers to a commit."""
        is_awaited = self._commits.unanswered > 0
        if self._answers.is_first(answer) and self._repeats.is_repeated(
            answer, is_awaited=is_awaited
        ):
            self.report(Unrecognised(kind=f"{type(answer).__name__} of the same commit"))
            self._commits.answer(now=now)
            self._repeats.repeated()
            return
        place = self._answers.take(answer, now=now)
        if place is None:
            self.report(Unrecognised(kind=f"{type(answer).__name__} without a commit"))
            return
        segment, first = place
        if first:
            flush_ids = self._commits.answer(now=now)
            if self._service_commits:
                self._audio.segment_ended()
            self._repeats.answered(answer)
            self._report_all(self._answers.begin(segment, answer, flush_ids=flush_ids))
        else:
            self._repeats.enriched(answer)
            self._report_all(self._answers.enrich(segment, answer))
        self._report_all(self._answers.done_flushes())
        self._finish_when_done()

    def _report_all(self, events: Iterable[SessionEvent]) -> None:
        for event in events:
            self.report(event)

    def _finish_when_done(self) -> None:
        if self.state is State.FINISHING and not self._commits and self._answers.is_complete:
            self.finished()

    def on_close(self, *, code: int | None, reason: str) -> None:
        """Finish a session that is finishing and has all answers. Fail any other session."""
        if self.state is State.FINISHING and not self._commits.unanswered:
            self._complete()
        else:
            super().on_close(code=code, reason=reason)

    def _complete(self) -> None:
        """Finish without the answers that are still missing."""
        self._report_all(self._answers.give_up())
        self._report_all(self._answers.flushes_done(self._commits.drop()))
        self.finished()

    def _fail_or_finish(self, message: wire.ErrorMessage) -> None:
        error = error_of(message)
        last = self.state is State.FINISHING and self._commits.unanswered <= 1
        if not (last and message.kind in _NOTHING_LEFT):
            raise error
        self.report(Warned(text=error.message))
        self._complete()
