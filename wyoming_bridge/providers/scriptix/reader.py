"""Readers of Scriptix's messages, for client and server."""

from typing import Final

from ...errors import ProtocolViolationError
from ...json_fields import JsonFields
from ...json_text import MAX_CLIENT_DEPTH
from ...options import shown
from ..contract import Unreadable
from ..reports import read_report
from .messages import (
    Action,
    ActionMessage,
    ErrorMessage,
    FinalResult,
    OlderPartial,
    OlderResult,
    PartialResult,
    ResultWord,
    ServerMessage,
    ServiceState,
    StateMessage,
    UnknownMessage,
)
from .settings import PROVIDER

__all__ = ["read_client_message", "read_server_message"]

_WORD_FIELDS: Final = ("word", "start_ms", "end_ms", "confidence")
"""The service sends a word as a list. These are our names for its entries, in order."""


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
        return Unreadable(why=err.message, is_final=is_final is not False)


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
            return Unreadable(why="is_final must be true or false", is_final=True)


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
