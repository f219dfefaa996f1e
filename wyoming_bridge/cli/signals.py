"""Handles the signals of a command that runs until it is asked to stop."""

import asyncio
import os
import signal
import sys

from ..app.accept_errors import AcceptErrors
from ..app.open_files import raise_open_files_limit

__all__ = ["Signals", "prepare_loop"]


def prepare_loop() -> None:
    """Prepare this process and its event loop to serve many clients."""
    raise_open_files_limit()
    asyncio.get_running_loop().set_exception_handler(AcceptErrors())


class Signals:
    """Events that signals set. SIGINT (Ctrl-C) or SIGTERM sets ``stop``.

    A second SIGINT or SIGTERM sets ``stop_now``, which means not to wait for work under way. Create
    this object before the first output, because another program may send a signal as soon as it
    sees the output.
    """

    def __init__(self, *, takes_reload: bool = False) -> None:
        """Begin to handle the signals. With ``takes_reload``, SIGHUP sets ``reload``."""
        self.stop = asyncio.Event()
        self.stop_now = asyncio.Event()
        self.reload = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._asked_to_stop)
        if takes_reload and not _has_terminal():
            loop.add_signal_handler(signal.SIGHUP, self.reload.set)

    def _asked_to_stop(self) -> None:
        if self.stop.is_set():
            self.stop_now.set()
        self.stop.set()


def _has_terminal() -> bool:
    """Return whether SIGHUP means that the user has closed the terminal, and not a reload.

    Return True also if ``nohup`` lets this process ignore SIGHUP, so that SIGHUP stays ignored.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return True
    return sys.stdin is not None and os.isatty(sys.stdin.fileno())
