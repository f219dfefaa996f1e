"""A connection to a remote bridge. Its methods raise failures as errors of this package."""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from wyoming.error import Error
from wyoming.event import Event, async_write_event

from ..access import SocketAddress, host_of
from ..errors import ConnectError, ConnectionLostError, ErrorText, ProtocolViolationError
from ..extensions.error import error_of
from ..json_text import value_count
from ..rest import rest_s

__all__ = ["BridgeConnection"]

_CLOSE_TIMEOUT_S: Final = 1.0
"""The longest wait in ``close`` until all written events are sent. A bridge that has lost its power
never receives them."""

_MAX_DATA_BYTES: Final = 2 << 20
"""The largest data of an event. The words of an hour of speech take about 1 MiB."""

_MAX_VALUES: Final = 200_000
"""The most values in the data of an event. The words of an hour of speech have about 40,000."""

_MAX_PAYLOAD_BYTES: Final = 1 << 20
"""The largest payload of an event. A bridge sends none, but other Wyoming servers may."""


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
        self._reader = reader
        self._writer = writer
        self._rest_s = 0.0

    async def write(self, event: Event) -> None:
        """Send an event. If the connection is lost, the next ``read`` raises the error."""
        if self._writer.is_closing():  # asyncio would log a warning for each event
            return
        with suppress(OSError):
            await async_write_event(event, self._writer)

    async def read(self) -> Event | None:
        """Return the next event, or None if the connection was closed.

        Other tasks run before each event, and longer after an event that took long to parse.

        Raises:
            ConnectionLostError: The connection broke.
            ProtocolViolationError: The bridge sent something that is not a Wyoming event.
        """
        await asyncio.sleep(self._rest_s)
        self._rest_s = 0.0
        try:
            return await self._read_event()
        except (OSError, asyncio.IncompleteReadError) as err:
            raise ConnectionLostError(ErrorText.BRIDGE_BROKE_OFF) from err
        except (TypeError, ValueError, RecursionError) as err:
            raise self._no_wyoming() from err

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

    async def _read_event(self) -> Event | None:
        """Return the next event, or None if the connection was closed.

        The reader of the Wyoming library has no limits, but any server may answer: the client may
        have found its address in an announcement.

        Raises:
            TypeError: A part of the event has the wrong type.
            ValueError: The bytes are not a Wyoming event, or it is too large.
            RecursionError: The JSON is nested too deeply.
            OSError: The connection broke.
            IncompleteReadError: The connection was closed within an event.
        """
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            return None
        header = self._object_of(line)
        data = header.get("data", {})
        if not isinstance(data, dict):
            raise TypeError("the data must be an object")
        if size := _size_of(header, "data_length", maximum=_MAX_DATA_BYTES):
            data = {**data, **self._object_of(await self._reader.readexactly(size))}
        payload: bytes | None = None
        if size := _size_of(header, "payload_length", maximum=_MAX_PAYLOAD_BYTES):
            payload = await self._reader.readexactly(size)
        kind = header.get("type")
        if not isinstance(kind, str):
            raise TypeError("the type must be a string")
        return Event(type=kind, data=data, payload=payload)

    def _object_of(self, text: bytes) -> Mapping[str, object]:
        began = time.thread_time()
        if value_count(text) > _MAX_VALUES:
            raise ValueError(f"the JSON must have at most {_MAX_VALUES} values")
        value: object = json.loads(text)
        self._rest_s += rest_s(time.thread_time() - began)
        if not isinstance(value, dict):
            raise TypeError("a header or data must be an object")
        return value

    def _gone(self) -> ConnectError:
        return ConnectError(ErrorText.CLOSED_WITHOUT_ANSWER, place=self.uri)

    def _no_wyoming(self) -> ProtocolViolationError:
        return ProtocolViolationError(ErrorText.NOT_A_WYOMING_SERVER, place=self.uri)


def _size_of(header: Mapping[str, object], name: str, *, maximum: int) -> int:
    size = header.get(name)
    if size is None:
        return 0
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= maximum:
        raise ValueError(f"{name} must be a whole number from 0 to {maximum}")
    return size
