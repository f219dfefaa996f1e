"""The service's side of an ElevenLabs session, as the local realtime server runs it."""

import binascii
import secrets
from collections.abc import Iterator
from typing import Final

from ....endpointing import Segmenter, SpeechEnded, new_detector
from ....errors import ProtocolViolationError
from ....events import FinalText, PartialText
from ...account import Account
from ...contract import Message
from ...server_base import ServerBase
from ...serving import EndSegment, Feed, Flush
from .. import messages as wire
from ..behaviour import ElevenLabsBehaviour
from ..messages import ErrorKind
from ..query import SessionQuery
from ..reader import read_client_message
from ..transcripts import PartialTranscript
from .answers import answers_to
from .closing import closing
from .config import AUDIO_FORMATS, config_of
from .sent_audio import SentAudio

__all__ = ["ElevenLabsServer"]

_STILL_LOGGED: Final = "enable_logging=false was not applied: this session is logged."

_SESSION_OVER: Final = "Maximum session time has been reached."


class ElevenLabsServer(ServerBase):
    """Sans-I/O server of one session. The emulator has already counted the session."""

    def __init__(
        self,
        query: SessionQuery,
        *,
        language: str,
        behaviour: ElevenLabsBehaviour,
        account: Account,
    ) -> None:
        super().__init__()
        settings = query.settings
        self.audio_format = AUDIO_FORMATS[query.audio_format]
        self.bias_terms = settings.keyterms
        self._query = query
        self._settings = settings
        self._language = language
        self._behaviour = behaviour
        self._account = account
        self._is_silent = behaviour.region_mutes and "-" in (settings.language or "")
        self._opened_at = 0.0
        self._audio_at = 0.0
        self._has_waited = False  # whether a final was sent after the last audio
        self._sent = SentAudio(self.audio_format)
        self._chunks = 0
        self._segments = 0
        by_itself = settings.commit_strategy == "vad"
        listens = by_itself or behaviour.max_inactive_s
        threshold = settings.vad_threshold
        self._detector = new_detector(speech_threshold=threshold) if listens else None
        self._segmenter = Segmenter(
            speech_threshold=threshold,
            min_speech_ms=settings.min_speech_duration_ms,
            min_silence_ms=settings.min_silence_duration_ms,
            silence_ms=round(settings.vad_silence_threshold_secs * 1000),
        )
        self._commits_by_itself = by_itself

    def open(self, *, now: float) -> None:
        """Send ``session_started``, or an error."""
        self._opened_at = self._audio_at = now
        limit = self._behaviour.max_sessions_per_minute
        if not self._behaviour.terms_accepted:
            self._end(
                ErrorKind.UNACCEPTED_TERMS,
                "You have not accepted the terms of service to use Scribe.",
            )
        elif limit and self._account.begun_lately(now=now) > limit:
            self._end(ErrorKind.RATE_LIMITED, f"At most {limit} sessions per minute are allowed.")
        elif not self._within_quota():
            return
        else:
            self.write(
                wire.SessionStarted(
                    session_id=secrets.token_hex(16), config=config_of(self._query)
                ).to_json()
            )
            if not (self._settings.enable_logging or self._behaviour.zero_retention):
                self.write(wire.WarningMessage(warning=_STILL_LOGGED).to_json())

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read audio, a commit, or both."""
        if self.is_ending:
            return
        try:
            chunk, audio = self._read(message)
        except ProtocolViolationError as err:
            self._end(ErrorKind.INPUT_ERROR, err.message)
            return
        self._audio_at = now
        self._has_waited = False
        if audio and self._takes(audio, now=now):
            self.command(Feed(audio=audio))
            if self._sent.uncommitted_ms >= self._behaviour.auto_commit_s * 1000:
                self._sent.commit()
                self.command(EndSegment())
        if chunk.commit and not self.is_ending:
            self._commit()

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Commit at a pause if the session uses VAD commits, and end a session without speech."""
        self._sent.reached_engine(pcm)
        if self._detector is None or self.is_ending:
            return
        for event in self._segmenter.feed(self._detector.feed(pcm)):
            if isinstance(event, SpeechEnded) and self._commits_by_itself:
                self._commit_at_pause()
        limit_s = self._behaviour.max_inactive_s
        if limit_s and self._segmenter.silent_ms >= limit_s * 1000:
            self._end(ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY, f"No speech in {limit_s:g}s of audio.")

    def report(self, result: PartialText | FinalText) -> None:
        """Send a transcript. A final text is sent as the answers to a commit."""
        if self.close:
            return
        if not self._is_silent:
            for message in self._messages_for(result):
                self.write(message)
        if isinstance(result, FinalText):
            self._has_waited = True
            self._segments += 1
            self.final_sent()

    def _messages_for(self, result: PartialText | FinalText) -> Iterator[str]:
        if isinstance(result, PartialText):
            yield PartialTranscript(text=result.text).to_json()
            return
        for answer in answers_to(
            result,
            segment=self._segments,
            settings=self._settings,
            language=self._language,
            behaviour=self._behaviour,
        ):
            yield answer.to_json()

    def fail(self, text: str, *, code: str = "") -> None:
        """End the session with an error."""
        kind = ErrorKind(code) if code in set(ErrorKind) else ErrorKind.TRANSCRIBER_ERROR
        self.end_now(wire.ErrorMessage(kind=kind, error=text).to_json(), closing(kind))

    def next_timeout(self) -> float | None:
        """Return when the session reaches its idle limit or its time limit."""
        if self.is_ending:
            return None
        dues = []
        if self._behaviour.idle_close_s and not self.finals_owed:
            dues.append(self._audio_at + self._behaviour.idle_close_s)
        if self._behaviour.max_session_s:
            dues.append(self._opened_at + self._behaviour.max_session_s)
        return min(dues, default=None)

    def handle_timeout(self, *, now: float) -> None:
        """End a session that has reached its idle limit or its time limit."""
        behaviour = self._behaviour
        if behaviour.max_session_s and now >= self._opened_at + behaviour.max_session_s:
            self._end(ErrorKind.SESSION_TIME_LIMIT_EXCEEDED, _SESSION_OVER)
        elif behaviour.idle_close_s and now >= self._audio_at + behaviour.idle_close_s:
            if self._has_waited:  # the client was waiting for a final, which is not idle time
                self._has_waited = False
                self._audio_at = now
            else:
                self.end_idle(limit_s=behaviour.idle_close_s)

    def leave(self, *, now: float) -> None:
        """Count the session as ended."""
        self._account.end()

    def _read(self, message: Message) -> tuple[wire.InputAudioChunk, bytes]:
        if isinstance(message, bytes):
            raise ProtocolViolationError("Message must be a valid protocol message")
        chunk = read_client_message(message)
        if chunk.previous_text is not None and self._chunks:
            raise ProtocolViolationError("previous_text must be in the first chunk only")
        self._chunks += 1
        rate = self.audio_format.sample_rate_hz
        if chunk.sample_rate not in {None, rate}:
            raise ProtocolViolationError(
                f"sample_rate must be {rate}, the rate of the session, got {chunk.sample_rate}"
            )
        try:
            return chunk, binascii.a2b_base64(chunk.audio_base_64, strict_mode=True)
        except ValueError as err:
            raise ProtocolViolationError("audio_base_64 must be base64") from err

    def _takes(self, audio: bytes, *, now: float) -> bool:
        """Count the audio of a chunk. If it exceeds a limit, end the session and return False."""
        behaviour = self._behaviour
        if behaviour.max_chunk_bytes and len(audio) > behaviour.max_chunk_bytes:
            text = f"A chunk must have at most {behaviour.max_chunk_bytes} bytes, got {len(audio)}."
            self._end(ErrorKind.CHUNK_SIZE_EXCEEDED, text)
            return False
        self._sent.add(audio)
        self._account.audio_s += self.audio_format.duration_ms(len(audio)) / 1000
        ahead_s = self._sent.seconds - (now - self._opened_at)
        if behaviour.max_ahead_s and ahead_s > behaviour.max_ahead_s:
            self._end(ErrorKind.QUEUE_OVERFLOW, "The processing queue is full.")
            return False
        return self._within_quota()

    def _within_quota(self) -> bool:
        quota_s = self._behaviour.quota_s
        if quota_s and self._account.audio_s >= quota_s:
            self._end(ErrorKind.QUOTA_EXCEEDED, "You have exceeded your quota.")
            return False
        return True

    def _commit(self) -> None:
        least_s = self._behaviour.min_commit_s
        uncommitted_ms = self._sent.uncommitted_ms
        if uncommitted_ms < least_s * 1000:
            text = (
                f"Commit request ignored: only {uncommitted_ms / 1000:.2f}s of uncommitted audio. "
                f"You need at least {least_s:g}s of uncommitted audio before committing."
            )
            self._end(ErrorKind.COMMIT_THROTTLED, text)
            return
        self._sent.commit()
        self.command(Flush())

    def _commit_at_pause(self) -> None:
        """Commit the audio that the engine has received. Audio after it stays uncommitted."""
        self._sent.commit_in_engine()
        self.command(EndSegment())

    def _end(self, kind: ErrorKind, error: str) -> None:
        """End the session with an error, after the requested finals were sent."""
        self.end(wire.ErrorMessage(kind=kind, error=error).to_json(), closing(kind))
