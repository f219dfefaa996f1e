"""Readers of ElevenLabs' messages, for client and server."""

from collections.abc import Callable, Mapping
from typing import Final

from ...errors import ProtocolViolationError
from ...json_fields import JsonFields
from ...json_text import MAX_CLIENT_DEPTH
from ...options import shown
from ..contract import Unreadable
from ..reports import read_report
from .messages import (
    ErrorKind,
    ErrorMessage,
    InputAudioChunk,
    ServerMessage,
    SessionStarted,
    UnknownMessage,
    WarningMessage,
)
from .settings import PROVIDER
from .transcripts import (
    CommittedTranscript,
    CommittedTranscriptEntities,
    CommittedTranscriptWithTimestamps,
    DiarizedTranscript,
    EditedTranscript,
    Entity,
    PartialTranscript,
    RedactedTranscript,
    SettledTranscript,
    SpeakersMerged,
    TimedWord,
)

__all__ = ["read_client_message", "read_server_message"]

_ERROR_KINDS: Final = frozenset(ErrorKind)


def read_server_message(message: str, *, left_out: list[str] | None = None) -> ServerMessage:
    """Read a message of the service.

    Fields that cannot be read are left out, and the reasons are appended to ``left_out``.

    Raises:
        ProtocolViolationError: The message is not a JSON object.
    """
    fields = JsonFields.parse(message, provider=PROVIDER, left_out=left_out)
    kind = fields.spare_text("message_type") or ""
    read = _READERS.get(kind)
    if kind in _ERROR_KINDS or (read is None and fields.raw("error")):
        return _read_error(fields, kind)
    if read is None:
        return UnknownMessage(message_type=kind)
    try:
        return read(fields)
    except ProtocolViolationError as err:
        return Unreadable(why=err.message, is_final=kind == "committed_transcript")


def _read_error(fields: JsonFields, kind: str) -> ErrorMessage:
    report = read_report(fields.values)
    if kind in _ERROR_KINDS and kind != ErrorKind.ERROR:
        return ErrorMessage(
            kind=ErrorKind(kind), error=report.message, retry_after_s=report.retry_after_s
        )
    # According to the documentation, the text of a general error can be the name of another kind.
    known = next((each for each in (report.code, report.message) if each in _ERROR_KINDS), None)
    unknown_kind = "" if kind in _ERROR_KINDS else kind
    return ErrorMessage(
        kind=ErrorKind(known) if known else ErrorKind.ERROR,
        error=report.message or report.code,
        code="" if known else report.code or unknown_kind,
        retry_after_s=report.retry_after_s,
    )


def _read_committed(fields: JsonFields) -> CommittedTranscript:
    return CommittedTranscript(
        text=fields.whole_characters("text"), segment_index=fields.spare_whole("segment_index")
    )


def _read_timed(fields: JsonFields) -> CommittedTranscriptWithTimestamps:
    return CommittedTranscriptWithTimestamps(
        text=fields.whole_characters("text"),
        language_code=fields.spare_text("language_code"),
        words=_read_words(fields),
    )


def _read_entities(fields: JsonFields) -> CommittedTranscriptEntities:
    entities = (_read_entity(entity) for entity in fields.spare_objects("entities") or ())
    return CommittedTranscriptEntities(
        text=fields.spare_text("text") or "",
        entities=tuple(entity for entity in entities if entity is not None),
    )


def _read_entity(fields: JsonFields) -> Entity | None:
    text, kind = fields.key_text("text"), fields.key_text("entity_type")
    start, end = fields.spare_whole("start_char"), fields.spare_whole("end_char")
    if text is None or kind is None or start is None or end is None:
        return None
    return Entity(text=text, entity_type=kind, start_char=start, end_char=end)


def _read_diarized(fields: JsonFields) -> DiarizedTranscript:
    return DiarizedTranscript(
        segment_index=fields.spare_whole("segment_index"),
        text=fields.spare_text("text") or "",
        words=_read_words(fields) or (),
    )


_READERS: Final[Mapping[str, Callable[[JsonFields], ServerMessage]]] = {
    "session_started": lambda fields: SessionStarted(
        session_id=fields.spare_text("session_id"), config=fields.spare_mapping("config")
    ),
    "partial_transcript": lambda fields: PartialTranscript(text=fields.whole_characters("text")),
    "final_transcript": lambda fields: SettledTranscript(text=fields.whole_characters("text")),
    "final_transcript_with_timestamps": lambda fields: SettledTranscript(
        text=fields.whole_characters("text")
    ),
    "committed_transcript": _read_committed,
    "committed_transcript_with_timestamps": _read_timed,
    "committed_transcript_entities": _read_entities,
    "redacted_transcript": lambda fields: RedactedTranscript(
        text=fields.spare_text("text") or "",
        redacted_text=fields.whole_characters("redacted_text"),
    ),
    "edited_transcript": lambda fields: EditedTranscript(
        text=fields.spare_text("text") or "", edited_text=fields.whole_characters("edited_text")
    ),
    "diarized_transcript": _read_diarized,
    "speakers_merged": lambda fields: SpeakersMerged(
        from_speaker_id=fields.text("from_speaker_id"), to_speaker_id=fields.text("to_speaker_id")
    ),
    "warning": lambda fields: WarningMessage(warning=fields.text("warning")),
}
"""The function that reads a message, by its ``message_type``."""


def _read_words(fields: JsonFields) -> tuple[TimedWord, ...] | None:
    entries = fields.spare_objects("words")
    return None if entries is None else tuple(filter(None, map(_read_word, entries)))


def _read_word(fields: JsonFields) -> TimedWord | None:
    text = fields.key_text("text")
    if text is None:
        return None
    return TimedWord(
        text=text,
        type=fields.spare_text("type") or "word",
        start=fields.spare_number("start"),
        end=fields.spare_number("end"),
        speaker_id=fields.spare_text("speaker_id"),
        logprob=fields.spare_number("logprob"),
    )


def read_client_message(message: str) -> InputAudioChunk:
    """Read a message of a client.

    Raises:
        ProtocolViolationError: The message is not an ``input_audio_chunk``.
    """
    fields = JsonFields.parse(message, provider=PROVIDER, max_depth=MAX_CLIENT_DEPTH)
    kind = fields.optional_text("message_type")
    if kind != "input_audio_chunk":
        raise ProtocolViolationError(
            f"message_type: must be input_audio_chunk, got {shown(kind or '')}", provider=PROVIDER
        )
    return InputAudioChunk(
        audio_base_64=fields.optional_text("audio_base_64") or "",
        commit=fields.flag("commit", default=False),
        sample_rate=fields.optional_whole("sample_rate"),
        previous_text=fields.optional_text("previous_text"),
    )
