"""The one output of an utterance: revisions while it lasts, then one result or one error."""

import asyncio
from collections.abc import AsyncGenerator

from .result import Result, Revision

__all__ = ["Updates"]


class Updates:
    """Any number of readers; each gets the newest revision, and the same outcome."""

    def __init__(self) -> None:
        self._newest: Revision | None = None
        self._outcome: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._changed = asyncio.Event()

    def revise(self, revision: Revision) -> None:
        """Publish a revision; it replaces the one before."""
        self._newest = revision
        self._notify()

    def resolve(self, result: Result) -> None:
        """Publish the result; once."""
        self._outcome.set_result(result)
        self._notify()

    def fail(self, error: Exception) -> None:
        """Publish the error; once."""
        self._outcome.set_exception(error)
        self._outcome.exception()  # an utterance can be left without anybody reading the error
        self._notify()

    async def result(self) -> Result:
        """Wait for the result, or raise the error."""
        if not self._outcome.done():
            await asyncio.wait([self._outcome])  # not itself: cancelling would reach it
        return self._outcome.result()

    async def read(self) -> AsyncGenerator[Revision | Result, None]:
        """Give each revision that differs from the one before, then the result.

        A slow reader misses revisions that were replaced. Raises the error if there is one.
        """
        last: Revision | None = None
        while not self._outcome.done():
            if self._newest is not None and self._newest is not last:
                last = self._newest
                yield last
            else:
                await self._changed.wait()
        yield self._outcome.result()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()  # those who wait next, wait for the next change
