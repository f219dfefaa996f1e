"""A sender that can drop or delay messages.

Delayed messages are in a queue. If the queue is full, ``send`` waits.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from aiohttp import web

from ...providers.contract import Message
from ...providers.serving import Close
from ..sender import Sender

__all__ = ["FaultySender"]

_MAX_LATE: Final = 4096
"""The most delayed messages: the same number as ``MAX_UNREAD_RESULTS`` of the scripted engine."""


class FaultySender(Sender):
    """The sender of a websocket with a fault."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        super().__init__(socket)
        self._drops_all = False
        self._delay_s = 0.0
        self._late: asyncio.Queue[tuple[float, Message | Close]] = asyncio.Queue(_MAX_LATE)
        self._sending_late: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    def drop_all(self) -> None:
        """Drop every message from now on."""
        self._drops_all = True

    def slow_down(self, delay_s: float) -> None:
        """Delay every message from now on by ``delay_s`` seconds. The order stays the same."""
        self._delay_s = delay_s
        self._sending_late = asyncio.create_task(self._send_late(), name="send late")

    async def put(self, message: Message) -> None:
        """Send a message that is not from the protocol."""
        async with self._sending:
            await self._put(message)

    async def send_working(self, is_working: Callable[[], bool]) -> None:
        """Send nothing: a fault imitates another service, which does not say that it works."""

    async def close(self) -> None:
        """Drop messages that have not been sent."""
        if self._sending_late:
            self._sending_late.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending_late

    async def _put(self, said: Message | Close) -> None:
        if self._drops_all:
            return
        if self._sending_late:
            await self._late.put((self._loop.time() + self._delay_s, said))
        else:
            await self._write(said)

    async def _send_late(self) -> None:
        while not self._socket.closed:
            due, said = await self._late.get()
            await asyncio.sleep(due - self._loop.time())
            await self._write(said)
