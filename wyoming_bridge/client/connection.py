"""A connection to a remote bridge. Its failures become our errors here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from wyoming.event import Event, async_read_event, async_write_event

from ..errors import (
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    ProtocolViolationError,
    reason_of,
)
from ..extensions import ACCESS_TYPE, access_data

__all__ = ["BridgeConnection", "connected"]

_CONNECT_TIMEOUT_S: Final = 5.0
"""A bridge is in the house, or at most one slow link away."""

_CLOSE_TIMEOUT_S: Final = 1.0
"""The time for written events to be sent. A bridge without power no longer takes them."""


class BridgeConnection:
    """An open connection. ``connected`` makes it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, uri: str
    ) -> None:
        self.uri = uri
        """``tcp://host:port``, for messages."""
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


@asynccontextmanager
async def connected(host: str, port: int, *, token: str | None) -> AsyncIterator[BridgeConnection]:
    """Open a connection to a bridge, and send the token if there is one.

    Raises:
        ConnectError: The bridge cannot be reached.
    """
    uri = f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
    except TimeoutError as err:
        raise ConnectTimeoutError(f"no bridge answers at {uri} in time") from err
    except OSError as err:
        raise ConnectError(f"no bridge answers at {uri}: {reason_of(err)}") from err
    except (ValueError, OverflowError) as err:  # an invalid host name, or a port above 65535
        raise ConnectError(f"{uri} is not an address: {err}") from err
    connection = BridgeConnection(reader, writer, uri=uri)
    try:
        if token is not None:
            await connection.write(Event(type=ACCESS_TYPE, data=access_data(token)))
        yield connection
    finally:
        await connection.close()
