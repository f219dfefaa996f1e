"""A connection to a remote bridge. Its methods raise failures as errors of this package."""

import asyncio
from contextlib import suppress
from typing import Final

from wyoming.error import Error
from wyoming.event import Event, async_read_event, async_write_event

from ..access import SocketAddress, host_of
from ..errors import ConnectError, ConnectionLostError, ErrorText, ProtocolViolationError
from ..extensions.error import error_of

__all__ = ["BridgeConnection"]

_CLOSE_TIMEOUT_S: Final = 1.0
"""The longest wait in ``close`` until all written events are sent. A bridge that has lost its power
never receives them."""


class BridgeConnection:
    """An open connection. Use ``connected`` to create it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, uri: str
    ) -> None:
        self.uri = uri
        """``tcp://host:port`` or ``tls://host:port``, for messages."""
        name = writer.get_extra_info("peername")
        self.peer = SocketAddress(host_of(str(name[0])), int(name[1])) if name else None
        """The bridge's address; None if the bridge closed the connection at once."""
        self.proved_at: SocketAddress | None = None
        """The address at which the bridge says it was reached; None without a token."""
        self._reader = reader
        self._writer = writer

    async def write(self, event: Event) -> None:
        """Send an event. If the connection is lost, the next ``read`` raises the error."""
        with suppress(OSError):
            await async_write_event(event, self._writer)

    async def read(self) -> Event | None:
        """Return the next event, or None if the connection was closed.

        Raises:
            ConnectionLostError: The connection broke.
            ProtocolViolationError: The bridge sent something that is not a Wyoming event.
        """
        try:
            event = await async_read_event(self._reader)
        except (OSError, asyncio.IncompleteReadError) as err:
            raise ConnectionLostError(ErrorText.BRIDGE_BROKE_OFF) from err
        except (AttributeError, KeyError, TypeError, RecursionError) as err:
            raise self._no_wyoming() from err  # the library's reader does not check its input
        if event is None and not self._reader.at_eof():  # the library returns None for invalid JSON
            raise self._no_wyoming()
        if event is None:
            return None
        kind: object = event.type
        data: object = event.data
        if not (isinstance(kind, str) and isinstance(data, dict)):
            raise self._no_wyoming()
        return event

    async def answer(self, kind: str) -> Event:
        """Return the next event of a type, and ignore events of other types.

        Raises:
            ConnectError: The connection ended without such an event.
            BridgeError: The bridge reported an error, or sent something that is not Wyoming.
        """
        try:
            while event := await self.read():
                if Error.is_type(event.type):
                    raise error_of(event.data)
                if event.type == kind:
                    return event
        except ConnectionLostError as err:
            raise self._gone() from err
        raise self._gone()

    async def close(self) -> None:
        """Close after the written events were sent, unless that takes too long."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._writer.wait_closed()
        except TimeoutError:
            self._writer.transport.abort()
        except OSError:
            return  # a broken connection does not have to be closed

    def _gone(self) -> ConnectError:
        return ConnectError(ErrorText.CLOSED_WITHOUT_ANSWER, place=self.uri)

    def _no_wyoming(self) -> ProtocolViolationError:
        return ProtocolViolationError(ErrorText.NOT_A_WYOMING_SERVER, place=self.uri)
