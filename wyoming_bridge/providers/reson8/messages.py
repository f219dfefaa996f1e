"""Reson8's messages. "Client" or "Server" at the start of a docstring names the sender.

Fields are named as in the protocol. Times are in milliseconds.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ...errors import ProtocolViolationError
from ...json_fields import MAX_CLIENT_DEPTH, JsonFields, compact
from ...options import shown
from ..contract import Unreadable
from ..reports import plain_text, read_report
from .settings import PROVIDER

__all__ = [
    "ErrorMessage",
    "FlushConfirmation",
    "FlushRequest",
    "Reson8Transcript",
    "Reson8Word",
    "ServerMessage",
    "TurnEndCandidate",
    "TurnEvent",
    "UnknownMessage",
    "read_client_message",
    "read_server_message",
]


_OF_ERRORS: Final = ("code", "error", "detail")
"""Fields that only errors have."""

_ERROR_TEXTS: Final = ("message", "detail", "title")
"""The fields of an error that may contain a description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushRequest:
    """Client: a request for a final text of the audio so far."""

    id: str | None = None

    def to_json(self) -> str:
        """Return the message as JSON."""
        named = {} if self.id is None else {"id": self.id}
        return compact({"type": "flush_request", **named})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reson8Word:
    """One word. A field is None unless its flag was set in the query."""

    text: str
    start_ms: int | None = None
    """With ``include_timestamps``: the time from the first audio of the session."""
    duration_ms: int | None = None
    confidence: float | None = None
    """With ``include_confidence``: from 0 to 1, according to the service's documentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reson8Transcript:
    """Server: recognised speech. A field is None unless its flag was set in the query."""

    text: str
    is_final: bool | None = None
    """With ``include_interim``. Without it, all transcripts are final."""
    start_ms: int | None = None
    """With ``include_timestamps``: the time from the first audio of the session."""
    duration_ms: int | None = None
    language: str | None = None
    """With ``include_language``. From the service's documentation."""
    speaker_id: int | str | None = None
    """With ``diarize``; 0 is the first speaker. From the service's documentation."""
    words: tuple[Reson8Word, ...] | None = None
    """With ``include_words``."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"type": "transcript", **self.fields()})

    def fields(self) -> dict[str, object]:
        """Return the fields that were requested, in the order of the documentation."""
        message: dict[str, object] = {"text": self.text}
        if self.is_final is not None:
            message["is_final"] = self.is_final
        message |= _times(self.start_ms, self.duration_ms)
        if self.language is not None:
            message["language"] = self.language
        if self.speaker_id is not None:
            message["speaker_id"] = self.speaker_id
        if self.words is not None:
            message["words"] = [
                {"text": word.text}
                | _times(word.start_ms, word.duration_ms)
                | ({} if word.confidence is None else {"confidence": word.confidence})
                for word in self.words
            ]
        return message


def _times(start_ms: int | None, duration_ms: int | None) -> dict[str, object]:
    if start_ms is None or duration_ms is None:
        return {}
    return {"start_ms": start_ms, "duration_ms": duration_ms}


class TurnEvent(StrEnum):
    """Server: the messages without text about a turn. From the service's documentation."""

    TURN_START = "turn_start"
    """The speech of a turn has begun."""
    TURN_CONTINUATION = "turn_continuation"
    """The turn continues, so its last ``turn_end_candidate`` is void."""
    TURN_END = "turn_end"
    """The turn has ended. The last ``turn_end_candidate`` is the transcript."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"type": self.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEndCandidate:
    """Server: a turn has probably ended. From the service's documentation."""

    transcript: Reson8Transcript
    """The text of the whole turn, with the fields that were requested."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"type": "turn_end_candidate", **self.transcript.fields()})


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushConfirmation:
    """Server: the final texts that a flush requested have been sent."""

    id: str | None
    """The id of the request; None if the request had no id."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"type": "flush_confirmation", "id": self.id})


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """Server: the session has failed.

    The service documents only the errors of the handshake. Its client libraries accept several
    formats. ``read_server_message`` reads all of them. ``to_json`` writes one of them.
    """

    code: str
    message: str = ""
    retry_after_s: float | None = None

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"type": "error", "code": self.code, "message": self.message})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A message of an unknown type."""

    type: str


ServerMessage = Reson8Transcript | FlushConfirmation | ErrorMessage | UnknownMessage | Unreadable


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
