"""The server's messages, as client and server use them. Fields are named as in the protocol.

All dialects share the names of most messages. The docstrings say where a dialect differs. The
messages with text are in ``transcripts``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...json_text import compact
from ..reports import ErrorReport
from .protocol import DialectName, EventType
from .transcripts import Completed, Delta, Done

__all__ = [
    "Committed",
    "Configured",
    "ErrorMessage",
    "Greeting",
    "Ignored",
    "ItemFailed",
    "ServerMessage",
    "SpeechStarted",
    "SpeechStopped",
    "UnknownMessage",
    "session_json",
    "speech_json",
]


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
class ItemFailed:
    """An item has no text, because its transcription failed."""

    item_id: str
    report: ErrorReport


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
