"""Reading ElevenLabs' messages, for both ends."""

from collections.abc import Callable, Mapping
from typing import Final

from ...errors import ProtocolViolationError
from ...json_fields import JsonFields
from ...options import shown
from .messages import (
    CommittedTranscript,
    CommittedTranscriptEntities,
    CommittedTranscriptWithTimestamps,
    DiarizedTranscript,
    EditedTranscript,
    Entity,
    ErrorKind,
    ErrorMessage,
    InputAudioChunk,
    PartialTranscript,
    RedactedTranscript,
    ServerMessage,
    SessionStarted,
    SettledTranscript,
    SpeakersMerged,
    TimedWord,
    UnknownMessage,
    WarningMessage,
)
from .settings import PROVIDER

__all__ = ["read_client_message", "read_server_message"]

_ERROR_KINDS: Final = frozenset(ErrorKind)


def read_server_message(message: str) -> ServerMessage:
    """Read a message of the service.

    Raises:
        ProtocolViolationError: The message is not JSON, or a field has the wrong type.
    """
    fields = JsonFields.parse(message, provider=PROVIDER)
    kind = fields.optional_text("message_type") or ""
    if kind in _ERROR_KINDS:
        error = fields.optional_text("error") or ""
        # According to the documentation, a general error can have the kind as its text.
        is_general = kind == ErrorKind.ERROR and error in _ERROR_KINDS
        return ErrorMessage(kind=ErrorKind(error if is_general else kind), error=error)
    read = _READERS.get(kind)
    return read(fields) if read else UnknownMessage(message_type=kind)


def _read_committed(fields: JsonFields) -> CommittedTranscript:
    return CommittedTranscript(
        text=fields.text("text"), segment_index=fields.optional_whole("segment_index")
    )


def _read_timed(fields: JsonFields) -> CommittedTranscriptWithTimestamps:
    return CommittedTranscriptWithTimestamps(
        text=fields.text("text"),
        language_code=fields.optional_text("language_code"),
        words=_read_words(fields) if "words" in fields else None,
    )


def _read_entities(fields: JsonFields) -> CommittedTranscriptEntities:
    return CommittedTranscriptEntities(
        text=fields.text("text"),
        entities=tuple(
            Entity(
                text=entity.text("text"),
                entity_type=entity.text("entity_type"),
                start_char=entity.whole("start_char"),
                end_char=entity.whole("end_char"),
            )
            for entity in fields.objects("entities")
        ),
    )


def _read_diarized(fields: JsonFields) -> DiarizedTranscript:
    return DiarizedTranscript(
        segment_index=fields.whole("segment_index"),
        text=fields.text("text"),
        words=_read_words(fields),
    )


_READERS: Final[Mapping[str, Callable[[JsonFields], ServerMessage]]] = {
    "session_started": lambda fields: SessionStarted(
        session_id=fields.optional_text("session_id"), config=fields.mapping("config")
    ),
    "partial_transcript": lambda fields: PartialTranscript(text=fields.text("text")),
    "final_transcript": lambda fields: SettledTranscript(text=fields.text("text")),
    "final_transcript_with_timestamps": lambda fields: SettledTranscript(text=fields.text("text")),
    "committed_transcript": _read_committed,
    "committed_transcript_with_timestamps": _read_timed,
    "committed_transcript_entities": _read_entities,
    "redacted_transcript": lambda fields: RedactedTranscript(
        text=fields.text("text"), redacted_text=fields.text("redacted_text")
    ),
    "edited_transcript": lambda fields: EditedTranscript(
        text=fields.text("text"), edited_text=fields.text("edited_text")
    ),
    "diarized_transcript": _read_diarized,
    "speakers_merged": lambda fields: SpeakersMerged(
        from_speaker_id=fields.text("from_speaker_id"), to_speaker_id=fields.text("to_speaker_id")
    ),
    "warning": lambda fields: WarningMessage(warning=fields.text("warning")),
}
"""The function that reads a message, by its ``message_type``."""


def _read_words(fields: JsonFields) -> tuple[TimedWord, ...]:
    return tuple(_read_word(word) for word in fields.objects("words"))


def _read_word(fields: JsonFields) -> TimedWord:
    return TimedWord(
        text=fields.text("text"),
        type=fields.optional_text("type") or "word",
        start=fields.optional_number("start"),
        end=fields.optional_number("end"),
        speaker_id=fields.optional_text("speaker_id"),
        logprob=fields.optional_number("logprob"),
    )


def read_client_message(message: str) -> InputAudioChunk:
    """Read a message of a client.

    Raises:
        ProtocolViolationError: The message is not an ``input_audio_chunk``.
    """
    fields = JsonFields.parse(message, provider=PROVIDER)
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
