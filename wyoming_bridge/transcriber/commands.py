"""The recognition's commands. ``Execution`` executes each command once, in order."""

from dataclasses import dataclass, field

from .candidate import Candidate
from .interpretation import Interpreter
from .result import Result, Revision

__all__ = [
    "Close",
    "Command",
    "Fail",
    "Finish",
    "Flush",
    "Interpret",
    "Open",
    "Resolve",
    "Send",
    "Update",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Open a session, and report its events under the attempt's number."""

    attempt: int
    candidate: Candidate = field(repr=False)
    begins_at_ms: int
    """Where the session's audio begins, in milliseconds from the utterance's first audio."""
    is_replay: bool
    """Whether this session gets audio that an earlier session of the profile has already got."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send audio in the candidate's format."""

    attempt: int
    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """Request a final of the audio that was sent."""

    attempt: int
    flush_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Finish the session: no more audio follows."""

    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """End a session at once. Its later events are ignored."""

    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Publish the changed transcript."""

    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpret:
    """Ask the interpreter about the text of the utterance so far."""

    interpreter: Interpreter = field(repr=False)
    text: str
    pcm: bytes = field(repr=False)
    pieces: int
    """The number of finals in the transcript that have text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """Publish the result. Only ``Close`` commands follow."""

    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """Publish the error that ends the utterance. Only ``Close`` commands follow."""

    error: Exception


Command = Open | Send | Flush | Finish | Close | Update | Interpret | Resolve | Fail
