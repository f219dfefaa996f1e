"""The values of which a trace consists: what happened, and what the voice detector measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["EventKind", "TraceEvent", "TracedFrame"]


class EventKind(StrEnum):
    """The kind of an event of a trace."""

    ENDPOINTING = "endpointing"
    """The settings with which the end of the utterance is found."""
    SESSION_OPENED = "session_opened"
    SESSION_STATE = "session_state"
    SESSION_READY = "session_ready"
    SESSION_FAILED = "session_failed"
    SESSION_CLOSED = "session_closed"
    FLUSH_SENT = "flush_sent"
    FLUSH_DONE = "flush_done"
    ENDPOINT = "endpoint"
    """The audio of the utterance ended. The values say why. The result or the error follows."""
    AUDIO_FINISHED = "audio_finished"
    """The utterance has ended, so the session gets no more audio."""
    MESSAGE = "message"
    PARTIAL = "partial"
    FINAL = "final"
    WARNING = "warning"
    TEXT = "text"
    """The transcript that the client sees has changed."""
    INTERPRET = "interpret"
    """The interpreter was asked whether a text is a whole command, and whether to repair it."""
    INTERPRETED = "interpreted"
    RESULT = "result"
    ERROR = "error"
    LEFT_OUT = "left_out"
    """The trace is full, so later events are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceEvent:
    """One thing that happened in the utterance."""

    at_ms: float
    """The time since the beginning of the trace."""
    audio_ms: float
    """The duration of the audio that had arrived at that time."""
    kind: EventKind
    values: Mapping[str, object]
    """The details, as JSON values."""

    def to_data(self) -> dict[str, object]:
        """Return the event as JSON values."""
        return {
            "at_ms": round(self.at_ms, 1),
            "audio_ms": round(self.audio_ms),
            "kind": self.kind.value,
            **self.values,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedFrame:
    """The voice detector's values for 10 ms of audio."""

    speech: int
    """Probability of speech in percent."""
    is_sound: bool
    noise_floor_dbfs: int
    """The background noise; -100 if it was not measured."""
