"""The commits that are not answered, and the flushes that they serve.

An answer carries no id. Where only the bridge commits, each answers the oldest commit. Where the
service commits too, an answer may be to a commit of its own: those of the bridge are answered
once nothing more has come for a while.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

__all__ = ["LIMIT_S", "Commits"]

LIMIT_S: Final = 10.0
"""How long a commit may stay unanswered while the session goes on; 0.2 to 0.45 s was seen. A
session has been seen that takes all audio and never answers."""

_QUIET_S: Final = 1.0
"""Twice the longest answer that was seen: an answer on its way has come by then."""


@dataclass(slots=True, kw_only=True)
class _Commit:
    since: float
    """When it was sent, or when the one before it was answered, in monotonic seconds."""
    flush_ids: list[str]
    answered: bool = False


class Commits:
    """In the order in which they were sent."""

    def __init__(self, *, service_commits: bool) -> None:
        """Say whether the service commits by itself as well."""
        self._service_commits = service_commits
        self._open: deque[_Commit] = deque()
        self._quiet_at: float | None = None

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    @property
    def unanswered(self) -> int:
        """How many nothing has come for."""
        return sum(not each.answered for each in self._open)

    @property
    def quiet_at(self) -> float | None:
        """When those that may be answered are."""
        return self._quiet_at

    @property
    def overdue_at(self) -> float | None:
        """When the first has been unanswered for too long."""
        waiting = next((each for each in self._open if not each.answered), None)
        return waiting.since + LIMIT_S if waiting else None

    def send(self, *flush_ids: str, now: float) -> None:
        """One was sent."""
        self._open.append(_Commit(since=now, flush_ids=list(flush_ids)))

    def serve(self, flush_id: str) -> bool:
        """Have the last one serve another flush; False: there is none."""
        if self._open:
            self._open[-1].flush_ids.append(flush_id)
        return bool(self._open)

    def answer(self, *, now: float) -> list[str]:
        """An answer came; which flushes are done with it."""
        if not self._open:
            return []
        if self._service_commits:
            for each in self._open:
                each.answered = True
            self._quiet_at = now + _QUIET_S
            return []
        flush_ids = self._open.popleft().flush_ids
        if self._open:
            self._open[0].since = max(self._open[0].since, now)
        return flush_ids

    def hear(self, *, now: float) -> None:
        """The service is still at work on what it has."""
        if self._quiet_at is not None:
            self._quiet_at = now + _QUIET_S

    def settle(self, *, now: float) -> list[str]:
        """Which flushes are done because nothing more has come."""
        if self._quiet_at is None or now < self._quiet_at:
            return []
        self._quiet_at = None
        flush_ids: list[str] = []
        while self._open and self._open[0].answered:
            flush_ids += self._open.popleft().flush_ids
        return flush_ids

    def drop(self) -> list[str]:
        """No answer will come; which flushes were waiting."""
        flush_ids = [flush_id for each in self._open for flush_id in each.flush_ids]
        self._open.clear()
        self._quiet_at = None
        return flush_ids
