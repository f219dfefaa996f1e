"""The events of a session, the same for every provider.

Times are whole milliseconds. In a provider's client they count from the first audio of the session.
``RealtimeSession`` shifts them, so that they count from the first audio of the utterance.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from .capabilities import Capabilities
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
    "SignsOfLife",
    "SpeakersMerged",
    "State",
    "StateChanged",
    "Unrecognised",
    "Warned",
    "Word",
    "WordKind",
]


class State(StrEnum):
    """The state of a session.

    The names are those of the services, except ``starting``, ``finishing`` and ``closed``.
    """

    DISCONNECTED = "disconnected"
    """The session is not opened yet."""
    CONNECTING = "connecting"
    """The websocket is being opened."""
    STARTING = "starting"
    """The service is starting, which takes minutes. There is no websocket yet."""
    LOADING = "loading"
    """The websocket is open, but the service is not ready for audio."""
    LISTENING = "listening"
    """The service is ready for audio."""
    CONNECTED = "connected"
    """The service is transcribing, and has sent the first result."""
    FINISHING = "finishing"
    """No more audio is accepted, and the last final text has not arrived yet."""
    CLOSED = "closed"
    """The session ended without an error."""
    ERROR = "error"
    """The session ended with an error."""

    @cached_property  # because it is read for each message; a member never changes
    def is_over(self) -> bool:
        """Whether the session has ended, with or without an error."""
        return self is State.CLOSED or self is State.ERROR


class WordKind(StrEnum):
    """What a word entry of a final text stands for."""

    WORD = "word"
    """A spoken word."""
    SPACING = "spacing"
    """The white space between two words, if a service sends it."""
    AUDIO_EVENT = "audio_event"
    """A sound that is not speech, such as laughter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a final text."""

    text: str
    """The word as the service wrote it. A spoken word has no white space around it."""
    start_ms: int | None = None
    """Start, in milliseconds from the first audio."""
    end_ms: int | None = None
    """End, in milliseconds from the first audio."""
    confidence: float | None = None
    """Probability, 0 to 1."""
    kind: WordKind = WordKind.WORD
    speaker: str | None = None
    """The service's name for the speaker; None if the service does not distinguish speakers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """The session has entered another state."""

    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """The service is ready for audio. This event is reported once, before all results."""

    session_id: str | None = None
    """The service's id of the session, for support requests."""
    server: str | None = None
    """The kind of server that answered; None if only one kind speaks the protocol."""
    capabilities: Capabilities | None = None
    """What this session can do; None if it can do all that its provider can."""
    unused_settings: tuple[str, ...] = ()
    """The names of the settings that have no effect on the server that answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialText:
    """Text that may change. It replaces the previous partial text."""

    text: str
    stability: float | None = None
    """The service's confidence that the text will not change, 0 to 1."""
    start_ms: int | None = None
    end_ms: int | None = None
    """The end of the last word; None if the service sends no times with partials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalText:
    """The text of one finished segment, which no longer changes. It replaces the partial text."""

    text: str
    """Empty if the service recognised no words in the segment."""
    words: tuple[Word, ...] = ()
    start_ms: int | None = None
    end_ms: int | None = None
    language: str | None = None
    """The language that the service detected; None if it did not detect one."""
    speaker: str | None = None
    """The service's name for the segment's speaker. None if the service sends speakers only per
    word (see ``words``) or not at all."""
    is_new: bool = field(default=False, compare=False)
    """Whether this text cannot be a repetition of an earlier final, because the service sent it in
    answer to a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An entity that a service found in a final text: a name, a number, an address."""

    text: str
    kind: str
    """The service's name for the entity's type."""
    start_char: int
    """Offset of the first character in the text."""
    end_char: int
    """Offset after the last character in the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalEnriched:
    """Details of a final text that the service sent after the text."""

    segment: int
    """Index of the final text; 0 is the session's first."""
    words: tuple[Word, ...] = ()
    language: str | None = None
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakersMerged:
    """The service found that two speakers are the same person. ``into`` replaces ``speaker``."""

    speaker: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushDone:
    """Final texts have reported all speech in the audio that was sent before the flush."""

    flush_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Final texts have reported all speech of the session. The connection can be closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """The service or the client reports a warning. The session continues."""

    text: str
    is_about_settings: bool = False
    """Whether each session with the same settings and the same server has this warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised:
    """The service sent a message of an unknown type, which was ignored."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The session ended with an error."""

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
"""All events that a session can report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignsOfLife:
    """Signs that the service of a session can be reached.

    A session does not report these as events, because they are too frequent. Times are seconds of
    the event loop's clock; None if nothing arrived.
    """

    is_accepted: bool = False
    """Whether the service's host has accepted the connection."""
    message_at: float | None = None
    """When the service sent its last message, of any kind."""
    pong_at: float | None = None
    """When the service last answered a ping."""
    working_at: float | None = None
    """When the service last said that it is working on an answer. Only our local server says so."""
