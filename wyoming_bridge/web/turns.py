"""Lets the requests of all connections begin one after another."""

import asyncio

__all__ = ["Turns"]


class Turns:
    """Lets one request begin per round of the event loop, in the order in which they came.

    Otherwise the framework answers all requests that a connection has sent ahead in one round, and
    nothing else in the program runs meanwhile.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def take(self) -> None:
        """Wait for the turn."""
        async with self._lock:
            await asyncio.sleep(0)
