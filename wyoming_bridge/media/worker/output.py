"""The worker's messages to the parent, and the timer that they restart."""

import os
import signal
from typing import Final

from .messages import HEADER, Kind

__all__ = ["Output", "progress"]

STUCK_S: Final = 20
"""Longest computing time between pieces of input or output. Slow machines take less than 1 s."""


class Output:
    """Writes messages to the parent, and waits while the pipe is full."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, kind: Kind, content: bytes = b"") -> None:
        """Send one message."""
        data = memoryview(HEADER.pack(kind.encode(), len(content)) + content)
        while data:
            data = data[os.write(self._descriptor, data) :]
        progress()


def progress() -> None:
    """Restart the timer whose signal ends a decoder that makes no progress."""
    signal.setitimer(signal.ITIMER_PROF, STUCK_S)
