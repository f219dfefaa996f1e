"""The limit of open files of this process, and how many clients it allows."""

import logging
import sys
from typing import Final

if sys.platform != "win32":
    import resource

__all__ = ["clients_within", "open_files_limit", "raise_open_files_limit"]

_log = logging.getLogger(__name__)

_WANTED: Final = 8192
"""The limit that the bridge asks for, which is more than its clients need. Many systems start a
process with a limit of 1024 and allow more."""

_OWN: Final = 64
"""The number of files that the bridge opens for itself, such as its log and listening sockets."""

_PER_CLIENT: Final = 4
"""The number of files per client: its socket, two sockets to a service, one of the local server."""


def open_files_limit() -> int:
    """Return how many files this process may open."""
    if sys.platform == "win32":
        return _WANTED
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _WANTED if soft == resource.RLIM_INFINITY else soft


def raise_open_files_limit() -> None:
    """Raise a low limit of open files, as far as this process is allowed to."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as err:
        _log.debug("the limit of open files stays at %d: %s", soft, err)


def clients_within(open_files: int, *, at_most: int) -> int:
    """Return how many clients a limit of open files allows, from 1 to ``at_most``."""
    return max(1, min(at_most, (open_files - _OWN) // _PER_CLIENT))
