"""A service in memory, to which clients connect without sockets.

Faults are methods of the ``FakeConnector``: they apply to the open sessions, and lasting faults
also apply to later sessions.
"""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from ..errors import BridgeError
from ..providers.contract import ConnectRequest, HttpAnswer, HttpRequest
from ..providers.emulator import UpgradeHandler
from ..providers.refusals import refused_upgrade
from ..providers.server_request import ServerRequest
from ..session import ignore_accepted
from .transport import FakeTransport

__all__ = ["FakeConnector", "server_request"]


class FakeConnector:
    """A service in memory that any number of clients can connect to."""

    def __init__(
        self,
        accept: UpgradeHandler,
        *,
        answer: Callable[[HttpRequest], HttpAnswer] = lambda _: HttpAnswer(status=404),
    ) -> None:
        self.requests: list[ConnectRequest] = []
        """The clients' requests to connect, in order."""
        self.asks: list[HttpRequest] = []
        """The clients' HTTP requests, in order."""
        self.transports: list[FakeTransport] = []
        """The sessions that were opened, the oldest first."""
        self.asked = asyncio.Event()
        """Set when a client requests a connection."""
        self._accept = accept
        self._answer = answer
        self._may_connect = asyncio.Event()
        self._may_connect.set()
        self._error: BridgeError | None = None
        self._silent = False
        self._slow = False

    async def open(
        self,
        request: ConnectRequest,
        *,
        provider: str,
        on_accepted: Callable[[], None] = ignore_accepted,
    ) -> FakeTransport:
        """Open a websocket.

        Raises:
            BridgeError: The error that was passed to ``refuse``, or the server refused.
        """
        self.requests.append(request)
        self.asked.set()
        await self._may_connect.wait()
        on_accepted()
        if self._error:
            raise self._error
        answer = self._accept(server_request(request), 0)
        if isinstance(answer, HttpAnswer):
            raise refused_upgrade(answer, provider=provider)
        transport = FakeTransport(answer)
        self.transports.append(transport)
        if self._silent:
            transport.go_silent()
        if self._slow:
            transport.hold()
        transport.begin()
        return transport

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:  # noqa: ARG002 - the answer does not depend on it
        """Answer an HTTP request."""
        self.asks.append(request)
        return self._answer(request)

    def refuse(self, error: BridgeError) -> None:
        """From now on, connecting raises this error."""
        self._error = error

    def accept(self) -> None:
        """From now on, clients can connect again."""
        self._error = None

    def hold_connects(self) -> None:
        """From now on, a client that connects waits until ``release``."""
        self._may_connect.clear()

    def drop(self) -> None:
        """Break the open websockets without a close frame."""
        for transport in self.transports:
            transport.end(code=None)

    def close(self, *, code: int, reason: str = "") -> None:
        """Close the open websockets."""
        for transport in self.transports:
            transport.end(code=code, reason=reason)

    def send_rubbish(self) -> None:
        """Send a message that is invalid in every protocol."""
        for transport in self.transports:
            transport.put("<html>Bad Gateway</html>")

    def go_silent(self) -> None:
        """From now on, accept messages and do not send any."""
        self._silent = True
        for transport in self.transports:
            transport.go_silent()

    def hold(self) -> None:
        """From now on, accept no messages; a sender waits until ``release``."""
        self._slow = True
        for transport in self.transports:
            transport.hold()

    def release(self) -> None:
        """Let waiting clients connect and send."""
        self._slow = False
        self._may_connect.set()
        for transport in self.transports:
            transport.release()


def server_request(request: ConnectRequest) -> ServerRequest:
    """Return a request as a server would read it from the wire."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if request.subprotocols:
        headers["sec-websocket-protocol"] = ", ".join(request.subprotocols)
    query = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
    return ServerRequest(query=query, headers=headers)
