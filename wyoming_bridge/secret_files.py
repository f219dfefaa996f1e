"""The rule for files with a secret: a warning if every user of the machine can read them."""

import logging
import os
import stat
from pathlib import Path
from typing import Final

__all__ = ["PRIVATE_KEY", "TOKEN", "warn_if_readable_by_all"]

_log = logging.getLogger(__name__)

TOKEN: Final = "a token"  # noqa: S105 - a word of a log line
PRIVATE_KEY: Final = "a private key"

_READABLE_BY_ALL: Final = stat.S_IROTH if os.name == "posix" else 0
"""The mode bit of a file that every user can read. Windows has no such bit: Python derives the mode
from the read-only flag."""

_warned: Final[set[Path]] = set()
"""The files that the log has warned of, until their mode is corrected. Several profiles can use one
file, and a reload reads all files again."""


def warn_if_readable_by_all(path: Path, *, secret: str) -> None:
    """Log a warning if every user of the machine can read a file, once until that is corrected.

    ``secret`` says what is in the file: ``TOKEN`` or ``PRIVATE_KEY``.

    Raises:
        OSError: The file no longer exists.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & _READABLE_BY_ALL:
        _warned.discard(path)
    elif path not in _warned:
        _warned.add(path)
        _log.warning(
            "every user of this machine can read %s, which has %s in it: its mode is %03o and "
            "should be 600 (chmod 600)",
            path,
            secret,
            mode,
        )
