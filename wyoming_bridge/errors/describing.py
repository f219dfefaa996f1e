"""What error texts say about messages of others, URLs and errors of the operating system."""

import os
from errno import EACCES, EDQUOT, ENOENT, ENOSPC, EPERM, EROFS, errorcode
from typing import Final
from urllib.parse import urlsplit

from .texts import ErrorText

__all__ = ["one_line", "path_text", "place_of", "reason_of", "symbol_of"]

_MAX_MESSAGE_CHARACTERS: Final = 500
_CUT_MARK: Final = "..."

_LONGEST_WORD: Final = 60
"""A longer word at the end of a cut text is cut itself. A text may consist of one word."""


def one_line(message: str) -> str:
    """Return a text as one line of printable characters, at most 500 of them.

    A longer text is cut after a word, and ends with three dots.

    Texts of services and clients are passed through this function, so that they cannot fill a log,
    forge a log line or move a terminal's cursor.
    """
    shown = message if len(message) <= _MAX_MESSAGE_CHARACTERS else _cut(message)
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else " " for c in shown)
    return " ".join(shown.split())


def _cut(message: str) -> str:
    shown = message[: _MAX_MESSAGE_CHARACTERS - len(_CUT_MARK)]
    end = shown.rfind(" ", len(shown) - _LONGEST_WORD)
    return f"{shown[:end] if end > 0 else shown}{_CUT_MARK}"


def place_of(url: str) -> str:
    """Return the part of a URL that messages may show: its host, port and path.

    The rest can be secret: a URL may contain a user and a password, and its query may be a token.
    The result is empty if the URL is malformed, because any part of it could be a password.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it validates the host and the port
    except ValueError:
        return ""
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def reason_of(error: OSError) -> str:
    """Return the operating system's reason for an error, without the failed operation."""
    # The numbers of name resolution are not those of ``os.strerror``. On Linux they are negative.
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error) or type(error).__name__


def symbol_of(error: OSError) -> str:
    """Return the symbol of an error, such as ``EPIPE``, which is the same in all languages."""
    return errorcode.get(error.errno or 0) or str(error.errno or type(error).__name__)


_PATH_TEXTS: Final = {
    **dict.fromkeys((ENOSPC, EDQUOT), ErrorText.DISK_FULL),
    **dict.fromkeys((EACCES, EPERM, EROFS), ErrorText.PATH_FORBIDDEN),
    ENOENT: ErrorText.PATH_MISSING,
}


def path_text(error: OSError) -> ErrorText:
    """Return the text about a file or a folder that cannot be used because of ``error``."""
    return _PATH_TEXTS.get(error.errno or 0, ErrorText.PATH_UNUSABLE)
