"""Scriptix's messages. "Client" or "Server" at the start of a docstring names the sender.

Fields are named as in the protocol. Times are in milliseconds.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ...errors import ProtocolViolationError
from ...json_fields import MAX_CLIENT_DEPTH, JsonFields, compact
from ...options import shown
from ..contract import Unreadable
from ..reports import read_report
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
"""The service sends a word as a list. These are our names for its entries, in order."""


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


def read_server_message(message: str, *, left_out: list[str] | None = None) -> ServerMessage:
    """Read a message of the service.

    Fields that cannot be read are left out, and the reasons are appended to ``left_out``.

    Raises:
        ProtocolViolationError: The message is not a JSON object.
    """
    fields = JsonFields.parse(message, provider=PROVIDER, left_out=left_out)
    error = fields.raw("error")
    if isinstance(error, str) or error:
        report = read_report(fields.values)
        return ErrorMessage(
            error=report.message or report.code,
            code=report.code,
            retry_after_s=report.retry_after_s,
        )
    if "state" in fields and "text" not in fields:
        state = fields.spare_text("state")
        if state not in set(ServiceState):
            return UnknownMessage(kind=f"state {state}")
        return StateMessage(
            state=ServiceState(state),
            session_id=fields.spare_text("session_id"),
            at=fields.spare_whole("at"),
        )
    is_final = _is_final(fields)
    try:
        return _read_result(fields, is_final=is_final)
    except ProtocolViolationError as err:
        return Unreadable(why=err.message, is_final=is_final is True)


def _is_final(fields: JsonFields) -> bool | None:
    """Return whether a result is final; None if the message is not a result."""
    if "partial" in fields or "result" in fields:
        return "result" in fields
    is_final = fields.spare_flag("is_final")
    if is_final is not None or "text" not in fields:
        return is_final
    if "words" in fields:
        return True
    return False if "stability" in fields else None


def _read_result(fields: JsonFields, *, is_final: bool | None) -> ServerMessage:
    """Read a result in the current or the older format."""
    if "partial" in fields:
        return OlderPartial(text=fields.whole_characters("partial"))
    if is_final is None and not ("text" in fields and "is_final" in fields):
        return UnknownMessage(kind="message without state, error or result")
    text = fields.whole_characters("text")
    speaker = fields.spare_text("speaker")
    if "result" in fields:
        return OlderResult(text=text, words=_read_words(fields, "result"), speaker=speaker)
    offset_ms = fields.spare_whole("offset_ms")
    match is_final:
        case True:
            words = _read_words(fields, "words")
            return FinalResult(text=text, offset_ms=offset_ms, words=words, speaker=speaker)
        case False:
            stability = fields.spare_number("stability")
            return PartialResult(text=text, offset_ms=offset_ms, stability=stability)
        case None:
            return Unreadable(why="is_final must be true or false", is_final=False)


def _read_words(fields: JsonFields, name: str) -> tuple[ResultWord, ...]:
    words = (_read_word(fields, entry) for entry in fields.spare_arrays(name) or ())
    return tuple(word for word in words if word is not None)


def _read_word(result: JsonFields, entry: list[object]) -> ResultWord | None:
    fields = result.within(dict(zip(_WORD_FIELDS, entry, strict=False)))
    text = fields.key_text("word")
    if text is None:
        return None
    return ResultWord(
        text=text,
        start_ms=fields.spare_whole("start_ms"),
        end_ms=fields.spare_whole("end_ms"),
        confidence=fields.spare_number("confidence"),
    )


def read_client_message(message: str) -> ActionMessage:
    """Read a text message of a client.

    Raises:
        ProtocolViolationError: The message has no known action.
    """
    fields = JsonFields.parse(message, provider=PROVIDER, max_depth=MAX_CLIENT_DEPTH)
    action = fields.optional_text("action")
    if action not in set(Action):
        raise ProtocolViolationError(
            f"action: must be start or stop, got {shown(action or '')}", provider=PROVIDER
        )
    return ActionMessage(action=Action(action))
