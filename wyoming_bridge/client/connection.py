"""A connection to a remote bridge. Its failures become our errors here."""

import asyncio
from contextlib import suppress
from typing import Final

from wyoming.event import Event, async_read_event, async_write_event

from ..access import SocketAddress, host_of
from ..errors import ConnectionLostError, ProtocolViolationError

__all__ = ["BridgeConnection"]

_CLOSE_TIMEOUT_S: Final = 1.0
"""The time for written events to be sent. A bridge without power no longer takes them."""


class BridgeConnection:
    """An open connection. ``connected`` makes it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, uri: str
    ) -> None:
        self.uri = uri
        """``tcp://host:port``, for messages."""
        name = writer.get_extra_info("peername")
        self.peer = SocketAddress(host_of(str(name[0])), int(name[1])) if name else None
        """The other end; None if it was gone at once."""
        self.proved_at: SocketAddress | None = None
        """The address at which the bridge says it was reached; None without a token."""
        self._reader = reader
        self._writer = writer

    async def write(self, event: Event) -> None:
        """Send an event. If the bridge is gone, the reader notices."""
        with suppress(OSError):
            await async_write_event(event, self._writer)

    async def read(self) -> Event | None:
        """Return the next event, or None if the connection was closed.

        Raises:
            ConnectionLostError: It broke.
            ProtocolViolationError: What came is not a Wyoming event.
        """
        try:
            event = await async_read_event(self._reader)
        except (OSError, asyncio.IncompleteReadError) as err:
            raise ConnectionLostError("the connection to the bridge broke") from err
        except (AttributeError, KeyError, TypeError, RecursionError) as err:
            raise self._no_wyoming() from err  # the library's reader trusts what it reads
        if event is None and not self._reader.at_eof():  # what the library returns for invalid JSON
            raise self._no_wyoming()
        if event is None:
            return None
        kind: object = event.type
        data: object = event.data
        if not (isinstance(kind, str) and isinstance(data, dict)):
            raise self._no_wyoming()
        return event

    async def close(self) -> None:
        """Close after the written events were sent, unless that takes too long."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._writer.wait_closed()
        except TimeoutError:
            self._writer.transport.abort()
        except OSError:
            return  # it broke, which closes it as well

    def _no_wyoming(self) -> ProtocolViolationError:
        return ProtocolViolationError(f"the server at {self.uri} is not a Wyoming server")
