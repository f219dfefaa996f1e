"""A connector that passes each message of its websockets to a function, for observers."""

from collections.abc import Callable
from enum import StrEnum

from ..providers.contract import ConnectRequest, HttpAnswer, HttpRequest, Message
from .transport import Connector, Transport, ignore_accepted

__all__ = ["Direction", "OnMessage", "WatchedConnector"]


class Direction(StrEnum):
    """The direction of a message."""

    SENT = "sent"
    """From the bridge to the service."""
    RECEIVED = "received"
    """From the service to the bridge."""


OnMessage = Callable[[Direction, Message], None]
"""A function that gets each message, in order. It must not raise."""


class WatchedConnector:
    """Opens websockets with ``connector``, and passes each of their messages to ``on_message``.

    HTTP requests and their answers are not passed to ``on_message``.
    """

    def __init__(self, connector: Connector, on_message: OnMessage) -> None:
        self._connector = connector
        self._on_message = on_message

    async def open(
        self,
        request: ConnectRequest,
        *,
        provider: str,
        on_accepted: Callable[[], None] = ignore_accepted,
    ) -> Transport:
        """Open a websocket.

        Raises:
            BridgeError: The websocket cannot be opened; the message says why.
        """
        transport = await self._connector.open(request, provider=provider, on_accepted=on_accepted)
        return _WatchedTransport(transport, self._on_message)

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        """Send an HTTP request and return the answer, whatever its status.

        Raises:
            BridgeError: No valid answer was received; the message says why.
        """
        return await self._connector.ask(request, provider=provider)


class _WatchedTransport:
    """A websocket whose messages are passed to ``on_message``.

    A message to the service is passed to the function before it is sent.
    """

    def __init__(self, transport: Transport, on_message: OnMessage) -> None:
        self._transport = transport
        self._on_message = on_message

    async def send(self, message: Message) -> None:
        self._on_message(Direction.SENT, message)
        await self._transport.send(message)

    @property
    def has_room(self) -> bool:
        return self._transport.has_room

    def send_now(self, *messages: Message, ping: bool = False) -> None:
        for message in messages:
            self._on_message(Direction.SENT, message)
        self._transport.send_now(*messages, ping=ping)

    def ping_now(self) -> None:
        self._transport.ping_now()

    @property
    def last_pong_at(self) -> float | None:
        return self._transport.last_pong_at

    @property
    def last_working_at(self) -> float | None:
        return self._transport.last_working_at

    async def receive(self) -> Message:
        message = await self._transport.receive()
        self._on_message(Direction.RECEIVED, message)
        return message

    async def ping(self) -> None:
        await self._transport.ping()

    async def close(self) -> None:
        await self._transport.close()
