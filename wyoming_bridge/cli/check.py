"""``wyoming-bridge check``: tests the house and each profile, and prints the results."""

import argparse
import sys
from contextlib import aclosing
from typing import Final, Protocol, TextIO

from ..config import Config, Profile
from ..diagnosis.check import check
from ..diagnosis.house import check_house
from ..diagnosis.steps import CheckOutcome, Step
from ..errors import BridgeError, LocalError
from .codes import ExitCode
from .output import print_json

__all__ = ["check_profiles"]

_MARKS: Final = {
    CheckOutcome.OK: "ok",
    CheckOutcome.HINT: "note",
    CheckOutcome.SKIPPED: "skip",
    CheckOutcome.WAITING: "wait",
    CheckOutcome.FAILED: "FAIL",
}
_HOUSE: Final = "The house"
_INDENT: Final = " " * 29
"""An indentation that is as wide as the columns before a step's text."""

_CLEAR_LINE: Final = "\r\x1b[2K"
"""Carriage return, then "erase in line" of ECMA-48."""


async def check_profiles(arguments: argparse.Namespace, config: Config) -> ExitCode:
    """Run the command and return its exit code.

    Raises:
        ConfigError: The profile does not exist.
    """
    profiles = [config.profile(arguments.profile)] if arguments.profile else config.profiles
    view: _View = _JsonView(sys.stdout) if arguments.json else _TextView(sys.stdout)
    errors: list[BridgeError] = []
    if not arguments.profile and (house := await check_house(config)):
        view.begin(_HOUSE)
        view.step("", house)
        errors += [house.error] if house.error else []
    for profile in profiles:
        view.begin(_title_of(profile))
        async with aclosing(check(profile)) as steps:
            async for step in steps:
                view.step(profile.name, step)
                errors += [step.error] if step.error else []
    if not errors:
        return ExitCode.DONE
    ours = all(isinstance(error, LocalError) for error in errors)
    return ExitCode.WRONG_INPUT if ours else ExitCode.SERVICE_FAILED


def _title_of(profile: Profile) -> str:
    """Return the profile's name, followed by its provider unless both names are the same."""
    service = f" ({profile.provider})" if profile.provider != profile.name else ""
    return f"{profile.name}{service}"


class _View(Protocol):
    """Prints the progress of checks."""

    def begin(self, title: str) -> None:
        """Show that the check of a profile or of the house begins."""

    def step(self, profile: str, step: Step) -> None:
        """Show a step. ``profile`` is empty for the step of the house."""


class _TextView:
    """Prints one line per step. On a terminal, the next line replaces that of a waiting step."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._clear = _CLEAR_LINE if output.isatty() else ""
        self._waits = False

    def begin(self, title: str) -> None:
        """Print the title."""
        self._print(title)

    def step(self, _: str, step: Step) -> None:
        """Print the step, and the advice if it failed."""
        mark = _MARKS[step.outcome]
        line = f"  {mark:<4}  {step.duration_ms:>5.0f} ms  {step.name:<9}  {step.text}"
        if self._waits and self._clear:
            print(self._clear, end="", file=self._output)
        self._waits = step.outcome is CheckOutcome.WAITING
        self._print(line, end="" if self._waits and self._clear else "\n")
        if step.error and step.error.advice:
            self._print(f"{_INDENT}{step.error.advice}")

    def _print(self, line: str, *, end: str = "\n") -> None:
        print(line, end=end, file=self._output, flush=True)


class _JsonView:
    """Prints one JSON object per line."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def begin(self, title: str) -> None:
        """Print nothing, because each line names the profile."""

    def step(self, profile: str, step: Step) -> None:
        """Print the step with all its fields. The house's step has no profile."""
        values: dict[str, object] = {
            "type": "step",
            **({"profile": profile} if profile else {}),
            "step": step.name,
            "outcome": step.outcome,
            "duration_ms": round(step.duration_ms, 1),
            "text": step.text,
        }
        if step.error:
            values |= {"code": step.error.code, "advice": step.error.advice}
        print_json(values, output=self._output)
