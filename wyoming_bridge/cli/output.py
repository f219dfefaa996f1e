"""Writes to the standard output, and escapes characters that the terminal cannot show."""

import codecs
import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO

__all__ = ["prepare_output", "print_json", "print_line"]


def prepare_output() -> None:
    """Prepare the standard output and the standard error.

    Characters that the encoding of the terminal cannot write are escaped as in Python's string
    literals, instead of raising an error.
    """
    if sys.stdout is None:  # the parent process closed it
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_json(values: Mapping[str, object], *, output: TextIO) -> None:
    """Print an object as one line of JSON. Escape characters if the output is not Unicode."""
    unicode = codecs.lookup(output.encoding or "utf-8").name.startswith("utf-")
    print(json.dumps(values, ensure_ascii=not unicode), file=output, flush=True)


def print_line(line: str) -> None:
    """Print a line, unless the parent process has closed the output."""
    with suppress(OSError):
        print(line, flush=True)
