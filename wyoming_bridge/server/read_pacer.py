"""When clients are read that send audio in small pieces: on one beat.

Home Assistant sends 10 ms at a time. A read, and a wake-up of the loop, cost much the same
whatever they bring: on a beat, such audio takes a third to a half less CPU than as it comes.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

__all__ = ["READ_INTERVAL_MS", "ReadPacer"]

READ_INTERVAL_MS: Final = 40
"""Four of Home Assistant's pieces. By as much, at most, such a client is heard later."""


class ReadPacer:
    """One for all clients of a loop; it beats only as long as somebody awaits it."""

    def __init__(self) -> None:
        self._awaiting: deque[Callable[[], None]] = deque()

    def call_next(self, call: Callable[[], None]) -> None:
        """Call something at the next beat."""
        if not self._awaiting:
            asyncio.get_running_loop().call_later(READ_INTERVAL_MS / 1000, self._read_pacer)
        self._awaiting.append(call)

    def _read_pacer(self) -> None:
        due, self._awaiting = self._awaiting, deque()
        self._call(due)

    def _call(self, due: deque[Callable[[], None]]) -> None:
        """One a turn of the loop: an answer on its way to a client need not wait for all."""
        try:
            due.popleft()()
        finally:
            if due:
                asyncio.get_running_loop().call_soon(self._call, due)
