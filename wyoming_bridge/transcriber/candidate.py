"""A profile, as far as the transcription of one utterance needs to know it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ..audio import PCM_16K_MONO, AudioFormat
from ..events import SessionEvent
from ..session import RealtimeSession
from .budget import Budget
from .circuit_breaker import CircuitBreaker
from .limits import Limits

__all__ = ["Candidate", "SessionFactory"]


class SessionFactory(Protocol):
    """Makes sessions with one service."""

    def __call__(
        self,
        on_event: Callable[[SessionEvent], None],
        *,
        on_sent: Callable[[], None] = ...,
        begins_at_ms: int = 0,
    ) -> RealtimeSession:
        """Return a session, whose first audio lies at ``begins_at_ms`` of the utterance.

        It reports events to ``on_event``, and calls ``on_sent`` when the service took something.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A profile that can transcribe the utterance. Those after the first are fallbacks."""

    profile: str
    provider: str
    new_session: SessionFactory
    audio_format: AudioFormat = PCM_16K_MONO
    """What the service wants to be sent."""
    can_flush: bool = True
    """Whether the service sends a final on request while the session goes on, and says so."""
    ends_turns: bool = False
    """Whether the service finds the end of speech itself, and then sends a final unasked."""
    limits: Limits = field(default_factory=Limits)
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    budget: Budget = field(default_factory=Budget)
