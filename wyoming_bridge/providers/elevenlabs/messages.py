"""ElevenLabs' messages. "Client" or "Server" at the start of a docstring is the sender.

Fields are named as in the protocol. Times are in seconds.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from ...json_fields import compact
from ..contract import Unreadable

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
class PartialTranscript:
    """Server: text that may change. It replaces the previous partial text."""

    text: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "partial_transcript", "text": self.text})


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledTranscript:
    """Server: ``final_transcript``, text that will not change and is not committed yet.

    From the service's client library, which has this message with and without timestamps.
    """

    text: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "final_transcript", "text": self.text})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTranscript:
    """Server: text that will not change. There is one per commit."""

    text: str
    segment_index: int | None = None
    """With ``diarize``: the index of the commit; 0 is the first."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        numbered = {} if self.segment_index is None else {"segment_index": self.segment_index}
        return compact({"message_type": "committed_transcript", "text": self.text, **numbered})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """One entry of a transcript with times. The transcript is the texts of all entries, joined."""

    text: str
    type: str = "word"
    """``word``, ``spacing`` or ``audio_event``."""
    start: float | None = None
    """In seconds from the first audio of the session."""
    end: float | None = None
    """In seconds from the first audio of the session."""
    speaker_id: str | None = None
    logprob: float | None = None
    """The natural logarithm of the probability, at most 0."""

    def to_fields(self) -> dict[str, object]:
        """Return the entry as the fields of a JSON object."""
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
    """Server: the committed transcript again, with the details that the session requested."""

    text: str
    language_code: str | None = None
    """None without ``include_language_detection``."""
    words: tuple[TimedWord, ...] | None = None
    """None without ``include_timestamps``."""

    def to_json(self) -> str:
        """Return the message as JSON."""
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
    """A part of a transcript that the service recognised: a name, a number, an address."""

    text: str
    entity_type: str
    start_char: int
    """The index of the entity's first character in the transcript."""
    end_char: int
    """The index after the entity's last character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTranscriptEntities:
    """Server: the entities in a committed transcript, with ``entity_detection``."""

    text: str
    entities: tuple[Entity, ...] = ()

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact(
            {
                "message_type": "committed_transcript_entities",
                "text": self.text,
                "entities": [asdict(entity) for entity in self.entities],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedTranscript:
    """Server: a committed transcript with its entities replaced, with ``entity_redaction``."""

    text: str
    redacted_text: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "redacted_transcript", **asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedTranscript:
    """Server: a committed transcript after its edit, with ``transcript_edit``."""

    text: str
    edited_text: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "edited_transcript", **asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizedTranscript:
    """Server: the words of a committed transcript with their speakers, with ``diarize``."""

    segment_index: int | None
    text: str
    words: tuple[TimedWord, ...] = ()

    def to_json(self) -> str:
        """Return the message as JSON."""
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
    """Server: two speakers are the same person. After a merge, only the new id is used."""

    from_speaker_id: str
    to_speaker_id: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "speakers_merged", **asdict(self)})


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


Enrichment = (
    CommittedTranscriptWithTimestamps
    | CommittedTranscriptEntities
    | RedactedTranscript
    | EditedTranscript
    | DiarizedTranscript
)
"""The messages that may follow a committed transcript."""

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
