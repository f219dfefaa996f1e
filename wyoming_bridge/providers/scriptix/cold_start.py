"""Emulates a service that is scaled down until a client starts it."""

from .behaviour import ScriptixBehaviour
from .starting import Readiness

__all__ = ["ColdStart"]


class ColdStart:
    """Knows whether the emulated service is running. Times are in monotonic seconds."""

    def __init__(self, behaviour: ScriptixBehaviour) -> None:
        self._behaviour = behaviour
        self._ready_at: float | None = None
        self._used_at = 0.0
        self._sessions = 0

    def initialize(self, *, now: float) -> None:
        """Start the service, unless it is running or starting."""
        if self.readiness(now=now) is Readiness.SCALED_DOWN:
            self._ready_at = self._used_at = now + self._behaviour.start_s

    def readiness(self, *, now: float) -> Readiness:
        """Return the status of the service: ready, starting or scaled down."""
        if not self._behaviour.start_s:
            return Readiness.READY
        limit_s = self._behaviour.scale_down_s
        if limit_s and not self._sessions and now >= self._used_at + limit_s:
            self._ready_at = None
        if self._ready_at is None:
            return Readiness.SCALED_DOWN
        return Readiness.READY if now >= self._ready_at else Readiness.STARTING

    def begin(self) -> None:
        """Count a session that begins."""
        self._sessions += 1

    def end(self, *, now: float) -> None:
        """Count a session that has ended."""
        self._sessions -= 1
        self._used_at = now
