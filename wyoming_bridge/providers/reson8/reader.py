"""Readers of Reson8's messages, for client and server."""

from typing import Final

from ...errors import ProtocolViolationError
from ...json_fields import JsonFields
from ...json_text import MAX_CLIENT_DEPTH
from ...options import shown
from ..contract import Unreadable
from ..reports import read_report
from ..service_text import plain_text
from .messages import (
    ErrorMessage,
    FlushConfirmation,
    FlushRequest,
    Reson8Transcript,
    Reson8Word,
    ServerMessage,
    UnknownMessage,
)
from .settings import PROVIDER

__all__ = ["read_client_message", "read_server_message"]

_OF_ERRORS: Final = ("code", "error", "detail")
"""Fields that only errors have."""

_ERROR_TEXTS: Final = ("message", "detail", "title")
"""The fields of an error that may contain a description."""


def read_server_message(message: str, *, left_out: list[str] | None = None) -> ServerMessage:
    """Read a message of the service.

    Fields that cannot be read are left out, and the reasons are appended to ``left_out``.

    Raises:
        ProtocolViolationError: The message is not a JSON object.
    """
    fields = JsonFields.parse(message, provider=PROVIDER, left_out=left_out)
    kind = fields.spare_text("type") or ""
    match kind:
        case "transcript":
            return _read_transcript(fields)
        case "flush_confirmation":
            return FlushConfirmation(id=fields.spare_text("id"))
        case _ if kind == "error" or any(name in fields for name in _OF_ERRORS):
            return _read_error(fields)
        case _:
            return UnknownMessage(type=kind)


def _read_transcript(fields: JsonFields) -> Reson8Transcript | Unreadable:
    is_final = fields.spare_flag("is_final")
    try:
        text = fields.whole_characters("text")
    except ProtocolViolationError as err:
        return Unreadable(why=err.message, is_final=is_final is not False)
    words = fields.spare_objects("words")
    return Reson8Transcript(
        text=text,
        is_final=is_final,
        start_ms=fields.spare_whole("start_ms"),
        duration_ms=fields.spare_whole("duration_ms"),
        language=fields.spare_text("language"),
        speaker_id=_read_speaker(fields),
        words=None if words is None else tuple(filter(None, map(_read_word, words))),
    )


def _read_word(fields: JsonFields) -> Reson8Word | None:
    text = fields.key_text("text")
    if text is None:
        return None
    return Reson8Word(
        text=text,
        start_ms=fields.spare_whole("start_ms"),
        duration_ms=fields.spare_whole("duration_ms"),
        confidence=fields.spare_number("confidence"),
    )


def _read_error(fields: JsonFields) -> ErrorMessage:
    """Read an error, whose fields are in an object ``error`` or at the top level.

    Fields of the wrong type are ignored. Otherwise the error would be an unreadable message, and
    the client would try again even if the error forbids this.
    """
    inner = fields.inner("error") if fields.holds_object("error") else None
    places = [(inner, "code"), (inner, "type"), (fields, "code"), (fields, "status")]
    code = _first_of(*places)
    error = _shown(fields.raw("error"))
    said = _first_of(*((place, name) for place in (inner, fields) for name in _ERROR_TEXTS))
    message = said or (error if code else "")
    return ErrorMessage(
        code=plain_text(code or error or "error"),
        message=plain_text(message),
        retry_after_s=read_report(fields.values).retry_after_s,
    )


def _first_of(*places: tuple[JsonFields | None, str]) -> str:
    shown = (_shown(fields.raw(name)) for fields, name in places if fields is not None)
    return next(filter(None, shown), "")


def _shown(value: object) -> str:
    """Return a text or a number as text, and an empty text for everything else."""
    is_shown = isinstance(value, (str, int)) and not isinstance(value, bool)
    return str(value) if is_shown else ""


def _read_speaker(fields: JsonFields) -> int | str | None:
    """Return the speaker. In the documentation it is an integer; a text is accepted too."""
    is_text = isinstance(fields.raw("speaker_id"), str)
    return fields.spare_text("speaker_id") if is_text else fields.spare_whole("speaker_id")


def read_client_message(message: str) -> FlushRequest:
    """Read a text message of a client.

    Raises:
        ProtocolViolationError: The message is not a ``flush_request``.
    """
    fields = JsonFields.parse(message, provider=PROVIDER, max_depth=MAX_CLIENT_DEPTH)
    kind = fields.optional_text("type")
    if kind != "flush_request":
        raise ProtocolViolationError(
            f"type: must be flush_request, got {shown(kind or '')}", provider=PROVIDER
        )
    return FlushRequest(id=fields.optional_text("id"))
