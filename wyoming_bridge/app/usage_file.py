"""The file that keeps how much audio was sent today, so that a restart does not reset a limit."""

import json
import logging
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from ..errors import StateError, reason_of
from ..transcriber import Budget

__all__ = ["UsageFile", "default_folder"]

_log = logging.getLogger(__name__)

_FILE: Final = "audio-sent.json"


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for state: systemd's state directory, or that of the XDG standard."""
    given = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return Path(given)
    home = environment.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "wyoming-bridge"


class UsageFile:
    """The usage file, and the budgets that it holds."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._budgets: dict[str, Budget] = {}
        self._saved: dict[str, dict[str, object]] = {}
        self._failed = False

    def open(self) -> None:
        """Read the file, and check that it can be written.

        Raises:
            StateError: The file cannot be read or written; the message names it.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            content: object = json.loads(self._path.read_bytes() if self._path.exists() else b"{}")
            self._write(content)
        except OSError as err:
            raise StateError(f"state: {self._path}: {reason_of(err)}") from err
        except ValueError:
            _log.warning("%s is damaged; today's usage is counted from zero", self._path)
            content = {}
        entries = content.items() if isinstance(content, dict) else ()
        today = date.today().isoformat()  # noqa: DTZ011 - the budget uses local days too
        self._saved = {
            str(name): entry
            for name, entry in entries
            if isinstance(entry, dict) and entry.get("day") == today
        }

    def budget(self, profile: str) -> Budget:
        """Return the budget of a profile with the usage that was last saved."""
        day, spent_s = _read(self._saved.get(profile, {}))
        budget = self._budgets[profile] = Budget(day=day, spent_s=spent_s)
        return budget

    def save(self) -> None:
        """Write the file if anything has changed. A failure to write is logged, not raised."""
        entries = {
            name: {"day": budget.day.isoformat(), "seconds": round(budget.spent_s, 2)}
            for name, budget in list(self._budgets.items())
            if budget.day
        }
        content = {**self._saved, **entries}
        if content == self._saved:
            return
        try:
            self._write(content)
        except OSError as err:
            if not self._failed:  # logged once, although the next attempt is seconds away
                _log.warning("%s cannot be written: %s", self._path, reason_of(err))
            self._failed = True
        else:
            self._saved, self._failed = content, False

    def _write(self, content: object) -> None:
        """Replace the file in one step: a truncated file would lose today's usage."""
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def _read(entry: Mapping[str, object]) -> tuple[date | None, float]:
    day, seconds = entry.get("day"), entry.get("seconds")
    if not isinstance(day, str) or not isinstance(seconds, (int, float)):
        return None, 0.0
    try:
        return date.fromisoformat(day), float(seconds)
    except ValueError:
        return None, 0.0
