"""A clock that jumps to what is due next: what lasts a minute is tried in no time.

Only for what needs no sockets, threads or processes: nothing is waited for but the clock.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import ParamSpec

__all__ = ["VirtualTimeLoop", "in_virtual_time"]

P = ParamSpec("P")

_START_S = 1000.0
"""No loop's clock begins with zero."""

_RESOLUTION_S = 2e-9
"""A loop wakes up a nanosecond early, and real time goes on."""


def in_virtual_time(scenario: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """Make a test of a coroutine function, that runs on such a clock."""

    @wraps(scenario)
    def test(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop, debug=True) as runner:
            runner.run(scenario(*args, **kwargs))

    return test


class _Clock(selectors.SelectSelector):
    """What the loop sleeps in."""

    now = _START_S

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is due any more: whatever is awaited never comes")
        if timeout > 0:
            self.now += timeout + _RESOLUTION_S
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The loop with that clock."""

    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    def stand_still(self, seconds: float) -> None:
        """Let time pass while nothing runs, as when the process is stopped."""
        self._clock.now += seconds
