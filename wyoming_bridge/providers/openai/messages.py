"""The server's messages, as client and server use them. Fields are named as in the protocol.

All dialects share the names of most messages. The docstrings say where a dialect differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ...json_text import compact
from ..reports import ErrorReport
from .protocol import DialectName

__all__ = [
    "Committed",
    "Completed",
    "Configured",
    "Delta",
    "Done",
    "ErrorMessage",
    "EventType",
    "Greeting",
    "Ignored",
    "ItemFailed",
    "ServerMessage",
    "SpeechStarted",
    "SpeechStopped",
    "TimedWord",
    "Token",
    "UnknownMessage",
    "session_json",
    "speech_json",
]


class EventType(StrEnum):
    """The ``type`` of a server's message."""

    SESSION_CREATED = "session.created"
    SESSION_UPDATED = "session.updated"
    CONVERSATION_CREATED = "conversation.created"
    """The first message of NIM."""
    TRANSCRIPTION_SESSION_UPDATED = "transcription_session.updated"
    """NIM's name for ``session.updated``."""
    COMMITTED = "input_audio_buffer.committed"
    SPEECH_STARTED = "input_audio_buffer.speech_started"
    SPEECH_STOPPED = "input_audio_buffer.speech_stopped"
    DELTA = "conversation.item.input_audio_transcription.delta"
    COMPLETED = "conversation.item.input_audio_transcription.completed"
    FAILED = "conversation.item.input_audio_transcription.failed"
    TRANSCRIPTION_DELTA = "transcription.delta"
    """vLLM's name for a delta."""
    TRANSCRIPTION_DONE = "transcription.done"
    """vLLM's name for a completed transcription."""
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The first message, which shows the dialect."""

    dialect: DialectName
    session_id: str | None = None
    rate_hz: int | None = None
    """The sample rate of PCM that the server announces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The server has applied the configuration. A field is None if the server does not send it."""

    session_id: str | None = None
    model: str | None = None
    rate_hz: int | None = None
    detects_turns: bool | None = None
    """Whether the server ends segments itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The server has turned audio into an item, after a commit of the client or by itself."""

    item_id: str
    previous_item_id: str | None = None

    def to_json(self, *, event_id: str) -> str:
        """Return the message as JSON."""
        return compact(
            {
                "type": EventType.COMMITTED,
                "event_id": event_id,
                "item_id": self.item_id,
                "previous_item_id": self.previous_item_id,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """The server's own detection hears speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStopped:
    """The server's own detection no longer hears speech. The item of the speech comes next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A part of a text with its probability."""

    text: str
    logprob: float
    """The natural logarithm of the probability, at most 0."""

    def to_fields(self) -> dict[str, object]:
        """Return the token as the fields of a JSON object."""
        return {"token": self.text, "logprob": self.logprob, "bytes": list(self.text.encode())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """More text of an item, or in vLLM of the current generation."""

    text: str
    item_id: str = ""
    """Empty in vLLM."""

    def to_json(self, *, event_id: str) -> str:
        """Return the message as JSON."""
        return compact(
            {
                "type": EventType.DELTA,
                "event_id": event_id,
                "item_id": self.item_id,
                "content_index": 0,
                "delta": self.text,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """A word in the whole text of an item. Only NIM sends words."""

    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The whole text of an item."""

    item_id: str
    transcript: str
    languages: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = ()
    """Only if requested with ``include``. The transcript is the texts of all tokens, joined."""
    words: tuple[TimedWord, ...] = ()
    """Only NIM sends words."""
    is_last: bool = False
    """Only from NIM: whether this is the answer to the end of the audio."""
    seconds: float | None = None
    """The duration of the audio, for which the account is charged."""

    def to_json(self, *, event_id: str) -> str:
        """Return the message as JSON."""
        message: dict[str, object] = {
            "type": EventType.COMPLETED,
            "event_id": event_id,
            "item_id": self.item_id,
            "content_index": 0,
            "transcript": self.transcript,
            "usage": {"type": "duration", "seconds": self.seconds or 0.0},
        }
        if self.languages:
            message["languages"] = [{"code": code} for code in self.languages]
        if self.tokens:
            message["logprobs"] = [token.to_fields() for token in self.tokens]
        return compact(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFailed:
    """An item has no text, because its transcription failed."""

    item_id: str
    report: ErrorReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """vLLM: the whole text of one generation."""

    text: str

    def to_json(self) -> str:
        """Return the message as JSON. Each word is counted as one token."""
        count = len(self.text.split())
        usage = {"prompt_tokens": 0, "total_tokens": count, "completion_tokens": count}
        return compact({"type": EventType.TRANSCRIPTION_DONE, "text": self.text, "usage": usage})


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """An error. Most errors do not end the session."""

    report: ErrorReport
    kind: str = ""
    """OpenAI's ``type``, such as ``invalid_request_error``; vLLM has none."""
    event_id: str | None = None
    """The id of the client's message that caused the error."""

    def to_json(self, *, event_id: str) -> str:
        """Return the message as JSON."""
        error: Mapping[str, object] = {
            "type": self.kind,
            "code": self.report.code or None,
            "message": self.report.message,
            "param": None,
            "event_id": self.event_id,
        }
        return compact({"type": EventType.ERROR, "event_id": event_id, "error": error})

    def to_vllm(self) -> str:
        """Return the message as JSON in vLLM's format, in which ``error`` is a text."""
        report = self.report
        return compact({"type": EventType.ERROR, "error": report.message, "code": report.code})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A message of a known type that the client does not need."""

    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A message of an unknown type."""

    type: str


ServerMessage = (
    Greeting
    | Configured
    | Committed
    | SpeechStarted
    | SpeechStopped
    | Delta
    | Completed
    | ItemFailed
    | Done
    | ErrorMessage
    | Ignored
    | UnknownMessage
)


def session_json(kind: EventType, session: Mapping[str, object], *, event_id: str) -> str:
    """Return ``session.created`` or ``session.updated`` as JSON."""
    return compact({"type": kind, "event_id": event_id, "session": session})


def speech_json(kind: EventType, *, item_id: str, at_ms: int, event_id: str) -> str:
    """Return ``speech_started`` or ``speech_stopped`` as JSON."""
    name = "audio_start_ms" if kind is EventType.SPEECH_STARTED else "audio_end_ms"
    return compact({"type": kind, "event_id": event_id, "item_id": item_id, name: at_ms})
