"""Reson8's messages. "Client" or "Server" at the start of a docstring names the sender.

Fields are named as in the protocol. Times are in milliseconds.
"""

from dataclasses import dataclass
from enum import StrEnum

from ...json_text import compact
from ..contract import Unreadable

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
]


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
