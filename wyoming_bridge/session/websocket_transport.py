"""An open websocket of the websockets library, as a ``Transport``."""

import asyncio
from contextlib import suppress
from typing import Final

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.protocol import State

from ..providers.contract import Message
from .transport import TransportClosed
from .websocket_connection import BRIDGE_PING, WebsocketConnection

__all__ = ["CLOSE_TIMEOUT_S", "WebsocketTransport"]

CLOSE_TIMEOUT_S: Final = 0.4
"""Longest wait for the answer to our close frame. A bridge that stops has 1 s for everything."""


class WebsocketTransport:
    """A websocket of the websockets library."""

    def __init__(self, connection: WebsocketConnection) -> None:
        self._connection = connection

    async def send(self, message: Message) -> None:
        """Send one message; wait while the service is slow.

        Raises:
            TransportClosed: The websocket is closed.
        """
        try:
            await self._connection.send(message)
        except ConnectionClosed as err:
            raise _closed(err) from err

    @property
    def has_room(self) -> bool:
        """Whether the websocket is open and its buffer is empty."""
        connection = self._connection
        is_open = connection.protocol.state is State.OPEN
        return is_open and not connection.transport.get_write_buffer_size()

    def send_now(self, *messages: Message, ping: bool = False) -> None:
        """Send messages without waiting, followed by a ping if ``ping`` is True."""
        protocol = self._connection.protocol
        for message in messages:
            if isinstance(message, str):
                protocol.send_text(message.encode())
            else:
                protocol.send_binary(message)
        if ping:
            protocol.send_ping(BRIDGE_PING)
        self._write()

    def ping_now(self) -> None:
        """Send a ping without waiting, unless the websocket is closed."""
        if self._connection.state is State.OPEN:
            self._connection.protocol.send_ping(BRIDGE_PING)
            self._write()

    def _write(self) -> None:
        # Not ``writelines``, which takes more CPU time than to join a few frames.
        self._connection.transport.write(b"".join(self._connection.protocol.data_to_send()))

    @property
    def last_pong_at(self) -> float | None:
        """When a ping was last answered, by the event loop's clock; None if none was."""
        return self._connection.last_pong_at

    @property
    def last_working_at(self) -> float | None:
        """When ``WORKING_PONG`` last arrived, by the event loop's clock; None if it never did."""
        return self._connection.last_working_at

    async def receive(self) -> Message:
        """Wait for one message. Cancelling does not lose a message.

        Raises:
            TransportClosed: The websocket is closed.
        """
        try:
            return await self._connection.recv()
        except ConnectionClosed as err:
            raise _closed(err) from err

    async def ping(self) -> None:
        """Send a ping and wait for its answer, without a time limit.

        Raises:
            TransportClosed: The websocket is closed.
        """
        try:
            await (await self._connection.ping())
        except ConnectionClosed as err:
            raise _closed(err) from err

    async def close(self) -> None:
        """Close with a closing handshake, within ``CLOSE_TIMEOUT_S``."""
        # The library limits the wait for the answer, but not the wait for room in the send buffer.
        # If ``close`` is cancelled during that wait, the library leaves the socket open.
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._connection.close()
        finally:
            # A program that ends at this moment has closed the event loop, and with it the socket.
            if not self._connection.loop.is_closed():
                self._connection.transport.abort()
                await self._connection.wait_closed()


def _closed(err: ConnectionClosed) -> TransportClosed:
    if err.rcvd is None:
        is_too_big = err.sent is not None and err.sent.code == CloseCode.MESSAGE_TOO_BIG
        return TransportClosed(code=None, reason="a message was too big" if is_too_big else "")
    return TransportClosed(code=err.rcvd.code, reason=err.rcvd.reason)
