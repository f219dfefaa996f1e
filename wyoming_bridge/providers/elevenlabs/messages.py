"""ElevenLabs' messages, for both ends. Field names are the wire's; times are seconds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from ...json_fields import compact

__all__ = [
    "CommittedTranscript",
    "CommittedTranscriptEntities",
    "CommittedTranscriptWithTimestamps",
    "DiarizedTranscript",
    "EditedTranscript",
    "Enrichment",
    "Entity",
    "ErrorKind",
    "ErrorMessage",
    "InputAudioChunk",
    "PartialTranscript",
    "RedactedTranscript",
    "ServerMessage",
    "SessionStarted",
    "SettledTranscript",
    "SpeakersMerged",
    "TimedWord",
    "UnknownMessage",
    "WarningMessage",
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
class SettledTranscript:
    """Server: ``final_transcript``, text that will not change but is not committed yet.

    Not on the service's page; from its client library, with and without timestamps.
    """

    text: str

    def to_json(self) -> str:
        """The message on the wire."""
        return compact({"message_type": "final_transcript", "text": self.text})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTranscript:
    """Server: text that will not change; one a commit."""

    text: str
    segment_index: int | None = None
    """With ``diarize``: which commit, 0 is the first."""

    def to_json(self) -> str:
        """The message on the wire."""
        numbered = {} if self.segment_index is None else {"segment_index": self.segment_index}
        return compact({"message_type": "committed_transcript", "text": self.text, **numbered})


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

    def to_fields(self) -> dict[str, object]:
        """The entry on the wire."""
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "type": self.type,
            "speaker_id": self.speaker_id,
            "logprob": self.logprob,
            "characters": None,
        }


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
        return compact(
            {
                "message_type": "committed_transcript_with_timestamps",
                "text": self.text,
                "language_code": self.language_code,
                "words": None if self.words is None else [w.to_fields() for w in self.words],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Something in a text that has a name of its own."""

    text: str
    entity_type: str
    start_char: int
    end_char: int
    """Behind the last character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTranscriptEntities:
    """Server: what was found in a committed transcript, with ``entity_detection``."""

    text: str
    entities: tuple[Entity, ...] = ()

    def to_json(self) -> str:
        """The message on the wire."""
        return compact(
            {
                "message_type": "committed_transcript_entities",
                "text": self.text,
                "entities": [asdict(entity) for entity in self.entities],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedTranscript:
    """Server: a committed transcript without its entities, with ``entity_redaction``."""

    text: str
    redacted_text: str

    def to_json(self) -> str:
        """The message on the wire."""
        return compact({"message_type": "redacted_transcript", **asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedTranscript:
    """Server: a committed transcript after ``transcript_edit``."""

    text: str
    edited_text: str

    def to_json(self) -> str:
        """The message on the wire."""
        return compact({"message_type": "edited_transcript", **asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizedTranscript:
    """Server: the words of a committed transcript with their speakers, with ``diarize``."""

    segment_index: int
    text: str
    words: tuple[TimedWord, ...] = ()

    def to_json(self) -> str:
        """The message on the wire."""
        return compact(
            {
                "message_type": "diarized_transcript",
                "segment_index": self.segment_index,
                "text": self.text,
                "words": [word.to_fields() for word in self.words],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakersMerged:
    """Server: two speakers turned out to be one; merges chain, in order."""

    from_speaker_id: str
    to_speaker_id: str

    def to_json(self) -> str:
        """The message on the wire."""
        return compact({"message_type": "speakers_merged", **asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningMessage:
    """Server: something that stops nothing."""

    warning: str

    def to_json(self) -> str:
        """The message on the wire."""
        return compact({"message_type": "warning", "warning": self.warning})


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


Enrichment = (
    CommittedTranscriptWithTimestamps
    | CommittedTranscriptEntities
    | RedactedTranscript
    | EditedTranscript
    | DiarizedTranscript
)
"""What may follow a committed transcript."""

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
)
