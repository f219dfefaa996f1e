"""The budget of a profile whose usage is saved in a file that other programs use too."""

from collections.abc import Callable
from datetime import date

from ..transcriber import Budget
from .daily_usages import DailyUsage

__all__ = ["TrackedUsage"]


class TrackedUsage:
    """A budget, and how much of its usage is saved in the file."""

    def __init__(self, found: DailyUsage | None, *, today: Callable[[], date]) -> None:
        """Start with ``found``, the usage of the profile in the file."""
        self._written: DailyUsage | None = None  # what this program has added to the file
        self.budget = Budget(today=today)
        self.note(found)

    def unwritten(self) -> DailyUsage | None:
        """Return what this program has sent and not yet added to the file."""
        day = self.budget.day
        if day is None:
            return None
        # The file has seconds with two digits. What is rounded off is added the next time.
        seconds = round(self.budget.own_s(day) - self._written_s(day), 2)
        return DailyUsage(day=day, seconds=seconds) if seconds > 0 else None

    def sum(self, found: DailyUsage | None, added: DailyUsage) -> DailyUsage:
        """Return the usage to write to the file, which contains ``found`` now."""
        # The day in the file is later than today, because a clock was ahead when the usage was
        # saved. The usage counts until that day is over.
        if found and found.day > added.day:
            return DailyUsage(day=found.day, seconds=round(found.seconds + added.seconds, 2))
        before_s = found.seconds if found and found.day == added.day else 0.0
        # If a user has deleted the file, the usage that this program knows still counts.
        known_s = self._written_s(added.day) + self.budget.others_s(added.day)
        return DailyUsage(day=added.day, seconds=round(max(before_s, known_s) + added.seconds, 2))

    def wrote(self, added: DailyUsage) -> None:
        """Note that ``added``, a result of ``unwritten``, is now in the file."""
        seconds = round(self._written_s(added.day) + added.seconds, 2)
        self._written = DailyUsage(day=added.day, seconds=seconds)

    def note(self, found: DailyUsage | None) -> None:
        """Update the budget with what other programs sent.

        This is the usage in the file, less what this program has added to it.
        """
        if found:
            others_s = found.seconds - self._written_s(found.day)
            self.budget.note_others(max(others_s, self.budget.others_s(found.day)), day=found.day)

    def _written_s(self, day: date) -> float:
        return self._written.seconds if self._written and self._written.day == day else 0.0
