"""Reads a websocket continuously, and keeps the messages until the session has handled them.

The library answers a ping when it reads the ping. Without continuous reading, pings would be
answered too late while the engine is behind, and the client would disconnect.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from math import inf
from typing import Final

from aiohttp import WSMessage, WSMsgType, web

from ..providers.contract import Message
from .arrivals import Arrival, Arrivals, Pausable

__all__ = ["MAX_INBOX_BYTES", "Inbox", "InboxMemory"]

MAX_INBOX_BYTES: Final = 8 << 20
"""Maximum size of the messages of one session: three minutes of 16 kHz audio as base64."""

_MAX_TOTAL_BYTES: Final = 16 << 20
"""Maximum size of the messages of all sessions. The server and its decoders take 154 MiB, and
everything together must stay below 200 MiB."""

_SHARE_BYTES: Final = 128 * 1024
"""The size that each session may use even if the memory is full: 4 s of audio."""

_OVERHEAD_BYTES: Final = 128
"""The memory that a message takes in addition to its content. So empty messages count too."""


_MESSAGES_PER_TURN: Final = 50
"""How many messages may be read before other clients have their turn."""


class InboxMemory:
    """The memory that the inboxes of all sessions share."""

    def __init__(
        self, *, max_bytes: int = _MAX_TOTAL_BYTES, message_timeout_s: float = inf
    ) -> None:
        """Create the memory.

        A large message may take ``message_timeout_s`` to arrive if others wait.
        """
        self._max_bytes = max_bytes
        self._used_bytes = 0
        self._waiting: set[asyncio.Event] = set()
        self.arrivals = Arrivals(is_full=lambda: self.is_full, limit_s=message_timeout_s)
        """The messages that are not whole yet. They do not count here."""

    @property
    def is_full(self) -> bool:
        """Whether the memory is used up. Then sessions with more than their share have to wait."""
        return self._used_bytes >= self._max_bytes

    def take(self, size: int) -> None:
        """Count memory that is taken."""
        self._used_bytes += size

    def give_back(self, size: int) -> None:
        """Count memory that is free again."""
        self._used_bytes -= size
        for event in self._waiting:
            event.set()
        self.arrivals.admit()

    async def wait(self) -> None:
        """Wait until some memory has been given back."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            await event.wait()
        finally:
            self._waiting.discard(event)


class Inbox:
    """The messages of one client that the session has not taken yet.

    While the inbox is full, the websocket is not read, and the client has to wait.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        connection: Pausable,
        memory: InboxMemory,
        max_bytes: int = MAX_INBOX_BYTES,
    ) -> None:
        self.gone = asyncio.Event()
        """Set when the client has disconnected or closed the websocket."""
        self._socket = socket
        self._memory = memory
        self._arrival = Arrival(connection, arrivals=memory.arrivals)
        self._max_bytes = max_bytes
        self._bytes = 0
        self._taken_bytes = 0  # the part of them that the session is handling
        self._messages: deque[Message] = deque()
        self._arrived = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start reading."""
        self._reading = asyncio.create_task(self._read(), name="read a websocket")

    async def stop(self) -> None:
        """Stop reading. Messages that were read can still be taken."""
        reading, self._reading = self._reading, None
        if reading:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def close(self) -> None:
        """Stop reading, and drop the messages that were not taken."""
        await self.stop()
        self._arrival.close()
        self._messages.clear()
        self._memory.give_back(self._bytes)
        self._bytes = self._taken_bytes = 0

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Pause reading inside the ``async with`` block."""
        was_reading = self._reading is not None
        await self.stop()
        yield
        if was_reading:
            self.start()

    @property
    def is_behind(self) -> bool:
        """Whether the session is handling a message, or messages wait for it."""
        return self._bytes > 0

    def interrupt(self) -> None:
        """End the wait of ``next``, which then returns None if there is no message."""
        self._arrived.set()

    async def next(self, *, limit_s: float | None = None) -> Message | None:
        """Return the next message, and wait for it if necessary.

        Return None if there is no message within ``limit_s`` seconds or before ``interrupt`` is
        called. The session calls this method when it has handled the message before, which may
        take long: a decoder may have to wait for another one.
        """
        self._bytes -= self._taken_bytes
        self._memory.give_back(self._taken_bytes)
        self._taken_bytes = 0
        if not self._messages:
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_s):
                    await self._arrived.wait()
        self._arrived.clear()
        if not self._messages:
            return None
        message = self._messages.popleft()
        self._taken_bytes = len(message) + _OVERHEAD_BYTES
        return message

    async def receive(self) -> WSMessage:
        """Read the next message from the websocket. Call it only while reading is stopped.

        Raises:
            ConnectionError: A pong could not be sent, because the client is gone.
        """
        received = await self._socket.receive()
        self._arrival.whole()
        return received

    async def _read(self) -> None:
        while True:
            if self._is_full:
                await self._wait_for_room()
            try:
                received = await self.receive()
            except ConnectionError:
                break  # a pong could not be sent, because the client is gone
            if received.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                break
            message: Message = received.data
            size = len(message) + _OVERHEAD_BYTES
            self._bytes += size
            self._memory.take(size)
            self._messages.append(message)
            self._arrived.set()
            if len(self._messages) % _MESSAGES_PER_TURN == 0:
                await asyncio.sleep(0)  # other tasks cannot run while ``receive`` has messages
        self.gone.set()

    async def _wait_for_room(self) -> None:
        self._arrival.hold()
        try:
            while self._is_full:
                await self._memory.wait()
        finally:
            self._arrival.go_on()

    @property
    def _is_full(self) -> bool:
        if self._bytes >= self._max_bytes:
            return True
        return self._memory.is_full and self._bytes >= _SHARE_BYTES
