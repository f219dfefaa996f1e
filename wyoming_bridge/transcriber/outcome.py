"""What is awaited of an utterance: revisions while it lasts, then one result or one error."""

import asyncio
from collections.abc import AsyncIterator, Callable

from .result import Result, Revision

__all__ = ["Outcome"]


class Outcome:
    """Awaited by any number of readers; whoever comes late gets the same."""

    def __init__(self) -> None:
        self._result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._revised = asyncio.Event()

    @property
    def is_known(self) -> bool:
        """Whether there is a result or an error."""
        return self._result.done()

    def revised(self) -> None:
        """There is another revision."""
        self._revised.set()

    def resolve(self, result: Result) -> None:
        """The result is there; once."""
        self._result.set_result(result)
        self._revised.set()

    def fail(self, error: Exception) -> None:
        """There will be no result; once."""
        self._result.set_exception(error)
        self._result.exception()  # whoever leaves without having asked does not want it
        self._revised.set()

    async def result(self) -> Result:
        """Wait for the result, or raise the error."""
        if not self.is_known:
            await asyncio.wait([self._result])  # not itself: cancelling would reach it
        return self._result.result()

    async def revisions(self, latest: Callable[[], Revision]) -> AsyncIterator[Revision]:
        """Each revision that differs from the one before, until the outcome is known."""
        last = Revision(text="", settled="")
        while True:
            await self._revised.wait()
            if self.is_known:
                return
            self._revised.clear()
            revision = latest()
            if revision != last:
                last = revision
                yield revision
