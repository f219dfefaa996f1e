"""The TCP connection below a websocket, for what a websocket cannot do: to break."""

import asyncio
import select
import socket
import struct
import sys
from typing import Final

__all__ = ["TcpConnection"]

_LONGEST_S: Final = 600.0
"""Longer than any client waits for a service that does not answer."""

_LINGER_NOT: Final = struct.pack("ii", 1, 0)
"""Whoever closes such a socket sends a reset, and forgets what was not sent yet."""


class TcpConnection:
    """The server's end of one connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._released: asyncio.Future[None] | None = None

    def write(self, raw: bytes) -> None:
        """Send bytes of no protocol."""
        self._transport.write(raw)

    def close(self) -> None:
        """End it in good order, below any protocol."""
        self._transport.close()

    def abort(self) -> None:
        """End it at once."""
        self._transport.abort()

    def reset(self) -> None:
        """Cut it without a word."""
        sock: socket.socket = self._transport.get_extra_info("socket")
        if not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._transport.abort()

    async def hold(self, limit_s: float = _LONGEST_S) -> bool:
        """Neither read nor write; tells whether the client is still there after that time.

        A client that is gone, or ``release``, ends it and the connection. A client that fills the
        buffers between us before it goes is not seen to go: its good-bye waits behind its audio.
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
        """Whoever holds the connection is to let go; it ends at once."""
        if self._released:
            self._transport.abort()
            _settle(self._released)

    async def _gone(self, released: asyncio.Future[None]) -> None:
        """Wait until the client is gone, or nobody shall wait any more."""
        if sys.platform != "linux":
            await released  # nothing tells there without reading: the bound has to do
            return
        # asyncio cannot wait for the end of what it does not read; the kernel can.
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
