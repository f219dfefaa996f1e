"""A websocket in memory, which connects a client to the server of its protocol.

The service answers while a message is being sent, so that tests do not depend on time.
"""

import asyncio
from collections import deque

from ..providers.contract import CloseCode, Message
from ..providers.serving import ServerProtocol
from ..session import TransportClosed
from .engine import InstantEngine

__all__ = ["FakeTransport"]


class FakeTransport:
    """One open websocket, including the service at its other end."""

    def __init__(self, server: ServerProtocol) -> None:
        self.sent: list[Message] = []
        """The messages that the service has received, in order."""
        self.held = asyncio.Event()
        """Set when a message waits because the service is slow."""
        self.closed = asyncio.Event()
        """Set when the websocket is closed by either side."""
        self.closed_by_client = False
        self.last_pong_at: float | None = None
        """When a ping was last answered, by the event loop's clock; None if none was."""
        self.last_working_at: float | None = None
        """When the service last said that it is working on an answer. It never does."""
        self._server = server
        self._engine = InstantEngine(server)
        self._inbox: deque[Message] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._silent = False
        self._end: tuple[int | None, str] | None = None

    async def send(self, message: Message) -> None:
        """Send one message; wait while the service is slow.

        Raises:
            TransportClosed: The websocket is closed.
        """
        if not self._room.is_set():
            self.held.set()
        await self._room.wait()
        self._raise_if_closed()
        self.send_now(message)

    @property
    def has_room(self) -> bool:
        """Whether the service accepts messages."""
        return self._room.is_set() and self._end is None

    def send_now(self, *messages: Message, ping: bool = False) -> None:
        """Send messages without waiting. Call it only if ``has_room`` is True."""
        for message in messages:
            self.sent.append(message)
            self._server.receive_message(message, now=0)
            self._engine.run_commands()
            self._answer()
        if ping:
            self.ping_now()

    def ping_now(self) -> None:
        """Send a ping. The answer of a service that is silent or slow does not arrive."""
        if not self._silent and self._room.is_set() and self._end is None:
            self.last_pong_at = asyncio.get_running_loop().time()

    async def receive(self) -> Message:
        """Wait for one message. Messages that arrived before a close are returned first.

        Raises:
            TransportClosed: The websocket is closed.
        """
        while not self._inbox:
            self._raise_if_closed()
            self._news.clear()
            await self._news.wait()
        return self._inbox.popleft()

    async def ping(self) -> None:
        """Send a ping and wait for its answer. A service that is silent or slow does not answer.

        Raises:
            TransportClosed: The websocket is closed.
        """
        if self._silent or not self._room.is_set():
            await self.closed.wait()
        self._raise_if_closed()

    async def close(self) -> None:
        """Close with code 1000. Closing twice is allowed."""
        if self._end is None:
            self.closed_by_client = True
            self.end(code=CloseCode.NORMAL_CLOSURE)

    def begin(self) -> None:
        """Let the service send its first messages."""
        self._server.open(now=0)
        self._answer()

    def go_silent(self) -> None:
        """From now on, nothing from the service arrives, not even a close."""
        self._silent = True

    def hold(self) -> None:
        """From now on, the service accepts no messages; a sender waits."""
        self._room.clear()

    def release(self) -> None:
        """Let the service accept messages again."""
        self._room.set()

    def put(self, message: Message) -> None:
        """Let a message arrive at the client."""
        self._inbox.append(message)
        self._news.set()

    def end(self, *, code: int | None, reason: str = "") -> None:
        """Close the websocket. ``code`` is None if the connection broke."""
        if self._end is None:
            self._end = code, reason
            self.closed.set()
            self._news.set()
            self._room.set()

    def _answer(self) -> None:
        messages = self._server.messages_to_send()
        if self._silent:
            return
        for message in messages:
            self.put(message)
        if close := self._server.close:
            self.end(code=close.code, reason=close.reason)

    def _raise_if_closed(self) -> None:
        if self._end is not None:
            code, reason = self._end
            raise TransportClosed(code=code, reason=reason)
