"""The standard output: what its encoding cannot write is escaped, and nothing is lost."""

import codecs
import io
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

__all__ = ["prepare_output", "print_json"]


def prepare_output() -> None:
    """Make the standard output and the standard error ready to be written to.

    A name or a transcript that the encoding of the terminal cannot write is escaped in the way of
    Python's string literals, and not refused.
    """
    if sys.stdout is None:  # the parent process closed it
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_json(values: Mapping[str, object], *, output: TextIO) -> None:
    """Print an object as one line of JSON that the encoding of the output can write."""
    unicode = codecs.lookup(output.encoding or "utf-8").name.startswith("utf-")
    print(json.dumps(values, ensure_ascii=not unicode), file=output, flush=True)
