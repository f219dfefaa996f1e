"""ElevenLabs' messages; those with text and speakers are in ``transcripts``.

"Client" or "Server" at the start of a docstring is the sender. Fields are named as in the
protocol. Times are in seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ...json_text import compact
from ..contract import Unreadable
from .transcripts import (
    CommittedTranscript,
    Enrichment,
    PartialTranscript,
    SettledTranscript,
    SpeakersMerged,
)

__all__ = [
    "ErrorKind",
    "ErrorMessage",
    "InputAudioChunk",
    "ServerMessage",
    "SessionStarted",
    "UnknownMessage",
    "WarningMessage",
]


class ErrorKind(StrEnum):
    """The ``message_type`` of an error. Below each is the message's name in the documentation."""

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
    """Only in the service's client library."""
    CHUNK_SIZE_EXCEEDED = "chunk_size_exceeded"
    """scribeChunkSizeExceededError"""
    INSUFFICIENT_AUDIO_ACTIVITY = "insufficient_audio_activity"
    """scribeInsufficientAudioActivityError"""
    TRANSCRIBER_ERROR = "transcriber_error"
    """scribeTranscriberError"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAudioChunk:
    """Client: audio, a commit, or both. A client sends no other messages."""

    audio_base_64: str
    """Empty if the message is only a commit."""
    commit: bool = False
    sample_rate: int | None = None
    """In Hz. It must be the rate of the session's ``audio_format``."""
    previous_text: str | None = None
    """The text before the session; only in the first chunk."""

    def to_json(self) -> str:
        """Return the message as JSON."""
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
    """For information only: sources differ on which keys the service sends."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact(
            {
                "message_type": "session_started",
                "session_id": self.session_id,
                "config": self.config,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningMessage:
    """Server: a warning. The session continues."""

    warning: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "warning", "warning": self.warning})


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """Server: an error. The service closes the websocket after it."""

    kind: ErrorKind
    error: str
    """A description of the error."""
    code: str = ""
    """For the kind ``error``: a code that is not in ``ErrorKind``; empty if there is no code."""
    retry_after_s: float | None = None

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": self.kind, "error": self.error})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A message of an unknown type."""

    message_type: str


ServerMessage = (
    SessionStarted
    | PartialTranscript
    | SettledTranscript
    | CommittedTranscript
    | Enrichment
    | SpeakersMerged
    | WarningMessage
    | ErrorMessage
    | UnknownMessage
    | Unreadable
)
