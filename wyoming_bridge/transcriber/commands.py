"""What the recognition asks its shell to do. Each is executed once, in order."""

from dataclasses import dataclass, field

from .candidate import Candidate
from .result import Result, Revision

__all__ = ["Close", "Command", "Fail", "Finish", "Flush", "Open", "Resolve", "Send", "Update"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Open a session, and report its events under the attempt's number."""

    attempt: int
    candidate: Candidate = field(repr=False)
    begins_at_ms: int
    """Where in the utterance the session's first audio lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send audio in the format that the candidate's service wants."""

    attempt: int
    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """Ask for a final of the audio that was sent."""

    attempt: int
    flush_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Say that no more audio will come."""

    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """End a session at once. What it still reports no longer counts."""

    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """The transcript changed."""

    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """The result is known. Nothing but ``Close`` follows."""

    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """There will be no result. Nothing but ``Close`` follows."""

    error: Exception


Command = Open | Send | Flush | Finish | Close | Update | Resolve | Fail
