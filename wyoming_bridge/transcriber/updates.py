"""The output of an utterance: revisions while the user speaks, then one result or one error."""

import asyncio
from collections.abc import AsyncGenerator

from .result import Result, Revision

__all__ = ["Updates"]


class Updates:
    """Publishes revisions and the outcome to any number of readers."""

    def __init__(self) -> None:
        self._newest: Revision | None = None
        self._outcome: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._changed = asyncio.Event()

    def revise(self, revision: Revision) -> None:
        """Publish a revision; it replaces the one before."""
        self._newest = revision
        self._notify()

    def resolve(self, result: Result) -> None:
        """Publish the result. Call this or ``fail`` once."""
        self._outcome.set_result(result)
        self._notify()

    def fail(self, error: Exception) -> None:
        """Publish the error. Call this or ``resolve`` once."""
        self._outcome.set_exception(error)
        self._outcome.exception()  # otherwise asyncio warns that it was never read
        self._notify()

    async def result(self) -> Result:
        """Wait for the result, or raise the error."""
        if not self._outcome.done():
            # A plain await would cancel the future when its reader is cancelled.
            await asyncio.wait([self._outcome])
        return self._outcome.result()

    async def read(self) -> AsyncGenerator[Revision | Result, None]:
        """Yield each new revision, then the result, or raise the error.

        A slow reader misses revisions that were replaced. It always gets the last revision that
        precedes a result.
        """
        last: Revision | None = None
        while True:
            done = self._outcome.done()
            if done and self._outcome.exception():
                break
            if self._newest is not None and self._newest is not last:
                last = self._newest
                yield last
            elif done:
                break
            else:
                await self._changed.wait()
        yield self._outcome.result()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()  # a new event for the next change
