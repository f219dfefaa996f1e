"""Checks the log of a program after an attack."""

import re
from collections.abc import Collection
from typing import Final

from .programs import Program

__all__ = ["problems_in_log"]

_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_LOG_LINE: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]+ |$")


def problems_in_log(program: Program, *, secrets: Collection[str]) -> list[str]:
    """Return what must not be in a log: tracebacks, control characters, forged lines, secrets."""
    written = program.written()
    problems = []
    if "Traceback" in written:
        last = written.partition("Traceback")[2].strip().splitlines()
        wrong = next((line for line in last if re.match(r"\w[\w.]*(Error|Exception)", line)), "")
        problems.append(f"a traceback is in the log: {wrong[:100]}")
    if _CONTROL.search(written):
        problems.append("a control character is in the log")
    elif not problems:
        strange = [line for line in written.splitlines() if not _LOG_LINE.match(line)]
        problems += [f"not a line of the program: {line[:60]!r}" for line in strange[:1]]
    if any(secret in program.log.read_text(errors="replace") for secret in secrets):
        problems.append("a token is in the log")
    return problems
