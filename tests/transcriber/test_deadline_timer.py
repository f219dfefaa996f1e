"""When ``DeadlineTimer`` calls its function, in virtual time."""

import asyncio

from virtual_time import VirtualTimeLoop, in_virtual_time
from wyoming_bridge.transcriber.deadline_timer import DeadlineTimer


class Deadline:
    """A deadline with its timer, which notes when it was called, in ms from now."""

    def __init__(self, *, after_s: float) -> None:
        self.called_at: list[int] = []
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._due: float | None = self._began + after_s
        self.timer = DeadlineTimer(next_timeout=lambda: self._due, on_due=self._look)
        self.timer.set()

    def _look(self, now: float) -> None:
        self.called_at.append(round(1000 * (now - self._began)))
        if self._due is not None and now >= self._due:
            self._due = None
        self.timer.set()


@in_virtual_time
async def test_a_deadline_is_noticed_on_time() -> None:
    deadline = Deadline(after_s=0.6)
    await asyncio.sleep(2)

    assert deadline.called_at == [500, 600]


@in_virtual_time
async def test_different_deadlines_are_looked_at_in_the_same_moment() -> None:
    deadlines = [Deadline(after_s=after_s) for after_s in (0.76, 0.8, 0.9)]
    await asyncio.sleep(0.755)

    assert [each.called_at for each in deadlines] == [[750], [750], [750]]


@in_virtual_time
async def test_a_deadline_that_was_postponed_is_not_looked_at_before() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    deadline = Deadline(after_s=0.2)
    loop.stand_still(0.9)
    await asyncio.sleep(2)

    assert deadline.called_at == [1600]
