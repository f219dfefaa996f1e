"""Spreads the requests of all connections over several rounds of the event loop."""

import asyncio

__all__ = ["Turns"]


class Turns:
    """Lets one request begin per round of the event loop, in order of arrival.

    Without turns, if a client sends many requests at once, the framework answers all of them in one
    round. No other part of the program would run meanwhile.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def take(self) -> None:
        """Wait until the caller's request may begin."""
        async with self._lock:
            await asyncio.sleep(0)
