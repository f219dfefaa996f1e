"""An open websocket of the websockets library, as a ``Transport``."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Event, State

from ..providers.contract import Message
from .transport import TransportClosed

__all__ = ["CLOSE_TIMEOUT_S", "WebsocketConnection", "WebsocketTransport"]

CLOSE_TIMEOUT_S: Final = 0.4
"""Longest wait for the answer to our close frame. A bridge that stops has 1 s for everything."""

_PING: Final = b"bridge"
"""The payload of the pings that are sent without waiting. A service may also send pongs that answer
no ping."""


class WebsocketConnection(ClientConnection):
    """The library's connection, which also notes pongs, and ignores a TLS handshake that fails.

    If a TLS handshake fails behind a proxy, asyncio calls ``connection_lost`` without
    ``connection_made``, and the library would log a traceback.
    """

    last_pong_at: float | None = None

    def __init__(
        self,
        protocol: ClientProtocol,
        *,
        on_made: Callable[[], None],
        **options: Any,  # the library's own, which differ between its versions
    ) -> None:
        """Create a connection that calls ``on_made`` before it requests the upgrade."""
        super().__init__(protocol, **options)
        self._on_made = on_made
        self._is_made = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Call ``on_made``: the host has accepted the connection."""
        self._is_made = True
        self._on_made()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end of a connection that was made."""
        if self._is_made:
            super().connection_lost(exc)

    def process_event(self, event: Event) -> None:
        """Process a frame, and note the time of a pong with the payload ``_PING``."""
        if isinstance(event, Frame) and event.opcode is Opcode.PONG and event.data == _PING:
            self.last_pong_at = self.loop.time()
        super().process_event(event)


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
        return connection.state is State.OPEN and not connection.transport.get_write_buffer_size()

    def send_now(self, *messages: Message, ping: bool = False) -> None:
        """Send messages without waiting, followed by a ping if ``ping`` is True."""
        protocol = self._connection.protocol
        for message in messages:
            if isinstance(message, str):
                protocol.send_text(message.encode())
            else:
                protocol.send_binary(message)
        if ping:
            protocol.send_ping(_PING)
        self._write()

    def ping_now(self) -> None:
        """Send a ping without waiting, unless the websocket is closed."""
        if self._connection.state is State.OPEN:
            self._connection.protocol.send_ping(_PING)
            self._write()

    def _write(self) -> None:
        # Not ``writelines``, which takes more CPU time than to join a few frames.
        self._connection.transport.write(b"".join(self._connection.protocol.data_to_send()))

    @property
    def last_pong_at(self) -> float | None:
        """When a ping was last answered, by the event loop's clock; None if none was."""
        return self._connection.last_pong_at

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
            self._connection.transport.abort()
            await self._connection.wait_closed()


def _closed(err: ConnectionClosed) -> TransportClosed:
    if err.rcvd is None:
        is_too_big = err.sent is not None and err.sent.code == CloseCode.MESSAGE_TOO_BIG
        return TransportClosed(code=None, reason="a message was too big" if is_too_big else "")
    return TransportClosed(code=err.rcvd.code, reason=err.rcvd.reason)
