"""A sender that can fall silent or fall behind.

A message that is sent late waits in a queue. When the queue is full, ``say`` waits too.
"""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from ...providers.contract import Message
from ...providers.serving import Close
from ..sender import Sender

__all__ = ["FaultySender"]

_MAX_LATE: Final = 4096
"""Messages. The scripted engine also keeps this many unread results."""


class FaultySender(Sender):
    """The sending side of a websocket with a fault."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        super().__init__(socket)
        self._is_mute = False
        self._delay_s = 0.0
        self._late: asyncio.Queue[tuple[float, Message | Close]] = asyncio.Queue(_MAX_LATE)
        self._sending_late: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    def mute(self) -> None:
        """Drop every message from now on."""
        self._is_mute = True

    def slow_down(self, delay_s: float) -> None:
        """Send every message from now on so many seconds later, in order."""
        self._delay_s = delay_s
        self._sending_late = asyncio.create_task(self._send_late(), name="send late")

    async def put(self, message: Message) -> None:
        """Send a message that does not come from the protocol."""
        async with self._sending:
            await self._put(message)

    async def close(self) -> None:
        """Drop what has not been sent."""
        if self._sending_late:
            self._sending_late.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending_late

    async def _put(self, said: Message | Close) -> None:
        if self._is_mute:
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
