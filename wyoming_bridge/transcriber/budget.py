"""The daily limit on the audio that a profile sends. Services charge for that audio."""

from collections.abc import Callable
from datetime import date

from ..errors import BudgetError, ErrorText

__all__ = ["Budget"]


class Budget:
    """The budget of one profile, for all its utterances. A day begins at local midnight.

    The day never goes back: if a clock is set back over midnight, or a machine without a battery
    starts with an earlier date, the audio that was counted for the later day still counts.

    Several bridges can share a budget. Then ``note_others`` must be called with the amount of audio
    that the other bridges sent.
    """

    def __init__(
        self,
        *,
        max_s: float | None = None,
        day: date | None = None,
        spent_s: float = 0.0,
        today: Callable[[], date] = date.today,
    ) -> None:
        """Create a budget of which ``spent_s`` seconds were used on ``day``."""
        self.max_s = max_s
        """The limit per day in seconds; None if there is no limit."""
        self.sent_s = 0.0
        """The seconds of audio that were sent since this object was created, on all days."""
        self.max_sent_s: float | None = None
        """The limit of ``sent_s``; None for no limit. Unlike the daily limit, it must not be
        exceeded, not even to finish an utterance."""
        self._day = day
        self._spent_s = spent_s
        self._today = today
        self._others = 0.0, date.min  # a thread may replace both at once
        self._may_finish: object = None  # the spender that sent audio when the limit was reached

    @property
    def day(self) -> date | None:
        """The day of the last audio; None if no audio was sent."""
        return self._day

    @property
    def spent_s(self) -> float:
        """Audio that all bridges with this budget sent today, in seconds.

        Audio that was sent twice counts twice.
        """
        today = self.today
        return self.own_s(today) + self.others_s(today)

    @property
    def today(self) -> date:
        """The day whose audio counts now: today, or the latest day for which audio is known."""
        seconds, of_day = self._others
        return max(self._today(), self._day or date.min, of_day if seconds else date.min)

    def own_s(self, day: date) -> float:
        """Return how much of that day's audio this bridge sent, in seconds."""
        return self._spent_s if self._day == day else 0.0

    def others_s(self, day: date) -> float:
        """Return how much of that day's audio all other bridges sent, as far as is known."""
        seconds, of_day = self._others
        return seconds if of_day == day else 0.0

    def note_others(self, seconds: float, *, day: date) -> None:
        """Note how much audio all other bridges sent on a day. A thread may call this.

        A day before the latest one with audio of the others is ignored.
        """
        known_s, known_day = self._others
        if day >= known_day or not known_s:
            self._others = seconds, day

    def check(self, *, provider: str, spender: object = None, next_s: float = 0.0) -> None:
        """Check the limits, before an utterance and before it sends ``next_s`` seconds of audio.

        ``spender`` is an object that stands for the utterance. The utterance whose audio reached
        the daily limit may finish. All others fail at their next check. So each bridge exceeds the
        daily limit by little more than one utterance.

        Raises:
            BudgetError: The daily limit is reached, and ``spender`` may not finish. Or the audio
                would exceed ``max_sent_s``.
        """
        # Rounded to the microsecond, because sums of floats are not exact.
        if self.max_sent_s is not None and round(self.sent_s + next_s - self.max_sent_s, 6) > 0:
            raise BudgetError(
                f"{next_s:.1f} s more audio would exceed the limit of {self.max_sent_s:.1f} s; "
                f"{self.sent_s:.1f} s were sent",
                provider=provider,
            )
        if self.max_s is None or self.spent_s < self.max_s:
            return
        if spender is None or spender is not self._may_finish:
            raise BudgetError(
                ErrorText.LIMIT_REACHED,
                provider=provider,
                sent=f"{self.spent_s:.0f}",
                limit=f"{self.max_s:g}",
            )

    def spend(self, seconds: float, *, spender: object = None) -> None:
        """Count the seconds of audio that an utterance sent. For ``spender`` see ``check``."""
        seconds_before = int(self.sent_s)
        self.sent_s += seconds
        # Once per second of audio, because it takes more time than the rest of the method. Up to a
        # second of audio after midnight counts for the day before.
        if self._day is None or int(self.sent_s) > seconds_before:
            self._look_up_day()
        # Rounded to the microsecond, because ten floats of 0.1 add up to less than 1.0.
        self._spent_s = round(self._spent_s + seconds, 6)
        if self._may_finish is None and self.max_s is not None and self.spent_s >= self.max_s:
            self._may_finish = spender

    def _look_up_day(self) -> None:
        """Begin to count from zero if a new day has begun."""
        today = self.today
        if self._day != today:
            self._day, self._spent_s, self._may_finish = today, 0.0, None
