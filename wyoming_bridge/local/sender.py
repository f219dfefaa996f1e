"""What the service says, on its way to the client: at once, or as a fault wants it.

Who slows whom: a client that does not read makes ``say`` wait. What is sent late waits in a queue;
when that is full ``say`` waits too.
"""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from ..providers.contract import Message
from ..providers.serving import Close, ServerProtocol

__all__ = ["Sender"]

_MAX_LATE: Final = 4096
"""Messages: as many results as the scripted engine keeps unread."""


class Sender:
    """The sending side of one websocket."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._is_mute = False
        self._delay_s = 0.0
        self._late: asyncio.Queue[tuple[float, Message | Close]] = asyncio.Queue(_MAX_LATE)
        self._sending_late: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()
        self._loop = asyncio.get_running_loop()

    def mute(self) -> None:
        """Say nothing any more."""
        self._is_mute = True

    def slow_down(self, delay_s: float) -> None:
        """Send all from now on so much later, in order."""
        self._delay_s = delay_s
        self._sending_late = asyncio.create_task(self._send_late(), name="send late")

    async def say(self, protocol: ServerProtocol) -> None:
        """Send what the protocol has to say, and close if it is done."""
        async with self._sending:
            for message in protocol.messages_to_send():
                await self._put(message)
            if protocol.close:
                await self._put(protocol.close)

    async def put(self, message: Message) -> None:
        """Send a message that no protocol has said."""
        async with self._sending:
            await self._put(message)

    async def close(self) -> None:
        """Forget what has not been sent."""
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

    async def _write(self, said: Message | Close) -> None:
        with suppress(ConnectionError):  # the client is gone, which the listener sees too
            match said:
                case Close():
                    await self._socket.close(code=said.code, message=said.reason.encode())
                case str():
                    await self._socket.send_str(said)
                case bytes():
                    await self._socket.send_bytes(said)
