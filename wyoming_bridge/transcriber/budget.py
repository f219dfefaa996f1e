"""How much audio a profile sends in a day: that is what services charge for."""

from collections.abc import Callable
from datetime import date

from ..errors import BudgetError

__all__ = ["Budget"]


class Budget:
    """One profile's, over all its utterances. A day is one of the machine's own calendar."""

    def __init__(
        self,
        *,
        max_s: float | None = None,
        day: date | None = None,
        spent_s: float = 0.0,
        today: Callable[[], date] = date.today,
    ) -> None:
        """Begin with what was spent on a day."""
        self.max_s = max_s
        """What may be spent in a day; None: it is only counted."""
        self._day = day
        self._spent_s = spent_s
        self._today = today

    @property
    def day(self) -> date | None:
        """The day of the last audio."""
        return self._day

    @property
    def spent_s(self) -> float:
        """Audio that was sent today, in seconds; what was sent twice counts twice."""
        return self._spent_s if self._day == self._today() else 0.0

    def check(self, *, provider: str) -> None:
        """Ask before a session. One that was let in may go on: an utterance is not cut short.

        Raises:
            BudgetError: Everything is spent.
        """
        if self.max_s is not None and self.spent_s >= self.max_s:
            raise BudgetError(
                f"{self.spent_s:.0f} s of audio were sent today, of {self.max_s:g} s that may be",
                provider=provider,
            )

    def spend(self, seconds: float) -> None:
        """Audio was sent."""
        today = self._today()
        if self._day != today:
            self._day, self._spent_s = today, 0.0
        # To the microsecond: ten times 0.1 s are less than a second in binary.
        self._spent_s = round(self._spent_s + seconds, 6)
