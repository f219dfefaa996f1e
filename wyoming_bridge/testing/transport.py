"""A websocket in memory: a client joined to the service's end of its protocol.

The service answers while a message is being sent, so that what a test sees does not depend on
time. What is to go wrong is said to the ``FakeConnector``: once for the sessions that are open,
and where the fault lasts for those that come later.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from ..errors import BridgeError
from ..providers.base import refused_upgrade
from ..providers.contract import CloseCode, ConnectRequest, HttpAnswer, HttpRequest, Message
from ..providers.serving import ServerProtocol, ServerRequest
from ..session import TransportClosed
from .engine import Ear

__all__ = ["Accept", "FakeConnector", "FakeTransport", "server_request"]

Accept = Callable[[ServerRequest, float], ServerProtocol | HttpAnswer]
"""Answers an upgrade, as a service emulator of the local server does; the time is always 0 here."""


class FakeTransport:
    """One open websocket; the service at its other end is part of it."""

    def __init__(self, server: ServerProtocol) -> None:
        self.sent: list[Message] = []
        """What the service has taken, in order."""
        self.held = asyncio.Event()
        """Set when a message waits because the service is slow."""
        self.closed = asyncio.Event()
        """Set when the websocket is closed, whoever did it."""
        self.closed_by_client = False
        self._server = server
        self._ear = Ear(server)
        self._inbox: deque[Message] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._silent = False
        self._end: tuple[int | None, str] | None = None

    async def send(self, message: Message) -> None:
        """Send one message; waits while the service is slow.

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
        """Whether the service takes messages."""
        return self._room.is_set() and self._end is None

    def send_now(self, message: Message) -> None:
        """Send one message; only where there is room."""
        self.sent.append(message)
        self._server.receive_message(message, now=0)
        self._ear.obey()
        self._answer()

    async def receive(self) -> Message:
        """Wait for one message; those that came before a close are given before it is raised.

        Raises:
            TransportClosed: The websocket is closed.
        """
        while not self._inbox:
            self._raise_if_closed()
            self._news.clear()
            await self._news.wait()
        return self._inbox.popleft()

    async def close(self) -> None:
        """Close in good order. Closing twice is allowed."""
        if self._end is None:
            self.closed_by_client = True
            self.end(code=CloseCode.NORMAL_CLOSURE)

    def greet(self) -> None:
        """Let the service say what it says first."""
        self._server.open(now=0)
        self._answer()

    def go_silent(self) -> None:
        """From now on nothing that the service says arrives, not even a close."""
        self._silent = True

    def hold(self) -> None:
        """From now on the service takes no message; whoever sends waits."""
        self._room.clear()

    def release(self) -> None:
        """The service takes messages again."""
        self._room.set()

    def put(self, message: Message) -> None:
        """Let a message arrive at the client."""
        self._inbox.append(message)
        self._news.set()

    def end(self, *, code: int | None, reason: str = "") -> None:
        """Close the websocket; without a code it broke."""
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


class FakeConnector:
    """A service in memory that any number of clients can connect to."""

    def __init__(
        self,
        accept: Accept,
        *,
        answer: Callable[[HttpRequest], HttpAnswer] = lambda _: HttpAnswer(status=404),
    ) -> None:
        self.requests: list[ConnectRequest] = []
        """How the clients wanted to connect."""
        self.asks: list[HttpRequest] = []
        """What the clients asked over HTTP."""
        self.transports: list[FakeTransport] = []
        """The sessions that were opened, the oldest first."""
        self.asked = asyncio.Event()
        """Set when a client wants to connect."""
        self._accept = accept
        self._answer = answer
        self._door = asyncio.Event()
        self._door.set()
        self._error: BridgeError | None = None
        self._silent = False
        self._slow = False

    async def open(self, request: ConnectRequest, *, provider: str) -> FakeTransport:
        """Open one.

        Raises:
            BridgeError: The error given to ``refuse``, or what the server's refusal means.
        """
        self.requests.append(request)
        self.asked.set()
        await self._door.wait()
        if self._error:
            raise self._error
        answer = self._accept(server_request(request), 0)
        if isinstance(answer, HttpAnswer):
            detail = answer.headers.get("X-Error-Message", answer.body)
            raise refused_upgrade(provider=provider, status=answer.status, detail=detail)
        transport = FakeTransport(answer)
        self.transports.append(transport)
        if self._silent:
            transport.go_silent()
        if self._slow:
            transport.hold()
        transport.greet()
        return transport

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:  # noqa: ARG002 - answers for every provider
        """Answer a request."""
        self.asks.append(request)
        return self._answer(request)

    def refuse(self, error: BridgeError) -> None:
        """From now on no client can connect."""
        self._error = error

    def admit(self) -> None:
        """From now on clients can connect again."""
        self._error = None

    def hold_door(self) -> None:
        """From now on whoever connects waits, until ``release``."""
        self._door.clear()

    def drop(self) -> None:
        """Break the open websockets without a word."""
        for transport in self.transports:
            transport.end(code=None)

    def close(self, *, code: int, reason: str = "") -> None:
        """Close the open websockets."""
        for transport in self.transports:
            transport.end(code=code, reason=reason)

    def send_rubbish(self) -> None:
        """Send what no protocol knows how to read."""
        for transport in self.transports:
            transport.put("<html>Bad Gateway</html>")

    def go_silent(self) -> None:
        """From now on take messages and send none."""
        self._silent = True
        for transport in self.transports:
            transport.go_silent()

    def hold(self) -> None:
        """From now on take no message; whoever sends waits, until ``release``."""
        self._slow = True
        for transport in self.transports:
            transport.hold()

    def release(self) -> None:
        """Let those connect and send that wait."""
        self._slow = False
        self._door.set()
        for transport in self.transports:
            transport.release()


def server_request(request: ConnectRequest) -> ServerRequest:
    """The upgrade as a server would read it off the wire."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if request.subprotocols:
        headers["sec-websocket-protocol"] = ", ".join(request.subprotocols)
    query = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
    return ServerRequest(query=query, headers=headers)
