"""The service's end of an ElevenLabs session, as the local realtime server plays it."""

import binascii
import math
import secrets
from dataclasses import dataclass
from typing import Final as Constant

from ...audio import AudioFormat, Encoding
from ...errors import ProtocolViolationError
from ...events import Final, Partial, Word
from ..base import ServerBase
from ..contract import Close, Feed, Flush, HandshakeRequest, Message, Refusal
from .messages import (
    CommittedTranscript,
    CommittedTranscriptWithTimestamps,
    ErrorKind,
    ErrorMessage,
    InputAudioChunk,
    PartialTranscript,
    SessionStarted,
    TimedWord,
    read_client_message,
)
from .settings import MIN_COMMIT_MS

__all__ = ["ElevenLabsServer"]

_AUDIO_FORMATS: Constant = {
    **{
        f"pcm_{rate}": AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=rate, channels=1)
        for rate in (8000, 16000, 22050, 24000, 44100, 48000)
    },
    "ulaw_8000": AudioFormat(encoding=Encoding.MULAW, sample_rate_hz=8000, channels=1),
}
"""``audio_format`` as the service's client library lists it; PCM is s16le mono."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Query:
    """What the client asked for."""

    model_id: str
    audio_format_name: str
    include_timestamps: bool
    include_language_detection: bool
    language_code: str | None
    keyterms: tuple[str, ...]

    @property
    def audio_format(self) -> AudioFormat:
        return _AUDIO_FORMATS[self.audio_format_name]


class ElevenLabsServer(ServerBase):
    """Sans-I/O server of one session."""

    accepts_wav = False
    subprotocol = None

    def __init__(
        self, query: _Query | None, *, language: str, rejected: ErrorMessage | None = None
    ) -> None:
        super().__init__()
        self._query = query
        self._language = language
        self._rejected = rejected
        self._uncommitted_bytes = 0
        self.audio_format = query.audio_format if query else _AUDIO_FORMATS["pcm_16000"]

    @classmethod
    def accept(
        cls, request: HandshakeRequest, *, tokens: frozenset[str], language: str
    ) -> "ElevenLabsServer | Refusal":
        """Answer an upgrade; an empty set of tokens lets everybody in.

        The service accepts the socket and then says what is wrong: so it is documented for bad
        parameters, and for a bad token a message of its own exists.
        """
        token = request.first("token") or request.headers.get("xi-api-key", "")
        if tokens and token not in tokens:
            return cls(
                None,
                language=language,
                rejected=ErrorMessage(
                    kind=ErrorKind.AUTH_ERROR,
                    error="You must be authenticated to use this endpoint.",
                ),
            )
        try:
            query = _read_query(request)
        except ValueError as err:
            return cls(
                None,
                language=language,
                rejected=ErrorMessage(kind=ErrorKind.INVALID_REQUEST, error=str(err)),
            )
        return cls(query, language=language)

    def open(self) -> None:
        """Greet, or say why not."""
        if self._query is None:
            if self._rejected:
                self._end(self._rejected)
            return
        query = self._query
        self.write(
            SessionStarted(
                session_id=secrets.token_hex(16),
                config={
                    "sample_rate": query.audio_format.sample_rate_hz,
                    "audio_format": query.audio_format_name,
                    "language_code": query.language_code,
                    "timestamps_granularity": "word",
                    "commit_strategy": "manual",
                    "vad_commit_strategy": False,
                    "model_id": query.model_id,
                    "include_timestamps": query.include_timestamps,
                    "include_language_detection": query.include_language_detection,
                    "keyterms": list(query.keyterms),
                },
            ).to_json()
        )

    def receive_message(self, message: Message) -> None:
        """Audio, a commit, or both."""
        if self.close:
            return
        try:
            chunk, audio = self._read(message)
        except ProtocolViolationError as err:
            self._end(ErrorMessage(kind=ErrorKind.INPUT_ERROR, error=err.message))
            return
        if audio:
            self._uncommitted_bytes += len(audio)
            self.command(Feed(audio=audio))
        if chunk.commit:
            self._commit()

    def report(self, result: Partial | Final) -> None:
        """Send a transcript; a final becomes the two messages of a commit."""
        query = self._query
        if query is None:
            return
        if isinstance(result, Partial):
            self.write(PartialTranscript(text=result.text).to_json())
            return
        self.write(CommittedTranscript(text=result.text).to_json())
        if query.include_timestamps or query.include_language_detection:
            detect = query.include_language_detection
            self.write(
                CommittedTranscriptWithTimestamps(
                    text=result.text,
                    language_code=self._language if detect else None,
                    words=_timed(result) if query.include_timestamps else None,
                ).to_json()
            )

    def fail(self, text: str) -> None:
        """The engine failed."""
        self._end(ErrorMessage(kind=ErrorKind.TRANSCRIBER_ERROR, error=text))

    def _read(self, message: Message) -> tuple[InputAudioChunk, bytes]:
        if isinstance(message, bytes):
            raise ProtocolViolationError("Message must be a valid protocol message")
        chunk = read_client_message(message)
        rate = self.audio_format.sample_rate_hz
        if chunk.sample_rate not in {None, rate}:
            raise ProtocolViolationError(
                f"sample_rate is {chunk.sample_rate}, but the session's is {rate}"
            )
        try:
            return chunk, binascii.a2b_base64(chunk.audio_base_64, strict_mode=True)
        except ValueError as err:
            raise ProtocolViolationError("audio_base_64 is not base64") from err

    def _commit(self) -> None:
        uncommitted_ms = self.audio_format.duration_ms(self._uncommitted_bytes)
        if uncommitted_ms < MIN_COMMIT_MS:
            text = (
                f"Commit request ignored: only {uncommitted_ms / 1000:.2f}s of uncommitted audio. "
                f"You need at least {MIN_COMMIT_MS / 1000:g}s of uncommitted audio before "
                f"committing."
            )
            self.write(ErrorMessage(kind=ErrorKind.COMMIT_THROTTLED, error=text).to_json())
            self.close = Close(code=1000, reason=ErrorKind.COMMIT_THROTTLED)
            return
        self._uncommitted_bytes = 0
        self.command(Flush())

    def _end(self, error: ErrorMessage) -> None:
        self.write(error.to_json())
        self.close = Close(code=1008, reason=error.kind)


def _timed(final: Final) -> tuple[TimedWord, ...]:
    """Words with the spacing between them, so that the texts joined are the transcript."""
    entries: list[TimedWord] = []
    for word in final.words:
        if entries:
            entries.append(
                TimedWord(
                    text=" ",
                    type="spacing",
                    start=entries[-1].end,
                    end=_seconds(word.start_ms),
                    logprob=0.0,
                )
            )
        entries.append(_timed_word(word))
    return tuple(entries)


def _timed_word(word: Word) -> TimedWord:
    return TimedWord(
        text=word.text,
        start=_seconds(word.start_ms),
        end=_seconds(word.end_ms),
        # The logarithm of nothing is minus infinity, which JSON does not have.
        logprob=math.log(max(word.confidence, 1e-9)) if word.confidence is not None else 0.0,
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _read_query(request: HandshakeRequest) -> _Query:
    """Read the query parameters.

    Raises:
        ValueError: One is missing or not allowed.
    """
    model_id = request.first("model_id")
    if not model_id:
        raise ValueError("model_id is required")
    audio_format = request.first("audio_format") or "pcm_16000"
    if audio_format not in _AUDIO_FORMATS:
        raise ValueError(f"audio_format: allowed are {', '.join(_AUDIO_FORMATS)}")
    if (request.first("commit_strategy") or "manual") != "manual":
        raise ValueError("commit_strategy: this server serves manual only")
    return _Query(
        model_id=model_id,
        audio_format_name=audio_format,
        include_timestamps=request.flag("include_timestamps"),
        include_language_detection=request.flag("include_language_detection"),
        language_code=request.first("language_code"),
        keyterms=tuple(request.query.get("keyterms", ())),
    )
