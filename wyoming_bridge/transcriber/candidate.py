"""The properties of a profile that the transcription of an utterance needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ..audio import PCM_16K_MONO, AudioFormat
from ..events import SessionEvent
from .answer_time import AnswerTime
from .budget import Budget
from .circuit_breaker import CircuitBreaker
from .interpretation import Interpreter
from .limits import Limits
from .opening_time import OpeningTime
from .request import log_label

if TYPE_CHECKING:
    from ..session import OnMessage, RealtimeSession

__all__ = ["Candidate", "SessionFactory"]


class SessionFactory(Protocol):
    """Creates sessions with one service."""

    def __call__(
        self,
        on_event: Callable[[SessionEvent], None],
        *,
        on_sent: Callable[[], None] = ...,
        begins_at_ms: int = 0,
        on_message: "OnMessage | None" = None,
    ) -> "RealtimeSession":
        """Return a session whose first audio is ``begins_at_ms`` after the utterance's first audio.

        The session passes events to ``on_event``, and calls ``on_sent`` when data was sent and when
        the session has stopped. ``on_message`` gets each message of the websocket.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A profile that can transcribe the utterance. Candidates after the first are fallbacks."""

    profile: str
    title: str | None = None
    """The profile's name in the log; None to use ``profile``."""
    provider: str
    new_session: SessionFactory
    audio_format: AudioFormat = PCM_16K_MONO
    """The format of the audio that the service gets."""
    can_flush: bool = True
    """Whether the service sends a final on request within a session, and shows when the request
    is answered."""
    ends_turns: bool = False
    """Whether the service detects the end of speech, and then sends a final without a request."""
    limits: Limits = field(default_factory=Limits)
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    budget: Budget = field(default_factory=Budget)
    opening_time: OpeningTime = field(default_factory=OpeningTime)
    answer_time: AnswerTime = field(default_factory=AnswerTime)
    interpreter: Interpreter | None = None
    """Judges and repairs the text of a command; None if the house is not known."""
    terms: tuple[str, ...] = ()
    """The terms that the client has sent."""
    left_out_terms: tuple[str, ...] | None = None
    """Those of the client's terms that the service does not get, because it accepts no more; None
    if the client has sent no terms."""
    utterance_id: str | None = None
    """The utterance for which the profile is a candidate."""

    @property
    def shown_name(self) -> str:
        """The profile's name in the log."""
        return self.title or self.profile

    @property
    def label(self) -> str:
        """The profile and the utterance, as the beginning of a line in the log."""
        return log_label(self.shown_name, self.utterance_id)
