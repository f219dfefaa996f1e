"""Texts of errors. Each is one line, whatever text a service, a client or the system sent."""

import os
from typing import Final

__all__ = ["one_line", "reason_of"]

_MAX_MESSAGE_CHARACTERS: Final = 500


def one_line(message: str) -> str:
    """Return a text as one line of printable characters, at most 500 of them.

    Texts of services and clients are passed through this function, so that they cannot fill a log,
    forge a log line or move a terminal's cursor.
    """
    shown = message[:_MAX_MESSAGE_CHARACTERS]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else " " for c in shown)
    return " ".join(shown.split())


def reason_of(error: OSError) -> str:
    """Return the operating system's reason for an error, without the failed operation."""
    if error.errno is not None and error.errno > 0:  # name resolution uses its own numbers
        return os.strerror(error.errno)
    return error.strerror or str(error) or type(error).__name__
