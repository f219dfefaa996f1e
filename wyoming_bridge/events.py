"""What a session reports, the same words for every provider.

Times are whole milliseconds from the first audio of the session.
"""

from dataclasses import dataclass
from enum import StrEnum

from .errors import BridgeError

__all__ = [
    "Entity",
    "Failed",
    "FinalEnriched",
    "FinalText",
    "Finished",
    "FlushDone",
    "PartialText",
    "SessionEvent",
    "SessionStarted",
    "SpeakersMerged",
    "State",
    "StateChanged",
    "Unrecognised",
    "Warned",
    "Word",
    "WordKind",
]


class State(StrEnum):
    """Where a session is in its life.

    The names are the services' own; ``starting``, ``finishing`` and ``closed`` are ours.
    """

    DISCONNECTED = "disconnected"
    """Not opened yet."""
    CONNECTING = "connecting"
    """The websocket is being opened."""
    STARTING = "starting"
    """The service is down and being started, which takes it minutes; no websocket yet."""
    LOADING = "loading"
    """The websocket is open, the service is not ready for audio."""
    LISTENING = "listening"
    """The service is ready for audio."""
    CONNECTED = "connected"
    """The service is transcribing: a first result has come."""
    FINISHING = "finishing"
    """All audio is sent, the last final is awaited."""
    CLOSED = "closed"
    """Ended in good order."""
    ERROR = "error"
    """The session failed and stays so."""

    @property
    def is_over(self) -> bool:
        """Whether the session has ended, in good order or not."""
        return self is State.CLOSED or self is State.ERROR


class WordKind(StrEnum):
    """What a word entry of a final stands for."""

    WORD = "word"
    """A spoken word."""
    SPACING = "spacing"
    """The white space between two words, where a service sends it."""
    AUDIO_EVENT = "audio_event"
    """A sound that is not speech, such as laughter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a final."""

    text: str
    """As the service wrote it; a spoken word is without white space around it."""
    start_ms: int | None = None
    """From the first audio of the session."""
    end_ms: int | None = None
    """From the first audio of the session."""
    confidence: float | None = None
    """Probability, 0 to 1."""
    kind: WordKind = WordKind.WORD
    speaker: str | None = None
    """The service's name for the speaker; None if the service does not tell speakers apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """The session moved to another state."""

    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """The service is ready for audio."""

    session_id: str | None = None
    """The service's name for the session, to quote in a support request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialText:
    """Text that may change; it replaces the partial before it."""

    text: str
    stability: float | None = None
    """The service's confidence that the text stays, 0 to 1."""
    start_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalText:
    """Text that will not change: one finished segment. Ends the partial before it."""

    text: str
    """May be empty: the service heard nothing in the segment."""
    words: tuple[Word, ...] = ()
    start_ms: int | None = None
    end_ms: int | None = None
    language: str | None = None
    """The language that the service detected; None if it does not detect any."""
    speaker: str | None = None
    """The service's name for the speaker, if it names one per segment. A service that names one
    per word has it in ``words`` only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Something that a service found in a final's text: a name, a number, an address."""

    text: str
    kind: str
    """The service's name for what it is."""
    start_char: int
    """Where it begins in the text."""
    end_char: int
    """Behind its last character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalEnriched:
    """What the service sent of a final after its text."""

    segment: int
    """Which final: 0 is the session's first."""
    words: tuple[Word, ...] = ()
    language: str | None = None
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakersMerged:
    """Two speakers turned out to be one: whatever the one said, the other did."""

    speaker: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushDone:
    """Everything heard before the flush has been reported as finals."""

    flush_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Everything that was sent has been reported; the connection can be closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """The service, or our reading of it, has something to say that stops nothing."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised:
    """The service sent a message of a kind that is not known; it was passed over."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The session ended without being finished."""

    error: BridgeError


SessionEvent = (
    StateChanged
    | SessionStarted
    | PartialText
    | FinalText
    | FinalEnriched
    | SpeakersMerged
    | FlushDone
    | Finished
    | Warned
    | Unrecognised
    | Failed
)
"""Whatever a session can report."""
