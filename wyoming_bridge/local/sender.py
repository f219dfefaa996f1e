"""Sends the messages of a service to its client.

While the client does not read, ``send`` waits.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from ..providers.contract import Message
from ..providers.serving import Close, ServerProtocol
from ..working import WORKING_PONG, WORKING_PONG_S

__all__ = ["Sender"]


class Sender:
    """The sender of one websocket. Messages are sent in order and without delay."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._sending = asyncio.Lock()

    async def send(self, protocol: ServerProtocol) -> None:
        """Send the messages of the protocol, and close the websocket if the protocol is done."""
        async with self._sending:
            for message in protocol.messages_to_send():
                await self._put(message)
            if protocol.close:
                await self._put(protocol.close)

    async def send_working(self, is_working: Callable[[], bool]) -> None:
        """Tell the bridge again and again, while ``is_working``, that an answer will follow."""
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(WORKING_PONG_S)
                if is_working():
                    await self._socket.pong(WORKING_PONG)

    async def close(self) -> None:
        """Drop the messages that wait to be sent: none here, but a subclass delays messages."""

    async def _put(self, said: Message | Close) -> None:
        await self._write(said)

    async def _write(self, said: Message | Close) -> None:
        # No error is needed here, because the inbox notices that a client has disconnected.
        with suppress(ConnectionError):
            match said:
                case Close():
                    await self._socket.close(code=said.code, message=said.reason.encode())
                case str():
                    await self._socket.send_str(said)
                case bytes():
                    await self._socket.send_bytes(said)
