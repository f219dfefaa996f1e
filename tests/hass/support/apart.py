"""What a test speaks to over a real socket, in a thread and an event loop of its own.

What it leaves behind in its loop, such as the web framework's timers, is then not taken for
something that the integration forgot.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Protocol, Self


class Stoppable(Protocol):
    """What listens."""

    async def stop(self) -> None:
        """End what is under way too."""


class Apart[Listener: Stoppable](ABC):
    """Started and stopped as often as a test likes; always at the same address."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name)
        self._listener: Listener | None = None

    @abstractmethod
    async def _listening(self) -> Listener:
        """Listen, at the address of the last time where there was one."""

    async def started(self, exits: AsyncExitStack) -> Self:
        """Listen until the stack is closed."""
        exits.push_async_callback(self.stop)
        await self.start()
        return self

    async def start(self) -> None:
        """Listen."""
        if not self._thread.is_alive():
            self._thread.start()
        self._listener = await self._run(self._listening())

    async def go(self) -> None:
        """Stop listening, and end what is under way; ``start`` brings it back."""
        if self._listener:
            await self._run(self._listener.stop())
            self._listener = None

    async def restart(self) -> None:
        """Go and come back, with what the test has changed meanwhile."""
        await self.go()
        await self.start()

    async def stop(self) -> None:
        """End for good."""
        await self.go()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            await asyncio.to_thread(self._thread.join)
        self._loop.close()

    async def _run[Done](self, work: Coroutine[object, object, Done]) -> Done:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
