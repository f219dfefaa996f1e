"""Scriptix's messages. "Client" or "Server" at the start of a docstring names the sender.

Fields are named as in the protocol. Times are in milliseconds.
"""

from dataclasses import dataclass
from enum import StrEnum

from ...json_text import compact
from ..contract import Unreadable

__all__ = [
    "Action",
    "ActionMessage",
    "ErrorMessage",
    "FinalResult",
    "OlderPartial",
    "OlderResult",
    "PartialResult",
    "ResultWord",
    "ServerMessage",
    "ServiceState",
    "StateMessage",
    "UnknownMessage",
]


class Action(StrEnum):
    """The ``action`` of a client's message."""

    START = "start"
    STOP = "stop"
    """End the session after the last final text. From the service's sample clients."""


class ServiceState(StrEnum):
    """The ``state`` of the service."""

    LOADING = "loading"
    LISTENING = "listening"
    STOPPED = "stopped"
    """All results have been sent after a stop. From the service's documentation."""
    SHUTTING_DOWN = "shutting_down"
    """The service will shut down in about an hour. From the service's documentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionMessage:
    """Client: a command."""

    action: Action

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"action": self.action})


@dataclass(frozen=True, slots=True, kw_only=True)
class StateMessage:
    """Server: the state of the service."""

    state: ServiceState
    session_id: str | None = None
    """The service was observed to send it with ``listening``."""
    at: int | None = None
    """With ``shutting_down``: the time of the shut-down, in seconds since 1970."""

    def to_json(self) -> str:
        """Return the message as JSON.

        Optional keys are left out, because the service's sample clients compare the whole text.
        """
        message: dict[str, object] = {"state": self.state}
        if self.at is not None:
            message["at"] = self.at
        return compact(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialResult:
    """Server: text that may change, sent during speech. It replaces the previous partial text."""

    text: str
    offset_ms: int | None
    """The start of the segment in the audio. All texts of a segment have the same offset."""
    stability: float | None = None
    """From 0 to 1."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        message: dict[str, object] = {
            "text": self.text,
            "is_final": False,
            "offset_ms": self.offset_ms,
        }
        if self.stability is not None:
            message["stability"] = self.stability
        return compact(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultWord:
    """One word; in JSON ``[word, start_ms, end_ms, confidence]``."""

    text: str
    """May begin with a space."""
    start_ms: int | None = None
    """In a ``FinalResult``, the time is counted from its ``offset_ms``."""
    end_ms: int | None = None
    confidence: float | None = None
    """From 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalResult:
    """Server: text that will not change."""

    text: str
    offset_ms: int | None
    words: tuple[ResultWord, ...] = ()
    speaker: str | None = None
    """The speaker's name; None if the service does not distinguish speakers."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        message: dict[str, object] = {
            "text": self.text,
            "is_final": True,
            "offset_ms": self.offset_ms,
            "words": _written(self.words),
        }
        if self.speaker is not None:
            message["speaker"] = self.speaker
        return compact(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderPartial:
    """Server: a partial text in the older format, which the service was observed to send."""

    text: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"partial": self.text})


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderResult:
    """Server: a final text in the older format, which the service was observed to send."""

    text: str
    words: tuple[ResultWord, ...] = ()
    """The words, with times from the start of the session."""
    speaker: str | None = None

    def to_json(self) -> str:
        """Return the message as JSON."""
        message: dict[str, object] = {"result": _written(self.words), "text": self.text}
        if self.speaker is not None:
            message["speaker"] = self.speaker
        return compact(message)


def _written(words: tuple[ResultWord, ...]) -> list[object]:
    return [[word.text, word.start_ms, word.end_ms, word.confidence] for word in words]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """Server: an error."""

    error: str
    """A description of the error. The service documents no codes."""
    code: str = ""
    """The error's code; empty if there is no code."""
    retry_after_s: float | None = None

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"error": self.error})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A message of an unknown type."""

    kind: str


ServerMessage = (
    StateMessage
    | PartialResult
    | FinalResult
    | OlderPartial
    | OlderResult
    | ErrorMessage
    | UnknownMessage
    | Unreadable
)
