"""The TCP connection of a websocket, for faults that the websocket's own methods cannot cause."""

import asyncio
import select
import socket
import struct
import sys
from typing import Final

__all__ = ["TcpConnection"]

_LONGEST_S: Final = 600.0
"""The longest time of ``hold``: ten minutes, longer than any client waits for an answer."""

_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""Linger for 0 s, so that closing the socket sends a reset and drops unsent data."""


class TcpConnection:
    """The server's end of one connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._released: asyncio.Future[None] | None = None

    def write(self, raw: bytes) -> None:
        """Send raw bytes."""
        self._transport.write(raw)

    def close(self) -> None:
        """Send the buffered data and close the connection, without a websocket close."""
        self._transport.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self._transport.abort()

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        sock: socket.socket = self._transport.get_extra_info("socket")
        if not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._transport.abort()

    async def hold(self, limit_s: float = _LONGEST_S) -> bool:
        """Neither read nor write for ``limit_s`` seconds. Return whether the client is still there.

        The wait and the connection end early if ``release`` is called or, on Linux, if the client
        disconnects. A disconnection is not noticed if the client has filled the buffers before,
        because the end of the connection comes after the buffered data, which is not read.
        """
        if self._transport.is_closing():
            return False
        released = asyncio.get_running_loop().create_future()
        self._released = released
        self._transport.pause_reading()
        try:
            async with asyncio.timeout(limit_s):
                await self._gone(released)
        except TimeoutError:
            self._transport.resume_reading()
            return True
        finally:
            self._released = None
        self._transport.abort()
        return False

    def release(self) -> None:
        """End ``hold`` and the connection at once."""
        if self._released:
            self._transport.abort()
            _settle(self._released)

    async def _gone(self, released: asyncio.Future[None]) -> None:
        """Wait until the client is gone or ``release`` is called."""
        if sys.platform != "linux":
            await released  # only Linux reports the client's end without reading
            return
        # asyncio notices the end of a socket only by reading. ``epoll`` reports it without reading.
        sock: socket.socket = self._transport.get_extra_info("socket")
        loop = asyncio.get_running_loop()
        with select.epoll() as watch:
            watch.register(sock.fileno(), select.EPOLLRDHUP)
            loop.add_reader(watch.fileno(), _settle, released)
            try:
                await released
            finally:
                loop.remove_reader(watch.fileno())


def _settle(released: asyncio.Future[None]) -> None:
    if not released.done():
        released.set_result(None)
