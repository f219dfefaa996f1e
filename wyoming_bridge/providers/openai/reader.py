"""Reads the messages of a server, in all dialects."""

from collections.abc import Callable, Mapping
from typing import Final

from ...errors import ProtocolViolationError
from ...json_fields import JsonFields
from ..contract import Unreadable
from ..reports import ErrorReport, read_report, read_text
from ..service_text import plain_text
from .detection import dialect_of
from .messages import (
    Committed,
    Configured,
    ErrorMessage,
    Greeting,
    Ignored,
    ItemFailed,
    ServerMessage,
    SpeechStarted,
    SpeechStopped,
    UnknownMessage,
)
from .protocol import PROVIDER, EventType
from .transcripts import Completed, Delta, Done, TimedWord, Token

__all__ = ["read_server_message"]

_IGNORED: Final = frozenset(
    {
        "conversation.item.added",
        "conversation.item.created",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.segment",
        "input_audio_buffer.cleared",
        "input_audio_buffer.dtmf_event_received",
        "input_audio_buffer.partial_transcription",
        "input_audio_buffer.timeout_triggered",
        "rate_limits.updated",
    }
)
"""The messages that the client ignores. They are from OpenAI's client library, except
``partial_transcription``. Speaches sends that one only while its own detection hears speech."""


def read_server_message(
    message: str, *, left_out: list[str] | None = None
) -> ServerMessage | Unreadable:
    """Read a message of a server.

    Fields that cannot be read are left out, and the reasons are appended to ``left_out``.

    Raises:
        ProtocolViolationError: The message is not a JSON object.
    """
    fields = JsonFields.parse(message, provider=PROVIDER, left_out=left_out)
    kind = fields.spare_text("type") or ""
    read = _READERS.get(kind)
    if read:
        return read(fields)
    if kind in _IGNORED:
        return Ignored(type=kind)
    # NVIDIA's client treats every message whose type contains "error" as an error. A proxy may send
    # an error without a type.
    is_error = "error" in kind.lower() or "error" in fields
    return _read_error(fields) if is_error else UnknownMessage(type=kind)


def _read_greeting(fields: JsonFields) -> Greeting:
    session = fields.within(fields.spare_mapping("session"))
    return Greeting(
        dialect=dialect_of(fields.values),
        session_id=session.spare_text("id") or fields.spare_text("id"),
        rate_hz=_rate_hz(session),
    )


def _read_configured(fields: JsonFields) -> Configured:
    session = fields.within(fields.spare_mapping("session"))
    audio_input = _audio_input(session)
    transcription = fields.within(audio_input.spare_mapping("transcription"))
    is_told = "turn_detection" in audio_input.values  # null means that turn detection is off
    return Configured(
        session_id=session.spare_text("id"),
        model=transcription.spare_text("model"),
        rate_hz=_rate_hz(session),
        detects_turns="turn_detection" in audio_input if is_told else None,
    )


def _audio_input(session: JsonFields) -> JsonFields:
    audio = session.within(session.spare_mapping("audio"))
    return session.within(audio.spare_mapping("input"))


def _rate_hz(session: JsonFields) -> int | None:
    audio_format = session.within(_audio_input(session).spare_mapping("format"))
    return audio_format.spare_whole("rate")


def _item_id(fields: JsonFields) -> str:
    return fields.spare_text("item_id") or ""


def _delta(fields: JsonFields) -> str:
    """Return the text of a delta, which may be missing or null in OpenAI's types."""
    if "delta" not in fields:
        return ""
    return fields.whole_characters("delta")


def _read_committed(fields: JsonFields) -> Committed:
    previous = fields.spare_text("previous_item_id")
    return Committed(item_id=_item_id(fields), previous_item_id=previous)


def _read_delta(fields: JsonFields) -> Delta:
    return Delta(text=_delta(fields), item_id=_item_id(fields))


def _read_failed(fields: JsonFields) -> ItemFailed:
    return ItemFailed(item_id=_item_id(fields), report=_report(fields))


def _read_completed(fields: JsonFields) -> Completed | Unreadable:
    try:
        transcript = fields.whole_characters("transcript")
    except ProtocolViolationError as err:
        return Unreadable(why=err.message, is_final=True)
    words = fields.within(fields.spare_mapping("words_info")).spare_objects("words")
    return Completed(
        item_id=_item_id(fields),
        transcript=transcript,
        languages=_languages(fields),
        tokens=tuple(filter(None, map(_read_token, fields.spare_objects("logprobs") or ()))),
        words=tuple(filter(None, map(_read_word, words or ()))),
        is_last=fields.spare_flag("is_last_result") or False,
    )


def _languages(fields: JsonFields) -> tuple[str, ...]:
    codes = (each.spare_text("code") for each in fields.spare_objects("languages") or ())
    return tuple(code for code in codes if code)


def _read_token(fields: JsonFields) -> Token | None:
    text, logprob = fields.key_text("token"), fields.spare_number("logprob")
    return None if text is None or logprob is None else Token(text=text, logprob=logprob)


def _read_word(fields: JsonFields) -> TimedWord | None:
    text = fields.key_text("word")
    if text is None:
        return None
    speaker = fields.spare_whole("speaker_tag")
    return TimedWord(
        text=text,
        start_ms=fields.spare_whole("start_time"),
        end_ms=fields.spare_whole("end_time"),
        confidence=fields.spare_number("confidence"),
        speaker=str(speaker) if speaker else None,  # the speaker is 0 without diarization
    )


def _read_done(fields: JsonFields) -> Done | Unreadable:
    try:
        return Done(text=fields.whole_characters("text"))
    except ProtocolViolationError as err:
        return Unreadable(why=err.message, is_final=True)


def _read_error(fields: JsonFields) -> ErrorMessage:
    inner = fields.inner("error") if fields.holds_object("error") else None
    return ErrorMessage(
        report=_report(fields),
        kind=(inner.spare_text("type") or "") if inner else "",
        event_id=inner.spare_text("event_id") if inner else None,
    )


def _report(fields: JsonFields) -> ErrorReport:
    """Return the report of an error. ``error`` is an object, or in vLLM a text next to ``code``."""
    error = fields.raw("error")
    if isinstance(error, str):
        code = fields.spare_text("code") or ""
        return ErrorReport(
            code=plain_text(code),
            message=plain_text(error),
            retry_after_s=read_text(error).retry_after_s,
        )
    return read_report({"error": error} if isinstance(error, dict) else fields.values)


_READERS: Final[Mapping[str, Callable[[JsonFields], ServerMessage | Unreadable]]] = {
    EventType.SESSION_CREATED: _read_greeting,
    EventType.CONVERSATION_CREATED: _read_greeting,
    EventType.SESSION_UPDATED: _read_configured,
    EventType.TRANSCRIPTION_SESSION_UPDATED: _read_configured,
    EventType.COMMITTED: _read_committed,
    EventType.SPEECH_STARTED: lambda _: SpeechStarted(),
    EventType.SPEECH_STOPPED: lambda _: SpeechStopped(),
    EventType.DELTA: _read_delta,
    EventType.TRANSCRIPTION_DELTA: _read_delta,
    EventType.COMPLETED: _read_completed,
    EventType.TRANSCRIPTION_DONE: _read_done,
    EventType.FAILED: _read_failed,
    EventType.ERROR: _read_error,
}
