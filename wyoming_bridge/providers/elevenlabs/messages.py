"""ElevenLabs' messages, for both ends. Field names are the wire's; times are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ...errors import ProtocolViolationError
from ..fields import Fields, compact
from .settings import PROVIDER

__all__ = [
    "CommittedTranscript",
    "CommittedTranscriptWithTimestamps",
    "ErrorKind",
    "ErrorMessage",
    "InputAudioChunk",
    "PartialTranscript",
    "ServerMessage",
    "SessionStarted",
    "TimedWord",
    "UnknownMessage",
    "read_client_message",
    "read_server_message",
]


class ErrorKind(StrEnum):
    """``message_type`` of an error. The names after the colon are the service's page's."""

    ERROR = "error"
    """scribeError"""
    AUTH_ERROR = "auth_error"
    """scribeAuthError"""
    QUOTA_EXCEEDED = "quota_exceeded"
    """scribeQuotaExceededError"""
    COMMIT_THROTTLED = "commit_throttled"
    """scribeThrottledError"""
    UNACCEPTED_TERMS = "unaccepted_terms"
    """scribeUnacceptedTermsError"""
    RATE_LIMITED = "rate_limited"
    """scribeRateLimitedError"""
    QUEUE_OVERFLOW = "queue_overflow"
    """scribeQueueOverflowError"""
    RESOURCE_EXHAUSTED = "resource_exhausted"
    """scribeResourceExhaustedError"""
    SESSION_TIME_LIMIT_EXCEEDED = "session_time_limit_exceeded"
    """scribeSessionTimeLimitExceededError"""
    INPUT_ERROR = "input_error"
    """scribeInputError"""
    INVALID_REQUEST = "invalid_request"
    """Not on the page; from the service's own client library."""
    CHUNK_SIZE_EXCEEDED = "chunk_size_exceeded"
    """scribeChunkSizeExceededError"""
    INSUFFICIENT_AUDIO_ACTIVITY = "insufficient_audio_activity"
    """scribeInsufficientAudioActivityError"""
    TRANSCRIBER_ERROR = "transcriber_error"
    """scribeTranscriberError"""


_ERROR_KINDS: Final = frozenset(ErrorKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAudioChunk:
    """Client: audio, a commit, or both. The only message a client has."""

    audio_base_64: str
    """May be empty."""
    commit: bool = False
    sample_rate: int | None = None
    """Hz; must agree with the session's ``audio_format``."""
    previous_text: str | None = None
    """What was said before; only with the first chunk."""

    def to_json(self) -> str:
        """The message on the wire."""
        message: dict[str, object] = {
            "message_type": "input_audio_chunk",
            "audio_base_64": self.audio_base_64,
            "commit": self.commit,
        }
        if self.sample_rate is not None:
            message["sample_rate"] = self.sample_rate
        if self.previous_text is not None:
            message["previous_text"] = self.previous_text
        return compact(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """Server: the first message of a session."""

    session_id: str | None
    config: Mapping[str, object]
    """Only informative: the keys that the service sends have been seen to differ."""

    def to_json(self) -> str:
        """The message on the wire."""
        return compact(
            {
                "message_type": "session_started",
                "session_id": self.session_id,
                "config": self.config,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialTranscript:
    """Server: text that may change; replaces the partial before."""

    text: str

    def to_json(self) -> str:
        """The message on the wire."""
        return compact({"message_type": "partial_transcript", "text": self.text})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTranscript:
    """Server: text that will not change; one a commit."""

    text: str

    def to_json(self) -> str:
        """The message on the wire."""
        return compact({"message_type": "committed_transcript", "text": self.text})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """One entry of a timed transcript; the texts of all joined are the transcript's."""

    text: str
    type: str = "word"
    """``word``, ``spacing`` or ``audio_event``."""
    start: float | None = None
    """Seconds from the first audio of the socket."""
    end: float | None = None
    speaker_id: str | None = None
    logprob: float | None = None
    """Natural logarithm of the probability: at most 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTranscriptWithTimestamps:
    """Server: the twin of a committed transcript, with what the session asked for."""

    text: str
    language_code: str | None = None
    """With ``include_language_detection``."""
    words: tuple[TimedWord, ...] | None = None
    """With ``include_timestamps``."""

    def to_json(self) -> str:
        """The message on the wire."""
        words = None
        if self.words is not None:
            words = [
                {
                    "text": word.text,
                    "start": word.start,
                    "end": word.end,
                    "type": word.type,
                    "speaker_id": word.speaker_id,
                    "logprob": word.logprob,
                    "characters": None,
                }
                for word in self.words
            ]
        return compact(
            {
                "message_type": "committed_transcript_with_timestamps",
                "text": self.text,
                "language_code": self.language_code,
                "words": words,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """Server: an error; it precedes the close."""

    kind: ErrorKind
    error: str
    """In words."""

    def to_json(self) -> str:
        """The message on the wire."""
        return compact({"message_type": self.kind, "error": self.error})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A message of a type that is not known."""

    message_type: str


ServerMessage = (
    SessionStarted
    | PartialTranscript
    | CommittedTranscript
    | CommittedTranscriptWithTimestamps
    | ErrorMessage
    | UnknownMessage
)


def read_server_message(message: str) -> ServerMessage:
    """Read what the service sent.

    Raises:
        ProtocolViolationError: It is not JSON, or a field is not of its type.
    """
    fields = Fields.parse(message, provider=PROVIDER)
    kind = fields.optional_text("message_type") or ""
    match kind:
        case "session_started":
            return SessionStarted(
                session_id=fields.optional_text("session_id"), config=fields.mapping("config")
            )
        case "partial_transcript":
            return PartialTranscript(text=fields.text("text"))
        case "committed_transcript":
            return CommittedTranscript(text=fields.text("text"))
        case "committed_transcript_with_timestamps":
            return CommittedTranscriptWithTimestamps(
                text=fields.text("text"),
                language_code=fields.optional_text("language_code"),
                words=tuple(_read_word(word) for word in fields.objects("words"))
                if "words" in fields
                else None,
            )
        case _ if kind in _ERROR_KINDS:
            error = fields.optional_text("error") or ""
            # The general form has been documented with the kind in place of the text.
            general = kind == ErrorKind.ERROR and error in _ERROR_KINDS
            return ErrorMessage(kind=ErrorKind(error if general else kind), error=error)
        case _:
            return UnknownMessage(message_type=kind)


def _read_word(fields: Fields) -> TimedWord:
    return TimedWord(
        text=fields.text("text"),
        type=fields.optional_text("type") or "word",
        start=fields.optional_number("start"),
        end=fields.optional_number("end"),
        speaker_id=fields.optional_text("speaker_id"),
        logprob=fields.optional_number("logprob"),
    )


def read_client_message(message: str) -> InputAudioChunk:
    """Read what a client sent.

    Raises:
        ProtocolViolationError: It is not an ``input_audio_chunk``.
    """
    fields = Fields.parse(message, provider=PROVIDER)
    if fields.optional_text("message_type") != "input_audio_chunk":
        raise ProtocolViolationError(
            "message_type: allowed is input_audio_chunk", provider=PROVIDER
        )
    return InputAudioChunk(
        audio_base_64=fields.optional_text("audio_base_64") or "",
        commit=fields.flag("commit", default=False),
        sample_rate=fields.optional_whole("sample_rate"),
        previous_text=fields.optional_text("previous_text"),
    )
