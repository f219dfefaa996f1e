"""Servers that run in a thread with their own event loop, and are reached over real sockets.

A separate loop is needed because a server's remaining timers would otherwise count as leaks of the
integration.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Protocol, Self


class Stoppable(Protocol):
    """A server that can be stopped."""

    async def stop(self) -> None:
        """Stop the server and its connections."""


class ServerThread[Listener: Stoppable](ABC):
    """A server that a test can start and stop repeatedly, always at the same address."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name)
        self._listener: Listener | None = None

    @abstractmethod
    async def _start_server(self) -> Listener:
        """Start the server, at its earlier address if it was started before."""

    async def started(self, exits: AsyncExitStack) -> Self:
        """Start the server; it is stopped when the stack is closed."""
        exits.push_async_callback(self.stop)
        await self.start()
        return self

    async def start(self) -> None:
        """Start the server."""
        if not self._thread.is_alive():
            self._thread.start()
        self._listener = await self._run(self._start_server())

    async def pause(self) -> None:
        """Stop the server and its connections; ``start`` starts it again."""
        if self._listener:
            await self._run(self._listener.stop())
            self._listener = None

    async def restart(self) -> None:
        """Stop and start the server, to apply changes that the test has made."""
        await self.pause()
        await self.start()

    async def stop(self) -> None:
        """Stop the server and its thread."""
        await self.pause()
        if self._thread.is_alive():
            await self._run(self._loop.shutdown_default_executor())
            self._loop.call_soon_threadsafe(self._loop.stop)
            await asyncio.to_thread(self._thread.join)
        self._loop.close()

    async def _run[Done](self, work: Coroutine[object, object, Done]) -> Done:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
