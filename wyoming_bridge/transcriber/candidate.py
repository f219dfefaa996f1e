"""Who may transcribe an utterance: a profile, as far as an utterance knows it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ..events import SessionEvent
from ..session import RealtimeSession
from .budget import Budget
from .circuit_breaker import CircuitBreaker
from .limits import Limits

__all__ = ["Candidate", "SessionFactory"]


class SessionFactory(Protocol):
    """Makes sessions with one service."""

    def __call__(
        self, on_event: Callable[[SessionEvent], None], *, begins_at_ms: int = 0
    ) -> RealtimeSession:
        """A session that reports to the listener; its first audio lies at that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A profile that an utterance can be given to. The first is asked first."""

    profile: str
    provider: str
    new_session: SessionFactory
    can_flush: bool = True
    """Whether a final can be asked for while the session goes on, and its answer be told."""
    ends_turns: bool = False
    """Whether the service finds the end of speech by itself: a final that nobody asked for."""
    limits: Limits = field(default_factory=Limits)
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    budget: Budget = field(default_factory=Budget)
