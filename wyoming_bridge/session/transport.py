"""The websocket transport. It translates the exceptions of the websockets library.

Hard rules:

- All sessions share one TLS context, because a new one takes 20 ms of CPU on a desktop.
- There is no permessage-deflate, because it takes memory and CPU and does not compress speech.
- No redirect is followed, because the library would send our token headers to another host.
- The library's log is never at debug level, because it would contain the token.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidProxyMessage,
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
)
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Event, State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from ..errors import ConnectError, ErrorText, ProtocolViolationError, RemoteError
from ..providers.contract import OPEN_TIMEOUT_S, ConnectRequest, HttpAnswer, HttpRequest, Message
from ..providers.refusals import refused_upgrade
from .dial import HAPPY_EYEBALLS_S, dial
from .failures import not_a_proxy, proxy_refused, unreachable
from .proxies import Proxy, proxy_for

__all__ = [
    "CLOSE_TIMEOUT_S",
    "Connector",
    "Transport",
    "TransportClosed",
    "WebsocketConnector",
    "ignore_accepted",
    "shared_tls_context",
]

CLOSE_TIMEOUT_S: Final = 0.4
"""Longest wait for the answer to our close frame. A bridge that stops has 1 s for everything."""

_SEND_BUFFER_BYTES: Final = 64 * 1024
"""The size of the kernel's send buffer: 64 KiB, two seconds of audio. By default, the kernel
buffers minutes of audio from a fast source, so that the bridge would not notice a slow service."""

_MAX_MESSAGE_BYTES: Final = 1 << 20
"""The default limit of a message's size. The final text of an hour of speech with word times is
smaller."""

_PING: Final = b"bridge"
"""The payload of the pings that are sent without waiting. A service may also send pongs that answer
no ping."""

_CUT_OFF: Final = (EOFError, ConnectionError)

_log = logging.getLogger(f"{__name__}.websockets")
_log.setLevel(logging.INFO)


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


@cache
def shared_tls_context() -> ssl.SSLContext:
    """Return the TLS context for all connectors that were created without a context."""
    return ssl.create_default_context()


class WebsocketConnector:
    """Opens websockets with the websockets library, and sends HTTP requests with h11."""

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext | None = None,
        open_timeout_s: float = OPEN_TIMEOUT_S,
        max_message_bytes: int = _MAX_MESSAGE_BYTES,
    ) -> None:
        self._ssl_context = ssl_context
        self._open_timeout_s = open_timeout_s
        self._max_message_bytes = max_message_bytes

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        """Send an HTTP request and return the answer, whatever its status.

        Raises:
            RemoteError: No valid answer was received; the message says why.
        """
        from .http import send_request  # few services need it, and the import is slow

        return await send_request(
            request,
            provider=provider,
            ssl_context=self._tls(request.url),
            timeout_s=self._open_timeout_s,
        )

    async def open(
        self,
        request: ConnectRequest,
        *,
        provider: str,
        on_accepted: Callable[[], None] = ignore_accepted,
    ) -> Transport:
        """Open a websocket. Call ``on_accepted`` when the host has accepted the connection.

        Raises:
            RemoteError: The websocket cannot be opened; the message says why.
        """
        proxy = proxy_for(request.url, provider=provider)
        try:
            async with asyncio.timeout(self._open_timeout_s):
                uri = parse_uri(request.url)
                dialled: socket.socket | None = None
                if proxy is None:
                    dialled = await dial(uri.host, uri.port)
                    on_accepted()
                connection = await _Connect(
                    request.url,
                    additional_headers=request.headers,
                    subprotocols=[Subprotocol(each) for each in request.subprotocols] or None,
                    sock=dialled,
                    ssl=self._tls(request.url),
                    proxy=proxy.url if proxy else None,
                    happy_eyeballs_delay=HAPPY_EYEBALLS_S,  # for proxies with several addresses
                    compression=None,
                    open_timeout=None,
                    close_timeout=CLOSE_TIMEOUT_S,
                    ping_interval=None,  # the session sends pings itself
                    max_size=self._max_message_bytes,
                    logger=_log,
                    create_connection=partial(  # type: ignore[arg-type] # any callable will do
                        _Connection, on_made=on_accepted if proxy else ignore_accepted
                    ),
                )
        except (OSError, EOFError, UnicodeError, InvalidHandshake, InvalidURI) as err:
            raise self._translated(err, request, provider, proxy) from err
        assert isinstance(connection, _Connection)  # noqa: S101 - for the type checker
        sock: socket.socket = connection.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        return _WebsocketTransport(connection)

    def _tls(self, url: str) -> ssl.SSLContext | None:
        if not url.startswith(("wss:", "https:")):
            return None
        return self._ssl_context or shared_tls_context()

    def _translated(
        self, err: Exception, request: ConnectRequest, provider: str, proxy: Proxy | None
    ) -> RemoteError:
        """Return the error for an exception of the library. No error text contains the token."""
        place = urlsplit(request.shown_url).netloc
        kind: type[RemoteError] = ConnectError
        match err:
            case InvalidStatus():
                return refused_upgrade(_answer(err), provider=provider, now=datetime.now(UTC))
            case InvalidProxyStatus() if proxy:
                status = err.response.status_code
                return proxy_refused(status, proxy=proxy, place=place, provider=provider)
            case InvalidProxyMessage() if proxy:
                return not_a_proxy(proxy, provider=provider)
            case EOFError() | InvalidMessage() if isinstance(err.__cause__ or err, _CUT_OFF):
                text = ErrorText.CLOSED_WITHOUT_ANSWER
            case InvalidHandshake() | EOFError():
                kind, text = ProtocolViolationError, ErrorText.NOT_WEBSOCKET
            case OSError():
                limit_s = self._open_timeout_s
                return unreachable(
                    err, place=place, limit_s=limit_s, provider=provider, proxy=proxy
                )
            case _:  # the messages of these exceptions quote the whole URL
                text = ErrorText.INVALID_HOST
        return kind(text, provider=provider, place=place)


class _Connection(ClientConnection):
    """The library's connection, which also notes pongs, and ignores a TLS handshake that fails.

    If a TLS handshake fails behind a proxy, asyncio calls ``connection_lost`` without
    ``connection_made``, and the library would log a traceback.
    """

    last_pong_at: float | None = None

    def __init__(
        self,
        protocol: ClientProtocol,
        *,
        on_made: Callable[[], None],
        **options: Any,  # the library's own, which differ between its versions
    ) -> None:
        """Create a connection that calls ``on_made`` before it requests the upgrade."""
        super().__init__(protocol, **options)
        self._on_made = on_made
        self._is_made = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._is_made = True
        self._on_made()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._is_made:
            super().connection_lost(exc)

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame) and event.opcode is Opcode.PONG and event.data == _PING:
            self.last_pong_at = self.loop.time()
        super().process_event(event)


class _Connect(connect):
    """The library's connect, without redirects."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class _WebsocketTransport:
    """A websocket of the websockets library."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def send(self, message: Message) -> None:
        try:
            await self._connection.send(message)
        except ConnectionClosed as err:
            raise _closed(err) from err

    @property
    def has_room(self) -> bool:
        connection = self._connection
        return connection.state is State.OPEN and not connection.transport.get_write_buffer_size()

    def send_now(self, *messages: Message, ping: bool = False) -> None:
        protocol = self._connection.protocol
        for message in messages:
            if isinstance(message, str):
                protocol.send_text(message.encode())
            else:
                protocol.send_binary(message)
        if ping:
            protocol.send_ping(_PING)
        self._write()

    def ping_now(self) -> None:
        if self._connection.state is State.OPEN:
            self._connection.protocol.send_ping(_PING)
            self._write()

    def _write(self) -> None:
        # Not ``writelines``, which takes more CPU time than to join a few frames.
        self._connection.transport.write(b"".join(self._connection.protocol.data_to_send()))

    @property
    def last_pong_at(self) -> float | None:
        return self._connection.last_pong_at

    async def receive(self) -> Message:
        try:
            return await self._connection.recv()
        except ConnectionClosed as err:
            raise _closed(err) from err

    async def ping(self) -> None:
        try:
            await (await self._connection.ping())
        except ConnectionClosed as err:
            raise _closed(err) from err

    async def close(self) -> None:
        # The library limits the wait for the answer, but not the wait for room in the send buffer.
        # If ``close`` is cancelled during that wait, the library leaves the socket open.
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._connection.close()
        finally:
            self._connection.transport.abort()
            await self._connection.wait_closed()


def _closed(err: ConnectionClosed) -> TransportClosed:
    if err.rcvd is None:
        is_too_big = err.sent is not None and err.sent.code == CloseCode.MESSAGE_TOO_BIG
        return TransportClosed(code=None, reason="a message was too big" if is_too_big else "")
    return TransportClosed(code=err.rcvd.code, reason=err.rcvd.reason)


def _answer(err: InvalidStatus) -> HttpAnswer:
    response = err.response
    return HttpAnswer(
        status=response.status_code,
        headers=dict(response.headers.raw_items()),
        body=bytes(response.body or b"").decode("utf-8", "replace"),
    )
