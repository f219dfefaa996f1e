"""An event loop whose clock jumps to the next timer, so that tests of long waits are fast.

Use it only for code without sockets, threads and processes, because the loop does not wait for
them.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import ParamSpec

__all__ = ["VirtualTimeLoop", "in_virtual_time"]

P = ParamSpec("P")

_START_S = 1000.0
"""The first time of the clock. The time of a real loop is not zero either."""

_RESOLUTION_S = 2e-9
"""Added to each jump, because a loop may call a timer up to a nanosecond before it is due."""


def in_virtual_time(scenario: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """Turn a coroutine function into a test that runs in virtual time."""

    @wraps(scenario)
    def test(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop, debug=True) as runner:
            runner.run(scenario(*args, **kwargs))

    return test


class _Clock(selectors.SelectSelector):
    """A selector that moves the clock instead of waiting."""

    now = _START_S

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("there is no timer left, so the loop would wait forever")
        if timeout > 0:
            self.now += timeout + _RESOLUTION_S
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time."""

    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    def stand_still(self, seconds: float) -> None:
        """Let time pass while nothing runs, as when the process is stopped."""
        self._clock.now += seconds
