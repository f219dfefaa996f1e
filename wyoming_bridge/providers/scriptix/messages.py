"""Scriptix's messages, for both ends. Fields and times (milliseconds) are as in the protocol."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ...errors import ProtocolViolationError
from ...json_fields import JsonFields, compact
from ...options import shown
from .settings import PROVIDER

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
    "read_client_message",
    "read_server_message",
]

_WORD_FIELDS: Final = ("word", "start_ms", "end_ms", "confidence")
"""The entries of the list that stands for a word."""


class Action(StrEnum):
    """The ``action`` of a client."""

    START = "start"
    STOP = "stop"
    """From the service's own sample clients."""


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
    """Observed with ``listening``."""
    at: int | None = None
    """With ``shutting_down``: the time of the shut-down, in seconds since 1970."""

    def to_json(self) -> str:
        """Return the message as JSON.

        It has no more keys than necessary: the service's sample clients compare the whole text.
        """
        message: dict[str, object] = {"state": self.state}
        if self.at is not None:
            message["at"] = self.at
        return compact(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialResult:
    """Server: text that may change. It replaces the previous partial text. Sent during speech."""

    text: str
    offset_ms: int
    """The start of the segment in the stream; the same in its partial texts and its final text."""
    stability: float | None = None
    """0 to 1."""

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
    start_ms: int
    """From the ``offset_ms`` of the segment."""
    end_ms: int
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalResult:
    """Server: text that will not change."""

    text: str
    offset_ms: int
    words: tuple[ResultWord, ...] = ()
    speaker: str | None = None
    """None if the service does not name one."""

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
    """Their times count from the start of the session."""
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
    """A description of the error; there is no code."""

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
)


def read_server_message(message: str) -> ServerMessage:
    """Read a message of the service.

    Raises:
        ProtocolViolationError: The message is not JSON, or a field has the wrong type.
    """
    fields = JsonFields.parse(message, provider=PROVIDER)
    if "error" in fields:
        return ErrorMessage(error=fields.text("error"))
    if "state" in fields:
        state = fields.text("state")
        if state not in set(ServiceState):
            return UnknownMessage(kind=f"state {state}")
        return StateMessage(
            state=ServiceState(state),
            session_id=fields.optional_text("session_id"),
            at=fields.optional_whole("at"),
        )
    return _read_result(fields)


def _read_result(fields: JsonFields) -> ServerMessage:
    """Read a result in either format."""
    if "partial" in fields:
        return OlderPartial(text=fields.text("partial"))
    if "result" in fields:
        return OlderResult(
            text=fields.text("text"),
            words=_read_words(fields, "result"),
            speaker=fields.optional_text("speaker"),
        )
    if "is_final" not in fields:
        return UnknownMessage(kind="message without state, error or result")
    text = fields.text("text")
    offset_ms = fields.optional_whole("offset_ms") or 0
    if fields.flag("is_final", default=False):
        return FinalResult(
            text=text,
            offset_ms=offset_ms,
            words=_read_words(fields, "words"),
            speaker=fields.optional_text("speaker"),
        )
    return PartialResult(
        text=text, offset_ms=offset_ms, stability=fields.optional_number("stability")
    )


def _read_words(fields: JsonFields, name: str) -> tuple[ResultWord, ...]:
    return tuple(_read_word(entry) for entry in fields.arrays(name))


def _read_word(entry: list[object]) -> ResultWord:
    fields = JsonFields(dict(zip(_WORD_FIELDS, entry, strict=False)), provider=PROVIDER)
    return ResultWord(
        text=fields.text("word"),
        start_ms=fields.whole("start_ms"),
        end_ms=fields.whole("end_ms"),
        confidence=fields.number("confidence"),
    )


def read_client_message(message: str) -> ActionMessage:
    """Read a text message of a client.

    Raises:
        ProtocolViolationError: The message has no known action.
    """
    fields = JsonFields.parse(message, provider=PROVIDER)
    action = fields.optional_text("action")
    if action not in set(Action):
        raise ProtocolViolationError(
            f"action: must be start or stop, got {shown(action or '')}", provider=PROVIDER
        )
    return ActionMessage(action=Action(action))
