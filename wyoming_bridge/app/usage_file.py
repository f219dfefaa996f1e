"""Keeps in a file how much audio was sent today, so that a restart does not reset a daily limit."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final

from ..errors import StateError, one_line, reason_of
from ..transcriber import Budget
from .daily_usages import DailyUsage, read_usages, write_usages
from .file_lock import locked
from .later_days import LaterDays
from .tracked_usage import TrackedUsage

__all__ = ["UsageFile"]

_log = logging.getLogger(__name__)

_FILE: Final = "audio-sent.json"


class UsageFile:
    """The usage file, and the budgets whose usage is saved in it.

    Several programs can use one file: a bridge, and commands such as ``transcribe``. Each of them
    adds what it has sent since it last wrote the file, and reads what the others have added. So the
    numbers in the file only grow during a day.

    If the file is damaged while a program uses it, the program restores what it has read last. If
    an entry is damaged when a program opens the file, the entry stays damaged until the program
    uses its profile, so that no limit starts at zero without a warning.

    ``open``, ``load`` and ``save`` block, and can be called in a thread.
    """

    def __init__(self, folder: Path, *, today: Callable[[], date] = date.today) -> None:
        self._path = folder / _FILE
        self._lock = self._path.with_suffix(".lock")
        self._today = today
        self._later_days = LaterDays(
            str(self._path),
            remedy="stop all programs that use this file, delete it, and start them again",
        )
        self._tracked: dict[str, TrackedUsage] = {}
        self._titles: dict[str, str] = {}  # of the profiles that are tracked
        self._found: Mapping[str, DailyUsage] = {}
        self._version: object = None
        self._damaged: frozenset[str] = frozenset()  # profiles whose usage is not known
        self._has_warned = False  # of damage that is not repaired yet
        self._failed = False
        self._busy = threading.Lock()  # when a bridge stops, a thread may still be saving

    def open(self) -> None:
        """Read the file, and check that it can be written.

        Raises:
            StateError: The file cannot be read or written; the message names it.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._busy, locked(self._lock):
                try:
                    found, damaged = read_usages(self._path)
                except ValueError:
                    _log.warning(
                        "%s is damaged; the usage of every profile starts at zero", self._path
                    )
                    found, damaged = {}, frozenset()
                self._write(found, damaged)
        except OSError as err:
            raise StateError(f"state: {self._path}: {reason_of(err)}") from err

    def budget(self, profile: str, *, title: str | None = None) -> Budget:
        """Return the budget of a profile, with the usage that was last saved.

        Warnings name the profile by its ``title``, or else by ``profile``.
        """
        usage = self._found.get(profile)
        shown = self._titles[profile] = one_line(title or profile)
        if profile in self._damaged:
            _log.warning("%s is damaged; the usage of %s starts at zero", self._path, shown)
            self._version = None  # so the next ``load`` removes the damaged entry
        tracked = TrackedUsage(usage, today=self._today)
        self._tracked[profile] = tracked
        return tracked.budget

    def load(self) -> None:
        """Read what other programs have added. If the file has not changed, this is cheap.

        If the file is damaged, restore it.
        """
        with self._busy:
            # If the file cannot be read now, the usage that is known still counts.
            with suppress(OSError):
                version = self._current_version()
                if version != self._version:
                    self._read(version)
            self._note()
            for name, tracked in list(self._tracked.items()):
                day = tracked.budget.today
                # Today is looked up last: a day that begins now is not later.
                today = self._today()
                self._later_days.check(name, day, today=today, title=self._titles[name])

    def _read(self, version: object) -> None:
        with suppress(ValueError):
            found, damaged = read_usages(self._path)
            if not damaged - (self._damaged - self._tracked.keys()):
                self._found, self._damaged, self._version = found, damaged, version
                self._has_warned = False
                return
        with locked(self._lock):
            self._write(*self._restored())

    def _restored(self) -> tuple[dict[str, DailyUsage], frozenset[str]]:
        """Return the entries of the file, and the profiles with damaged entries.

        An entry that was read before takes the place of one that is damaged now.
        """
        try:
            found, damaged = read_usages(self._path)
        except ValueError:
            found, damaged = {}, self._damaged | self._found.keys()
        restored = {name: self._found[name] for name in damaged & self._found.keys()}
        self._warn_of((damaged & self._tracked.keys()) - self._damaged | restored.keys())
        return {**found, **restored}, damaged - restored.keys() - self._tracked.keys()

    def _warn_of(self, profiles: Collection[str]) -> None:
        """Log that the entries of profiles are restored, once until the file is whole again."""
        if not profiles or self._has_warned:
            return
        seconds = {name: usage.seconds for name, usage in self._found.items()}
        amounts = [
            f"{self._titles.get(name) or one_line(name)} {seconds.get(name, 0):g} s"
            for name in sorted(profiles)
        ]
        _log.warning(
            "%s is damaged; this program restores the usage that it has read last: %s",
            self._path,
            ", ".join(amounts),
        )
        self._has_warned = True

    def save(self) -> None:
        """Add to the file what was sent since the last save, and read what others have added.

        A failure to write is logged, not raised.
        """
        with self._busy:
            added = {
                name: usage
                for name, tracked in list(self._tracked.items())
                if (usage := tracked.unwritten())
            }
            if not added:
                return
            try:
                with locked(self._lock):
                    self._add(added)
            except OSError as err:
                if not self._failed:  # log this once, and not every few seconds
                    _log.warning("%s cannot be written: %s", self._path, reason_of(err))
                self._failed = True
                return
            self._failed = False
            for name, usage in added.items():
                self._tracked[name].wrote(usage)
            self._note()

    def _add(self, added: Mapping[str, DailyUsage]) -> None:
        found, damaged = self._restored()
        sums = {
            name: self._tracked[name].sum(found.get(name), usage) for name, usage in added.items()
        }
        self._write({**found, **sums}, damaged)

    def _note(self) -> None:
        for name, tracked in list(self._tracked.items()):
            tracked.note(self._found.get(name))

    def _current_version(self) -> object:
        """Return a value that changes when another file takes the place of this one."""
        status = self._path.stat()
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _write(self, usages: Mapping[str, DailyUsage], damaged: frozenset[str]) -> None:
        write_usages(self._path, usages, damaged=damaged)
        self._found, self._damaged = usages, damaged
        self._version = None  # so the next ``load`` reads the file again
