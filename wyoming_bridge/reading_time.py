"""Time limits that count only the time in which the event loop could read.

A client must not be disconnected because the program was too busy to read what the client has sent.
asyncio's own timers count all time. If other work takes longer than the limit, they end the wait in
the same turn of the event loop in which the client's bytes are read, so that these bytes are lost.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final

__all__ = ["ReadingTimer", "reading_timeout"]

_STEP_S: Final = 0.5
"""The length of a step. The event loop of a program under attack is at most 0.4 s late, measured
with ``script/attack``."""


class ReadingTimer:
    """Calls a function once, after a time that is counted in steps of at most 0.5 s.

    A step that ends late by more than its own length does not count, because what arrived in it may
    not have been handled yet.
    """

    def __init__(self, limit_s: float, call: Callable[[], object]) -> None:
        """Start the timer. ``call`` is called after ``limit_s`` seconds, or later."""
        self._loop = asyncio.get_running_loop()
        self._call = call
        self._steps_left = max(1, math.ceil(limit_s / _STEP_S))
        self._step_s = limit_s / self._steps_left
        self._step = self._begin_step()

    def cancel(self) -> None:
        """Stop the timer. Calling it again does nothing."""
        self._step.cancel()

    def _begin_step(self) -> asyncio.TimerHandle:
        return self._loop.call_later(self._step_s, self._end_step)

    def _end_step(self) -> None:
        late_s = self._loop.time() - self._step.when()
        if late_s <= self._step_s:
            self._steps_left -= 1
        if self._steps_left:
            self._step = self._begin_step()
        else:
            self._call()


@asynccontextmanager
async def reading_timeout(limit_s: float) -> AsyncGenerator[None, None]:
    """Limit how long the body of an ``async with`` may take. The limit is a ``ReadingTimer``'s.

    Raises:
        TimeoutError: The body took too long, and was cancelled.
    """
    async with asyncio.timeout(None) as timeout:
        loop = asyncio.get_running_loop()
        timer = ReadingTimer(limit_s, lambda: timeout.reschedule(loop.time()))
        try:
            yield
        finally:
            timer.cancel()
