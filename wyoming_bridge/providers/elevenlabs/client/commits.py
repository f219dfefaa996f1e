"""The open commits, and the flushes that wait for them.

Answers have no ids. If only the bridge commits, each answer is for the oldest commit. If the
service commits too, an answer may be for one of the service's own commits. So the bridge's commits
stay open until no answer has arrived for ``_QUIET_S`` after the latest one.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

__all__ = ["Commits"]

_QUIET_S: Final = 1.0
"""How long to wait for more answers after an answer: about twice the longest delay that was
observed, 0.45 s."""


@dataclass(slots=True, kw_only=True)
class _Commit:
    flush_ids: list[str]
    answered: bool = False


class Commits:
    """The open commits, the oldest first. An open commit has no answer, or may get more answers."""

    def __init__(self, *, service_commits: bool) -> None:
        """Begin without commits. ``service_commits`` is whether the service commits too."""
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
        """When to close the answered commits if no more answers arrive; None without an answer."""
        return self._quiet_at

    def send(self, *flush_ids: str) -> None:
        """Add a commit that was sent for these flushes."""
        self._open.append(_Commit(flush_ids=list(flush_ids)))

    def attach(self, flush_id: str) -> bool:
        """Let a flush wait for the newest commit. Return False if there is no open commit."""
        if self._open:
            self._open[-1].flush_ids.append(flush_id)
        return bool(self._open)

    def answer(self, *, now: float) -> list[str]:
        """Handle an answer. Return the ids of the flushes that it completes.

        If the service commits by itself too, an answer completes no flush. Then ``complete_quiet``
        returns the flushes when no more answers arrive.
        """
        if not self._open:
            return []
        if self._service_commits:
            for each in self._open:
                each.answered = True
            self._quiet_at = now + _QUIET_S
            return []
        return self._open.popleft().flush_ids

    def still_working(self, *, now: float) -> None:
        """Wait longer for more answers, because the service is still transcribing."""
        if self._quiet_at is not None:
            self._quiet_at = now + _QUIET_S

    def complete_quiet(self, *, now: float) -> list[str]:
        """If ``quiet_at`` has come, close the answered commits. Return the ids of their flushes."""
        if self._quiet_at is None or now < self._quiet_at:
            return []
        self._quiet_at = None
        flush_ids: list[str] = []
        while self._open and self._open[0].answered:
            flush_ids += self._open.popleft().flush_ids
        return flush_ids

    def drop(self) -> list[str]:
        """Remove all commits, because no answer will arrive. Return the ids of their flushes."""
        flush_ids = [flush_id for each in self._open for flush_id in each.flush_ids]
        self._open.clear()
        self._quiet_at = None
        return flush_ids
