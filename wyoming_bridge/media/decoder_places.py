"""Limits how many decoders run at once, and how many of them may take much memory.

All decoders of a process share the places. A decoder that finds none free waits for one.
"""

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from ..errors import MediaError, MediaProblem

__all__ = ["MAX_DECODERS", "DecoderPlace"]

MAX_DECODERS: Final = 2
"""The most decoders that this process runs at once; others wait.

All decoders together take at most 100 MiB: 16 MiB for the libraries that they share, 12 MiB for
each decoder, and the memory of a large and a small file. The local server itself takes 55 MiB.
"""

_WAIT_S: Final = 10.0
"""How long a decoder may wait for another one to end. Decoding a file takes a second or two, or
five for an hour of speech, but a stream may take hours. After this time, the error says that too
many decoders are running."""


class _Places:
    """The places for decoders. Decoders get them in the order of their arrival."""

    def __init__(self) -> None:
        self.all = asyncio.Semaphore(MAX_DECODERS)
        self.large = asyncio.Semaphore(1)
        """For the decoder that may take more than its first part of the memory."""


_PLACES: Final = WeakKeyDictionary[asyncio.AbstractEventLoop, _Places]()
"""The places, by event loop, because semaphores belong to one. A server has only one."""


class DecoderPlace:
    """The place of one decoder. It belongs to the event loop in which it is created."""

    def __init__(self) -> None:
        self._places = _PLACES.setdefault(asyncio.get_running_loop(), _Places())
        self._is_large = False
        self._growing: asyncio.Timeout | None = None

    async def take(self) -> None:
        """Take a place. If too many decoders run, wait for one of them to end.

        Raises:
            MediaError: The wait was too long.
        """
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._places.all.acquire()
        except TimeoutError:
            raise MediaError(
                f"max {MAX_DECODERS} concurrent decoders of files and streams reached",
                problem=MediaProblem.BUSY,
            ) from None

    async def grow(self) -> None:
        """Wait until the decoder may take all of its memory. Only one decoder at a time may.

        Raises:
            MediaError: The wait was too long, or ``stop_waiting`` ended it.
        """
        try:
            async with asyncio.timeout(_WAIT_S) as self._growing:
                await self._places.large.acquire()
        except TimeoutError:
            raise MediaError(
                "max 1 concurrent decoder of a file that needs much memory reached",
                problem=MediaProblem.BUSY,
            ) from None
        finally:
            self._growing = None
        self._is_large = True

    def stop_waiting(self) -> None:
        """End the wait of ``grow`` at once."""
        if self._growing:
            self._growing.reschedule(0)

    def leave(self) -> None:
        """Leave the place to another decoder. Call this once after ``take``."""
        self._places.all.release()
        if self._is_large:
            self._is_large = False
            self._places.large.release()
