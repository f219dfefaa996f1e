"""Keeps in a file how much audio was sent today, so that a restart does not reset a daily limit."""

import json
import logging
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ..errors import StateError, one_line, reason_of
from ..transcriber import Budget

__all__ = ["UsageFile", "default_folder"]

_log = logging.getLogger(__name__)

_FILE: Final = "audio-sent.json"

_MAX_BYTES: Final = 1 << 20
"""Enough for thousands of profiles. A larger file is treated as damaged."""


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the default folder for state: systemd's state directory, or else that of XDG.

    Raises:
        StateError: The user has no home directory; the message names the setting.
    """
    given = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return Path(given)
    home = Path(environment.get("XDG_STATE_HOME", ""))
    try:
        if not home.is_absolute():  # the standard ignores relative paths
            home = Path.home() / ".local" / "state"
    except RuntimeError as err:  # a container may run as a user without an entry in passwd
        raise StateError(
            "state: must be set, because the user of this process has no home directory"
        ) from err
    return home / "wyoming-bridge"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usage:
    """The audio that a profile sent on one day."""

    day: date
    seconds: float
    """Finite, and at least 0."""

    @classmethod
    def parse(cls, entry: object) -> "_Usage":
        """Read an entry of the file.

        Raises:
            ValueError: The day or the number of seconds is not valid.
        """
        match entry:
            case {"day": str(day), "seconds": int() | float() as seconds} if not isinstance(
                seconds, bool
            ):
                usage = cls(day=date.fromisoformat(day), seconds=_number(seconds))
                if math.isfinite(usage.seconds) and usage.seconds >= 0:
                    return usage
        raise ValueError("not an entry")

    def to_json(self) -> dict[str, object]:
        return {"day": self.day.isoformat(), "seconds": round(self.seconds, 2)}


class UsageFile:
    """The usage file, and the budgets whose usage is saved in it.

    The day of a budget never goes back: a machine whose clock has no battery starts with an earlier
    date, but the usage that was saved with a later date still counts.
    """

    def __init__(self, folder: Path, *, today: Callable[[], date] = date.today) -> None:
        self._path = folder / _FILE
        self._today = today
        self._budgets: dict[str, Budget] = {}
        self._saved: dict[str, _Usage] = {}
        self._damaged: frozenset[str] = frozenset()
        self._failed = False

    def open(self) -> None:
        """Read the file, and check that it can be written.

        Raises:
            StateError: The file cannot be read or written; the message names it.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            found, self._damaged = _usages(self._path)
            self._write(found)
        except OSError as err:
            raise StateError(f"state: {self._path}: {reason_of(err)}") from err
        today = self._today()
        self._saved = {name: usage for name, usage in found.items() if usage.day >= today}

    def budget(self, profile: str, *, title: str | None = None) -> Budget:
        """Return the budget of a profile, with the usage that was last saved.

        Warnings call the profile ``title``, or else ``profile``.
        """
        usage = self._saved.get(profile)
        shown = one_line(title or profile)
        if profile in self._damaged:
            _log.warning("%s is damaged; the usage of %s starts at zero", self._path, shown)
        elif usage and usage.day > (today := self._today()):
            _log.warning(
                "%s: the usage of %s is from %s, which is after today, %s; it counts until that "
                "day is over; delete the file if the clock is right",
                self._path,
                shown,
                usage.day,
                today,
            )

        def day_of_budget() -> date:
            return max(self._today(), budget.day or date.min)

        budget = Budget(
            day=usage.day if usage else None,
            spent_s=usage.seconds if usage else 0.0,
            today=day_of_budget,
        )
        self._budgets[profile] = budget
        return budget

    def save(self) -> None:
        """Write the file if anything has changed. A failure to write is logged, not raised."""
        current = {
            name: _Usage(day=budget.day, seconds=round(budget.spent_s, 2))
            for name, budget in list(self._budgets.items())
            if budget.day
        }
        usages = {**self._saved, **current}
        if usages == self._saved:
            return
        try:
            self._write(usages)
        except OSError as err:
            if not self._failed:  # log this once, and not every few seconds
                _log.warning("%s cannot be written: %s", self._path, reason_of(err))
            self._failed = True
        else:
            self._saved, self._failed = usages, False

    def _write(self, usages: Mapping[str, _Usage]) -> None:
        """Replace the file in one step, because a truncated file would lose today's usage."""
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({name: usage.to_json() for name, usage in usages.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def _usages(path: Path) -> tuple[dict[str, _Usage], frozenset[str]]:
    """Return the valid entries of the file, and the names of the profiles with invalid entries.

    If the whole file is invalid, this function logs a warning, and both results are empty.

    Raises:
        OSError: The file cannot be read.
    """
    if not path.exists():
        return {}, frozenset()
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    found: dict[str, _Usage] = {}
    damaged: list[str] = []
    try:
        content: object = json.loads(data) if len(data) <= _MAX_BYTES else None
    # json parses nested brackets recursively, which raises RecursionError if they are deep.
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        _log.warning("%s is damaged; the usage of every profile starts at zero", path)
        return {}, frozenset()
    for name, entry in content.items():
        try:
            found[name] = _Usage.parse(entry)
        except ValueError:
            damaged.append(name)
    return found, frozenset(damaged)


def _number(value: float) -> float:
    """Return a JSON number as a float, or infinity if it is too large for a float."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
