"""The signals that ask a program to stop."""

import asyncio
import signal

__all__ = ["StopSignals"]


class StopSignals:
    """Counts SIGINT (Ctrl-C) and SIGTERM from now on, instead of ending the program."""

    def __init__(self) -> None:
        self._first = asyncio.Event()
        self._second = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._received)

    async def first(self) -> None:
        """Wait for the first signal, which asks the program to finish its work and stop."""
        await self._first.wait()

    async def second(self) -> None:
        """Wait for the second signal, which asks the program to stop now."""
        await self._second.wait()

    def _received(self) -> None:
        if self._first.is_set():
            self._second.set()
        self._first.set()
