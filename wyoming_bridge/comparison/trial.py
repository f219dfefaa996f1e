"""A trial: one recording, played to one profile. A file keeps all trials."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from ..errors import ConfigError, StateError, reason_of
from .scoring import Score

__all__ = ["LATE_MS", "Trial", "TrialLog"]

LATE_MS = 1500
"""A text counts as late after this time. Users who wait longer may think that the command
failed."""

_BEGINNING = '{"item": '
"""How each line of a file of trials begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The outcome of one recording with one profile."""

    item: str
    profile: str
    key: str
    """A hash of the audio, the truth and the settings. If it has changed, the trial is repeated."""
    truth: str
    text: str | None
    """The transcript; None if there was an error."""
    error: str | None = None
    """The error as a text; None if there was a transcript."""
    score: Score
    """Without a transcript, each word counts as missing."""
    response_ms: float | None
    """The time from the end of the speech to the result; None without speech or result."""
    is_cut: bool
    """Whether the utterance ended before the end of the speech."""
    sent_s: float
    """Seconds of audio that the service got. Audio that was sent twice counts twice."""

    @property
    def is_late(self) -> bool:
        """Whether the text came more than ``LATE_MS`` after the end of the speech."""
        return self.response_ms is not None and self.response_ms > LATE_MS

    def to_json(self) -> str:
        """Return the trial as one line of JSON.

        The line is ASCII, because ``splitlines`` also splits at some characters that are not ASCII.
        """
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read a trial from a line that ``to_json`` returned.

        Raises:
            ValueError: The line is not a trial.
        """
        try:
            values = json.loads(line)
            return cls(**{**values, "score": Score(**values["score"])})
        except (TypeError, KeyError) as err:
            raise ValueError(f"not a trial: {err}") from err


class TrialLog:
    """The file with a line for each trial, so that an interrupted comparison can go on."""

    def __init__(self, path: Path) -> None:
        """Read the file, if it exists.

        Raises:
            ConfigError: The file cannot be read, or has a line that is not a trial.
            StateError: The last line is incomplete, and cannot be removed.
        """
        self._path = path
        self._found: dict[tuple[str, str], Trial] = {}
        lines = _text(path).splitlines(keepends=True)
        if lines and _is_unfinished(lines[-1]):
            self._write("".join(lines[:-1]), mode="w")
            del lines[-1]
        for number, line in enumerate(lines, start=1):
            try:
                trial = Trial.from_json(line)
            except ValueError as err:
                raise ConfigError(f"{path}: line {number}: {err}") from err
            self._found[trial.item, trial.profile] = trial

    def find(self, item: str, profile: str, key: str) -> Trial | None:
        """Return the trial of an earlier run, or None if it failed or no trial has the same key.

        A trial that failed is tried again, because the service may work now.
        """
        trial = self._found.get((item, profile))
        return trial if trial and trial.key == key and trial.error is None else None

    def add(self, trial: Trial) -> None:
        """Append a trial.

        Raises:
            StateError: The file cannot be written.
        """
        self._write(trial.to_json() + "\n", mode="a")

    def _write(self, text: str, *, mode: str) -> None:
        try:
            with self._path.open(mode, encoding="utf-8") as file:
                file.write(text)
        except OSError as err:
            raise StateError(f"{self._path}: {reason_of(err)}") from err


def _is_unfinished(line: str) -> bool:
    """Return whether a process was killed while it wrote this line, the last one of a file."""
    if line.endswith("\n"):
        return False
    return line.startswith(_BEGINNING) or _BEGINNING.startswith(line)


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as err:
        raise ConfigError(f"{path}: {reason_of(err)}") from err
    except UnicodeDecodeError as err:
        raise ConfigError(f"{path}: must be UTF-8") from err
