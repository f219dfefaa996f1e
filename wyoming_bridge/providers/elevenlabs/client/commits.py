"""The unanswered commits, and the flushes that wait for them.

Answers have no ids. If only the bridge commits, each answer is for the oldest commit. If the
service commits as well, an answer may be for one of its own commits. So the bridge's commits count
as answered after some time without answers.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

__all__ = ["LIMIT_S", "Commits"]

LIMIT_S: Final = 10.0
"""How long a commit may be unanswered. Answers after 0.2 to 0.45 s were observed, but also a
session that accepted audio and never answered."""

_QUIET_S: Final = 1.0
"""About twice the longest observed delay of an answer."""


@dataclass(slots=True, kw_only=True)
class _Commit:
    since: float
    """The later time of two, in monotonic seconds: when the commit was sent, and when the previous
    commit was answered."""
    flush_ids: list[str]
    answered: bool = False


class Commits:
    """The unanswered commits, the oldest first."""

    def __init__(self, *, service_commits: bool) -> None:
        """Create an empty list. ``service_commits``: the service commits by itself as well."""
        self._service_commits = service_commits
        self._open: deque[_Commit] = deque()
        self._quiet_at: float | None = None

    def __len__(self) -> int:
        """Return the number of open commits."""
        return len(self._open)

    @property
    def unanswered(self) -> int:
        """The number of commits that have no answer at all."""
        return sum(not each.answered for each in self._open)

    @property
    def quiet_at(self) -> float | None:
        """When to count commits as answered if no answer arrives; None if no commit is affected."""
        return self._quiet_at

    @property
    def overdue_at(self) -> float | None:
        """When the oldest unanswered commit is overdue; None without an unanswered commit."""
        waiting = next((each for each in self._open if not each.answered), None)
        return waiting.since + LIMIT_S if waiting else None

    def send(self, *flush_ids: str, now: float) -> None:
        """Add a commit that was sent for these flushes."""
        self._open.append(_Commit(since=now, flush_ids=list(flush_ids)))

    def attach(self, flush_id: str) -> bool:
        """Let a flush wait for the newest commit. Return False if there is no open commit."""
        if self._open:
            self._open[-1].flush_ids.append(flush_id)
        return bool(self._open)

    def answer(self, *, now: float) -> list[str]:
        """Count an answer, and return the flushes that are done with it."""
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

    def still_working(self, *, now: float) -> None:
        """Wait longer for answers: the service is still transcribing."""
        if self._quiet_at is not None:
            self._quiet_at = now + _QUIET_S

    def complete_quiet(self, *, now: float) -> list[str]:
        """Return the flushes that count as done after some time without answers."""
        if self._quiet_at is None or now < self._quiet_at:
            return []
        self._quiet_at = None
        flush_ids: list[str] = []
        while self._open and self._open[0].answered:
            flush_ids += self._open.popleft().flush_ids
        return flush_ids

    def drop(self) -> list[str]:
        """Remove all commits, because no answer will arrive. Return their flushes."""
        flush_ids = [flush_id for each in self._open for flush_id in each.flush_ids]
        self._open.clear()
        self._quiet_at = None
        return flush_ids
