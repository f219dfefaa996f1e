"""Limits how often partials change the state of an entity.

The module has no clock or timer of its own: the time is an argument, in monotonic seconds.
"""

from typing import Final

from .transcripts import TranscriptKind, TranscriptUpdate

__all__ = ["INTERVAL_S", "PartialPacer"]

INTERVAL_S: Final = 0.5
"""Two partials per second are enough to read along. A service sends up to six. Home Assistant sends
each change of a state to all listeners, and adds a row to the database."""


class PartialPacer:
    """Passes on at most one partial per interval, for all utterances of an entity together.

    A partial that has to wait is replaced by a newer one of the same utterance. Utterances take
    turns. A final or an error is passed on at once, and a waiting partial of the same utterance is
    dropped.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, TranscriptUpdate] = {}
        self._next_at = 0.0

    @property
    def next_due(self) -> float | None:
        """The time at which to call ``pass_on``; None if no partial waits."""
        return self._next_at if self._waiting else None

    def take(self, update: TranscriptUpdate) -> TranscriptUpdate | None:
        """Add an update. Return a final or an error at once; keep a partial and return None."""
        if update.kind is TranscriptKind.PARTIAL:
            self._waiting[update.utterance_id] = update
            return None
        self._waiting.pop(update.utterance_id, None)
        return update

    def pass_on(self, *, now: float) -> TranscriptUpdate | None:
        """Return the partial that is due, if there is one."""
        if not self._waiting or now < self._next_at:
            return None
        self._next_at = now + INTERVAL_S
        longest_waiting = next(iter(self._waiting))
        return self._waiting.pop(longest_waiting)
