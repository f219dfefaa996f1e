"""The contract of a websocket and of the connector that opens it. Both know no library."""

from collections.abc import Callable
from typing import Protocol

from ..providers.contract import ConnectRequest, HttpAnswer, HttpRequest, Message

__all__ = ["Connector", "Transport", "TransportClosed", "ignore_accepted"]


class TransportClosed(Exception):  # noqa: N818 - an ordinary end, not an error
    """The websocket is closed. ``code`` is None if the connection broke without a close frame."""

    def __init__(self, *, code: int | None, reason: str) -> None:
        super().__init__(f"closed: {code} {reason}")
        self.code = code
        self.reason = reason


class Transport(Protocol):
    """An open websocket."""

    async def send(self, message: Message) -> None:
        """Send one message; wait while the service is slow.

        Raises:
            TransportClosed: The websocket is closed.
        """

    @property
    def has_room(self) -> bool:
        """Whether a message can be sent at once: the websocket is open and its buffer is empty."""

    def send_now(self, *messages: Message, ping: bool = False) -> None:
        """Send messages without waiting, followed by a ping if ``ping`` is True.

        Call it only if ``has_room`` is True.
        """

    def ping_now(self) -> None:
        """Send a ping without waiting, unless the websocket is closed."""

    @property
    def last_pong_at(self) -> float | None:
        """When a ping was last answered, by the event loop's clock; None if none was.

        Only pings that were sent without waiting count.
        """

    @property
    def last_working_at(self) -> float | None:
        """When the service last said that it is working on an answer; None if it never did.

        The time is that of the event loop's clock. Only our local server says so.
        """

    async def receive(self) -> Message:
        """Wait for one message. Cancelling does not lose a message.

        Raises:
            TransportClosed: The websocket is closed.
        """

    async def ping(self) -> None:
        """Send a ping and wait for its answer, without a time limit.

        Raises:
            TransportClosed: The websocket is closed.
        """

    async def close(self) -> None:
        """Close with a closing handshake, within a time limit. A second call has no effect."""


def ignore_accepted() -> None:
    """Do nothing. This is the default of ``on_accepted``."""


class Connector(Protocol):
    """Opens websockets, and sends the HTTP requests that some services need before that."""

    async def open(
        self,
        request: ConnectRequest,
        *,
        provider: str,
        on_accepted: Callable[[], None] = ignore_accepted,
    ) -> Transport:
        """Open a websocket.

        ``on_accepted`` is called when the service's host has accepted the connection, before the
        service answers the upgrade. Behind a proxy, the host has accepted it when the proxy says
        so, and if the connection is encrypted, when the TLS handshake with the host is complete:
        some proxies accept connections to hosts that cannot be reached.

        Raises:
            BridgeError: The websocket cannot be opened; the message says why.
        """

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        """Send an HTTP request and return the answer, whatever its status.

        Raises:
            BridgeError: No valid answer was received; the message says why.
        """
