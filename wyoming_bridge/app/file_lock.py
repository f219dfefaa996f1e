"""A lock for a file that several programs change. Each program holds it only during a change."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EWOULDBLOCK
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock

__all__ = ["locked"]

_WAIT_S: Final = 2.0
"""How long another program may hold the lock. A change takes milliseconds, and less than a second
even on a slow memory card. A program that was stopped by a debugger must not stop the others."""

_AGAIN_S: Final = 0.02
"""The time between two attempts to take the lock."""


@contextmanager
def locked(path: Path, *, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Hold a lock on the file ``path``, which is created if it does not exist.

    This blocks, so call it in a thread. On Windows, and on network file systems without locks,
    nothing is locked.

    Raises:
        OSError: The file cannot be opened, or another program holds the lock for too long.
    """
    if sys.platform == "win32":
        yield
        return
    # Read access is enough for a lock. So a program of another user can take it too.
    fd = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        _take(fd, until=time.monotonic() + wait_s)
        yield
    finally:
        os.close(fd)


def _take(fd: int, *, until: float) -> None:
    while sys.platform != "win32":
        try:
            flock(fd, LOCK_EX | LOCK_NB)
        except BlockingIOError as err:
            if time.monotonic() >= until:
                raise OSError(EWOULDBLOCK, "another program has locked it for too long") from err
            time.sleep(_AGAIN_S)
        except OSError:  # a network file system without locks
            return
        else:
            return
