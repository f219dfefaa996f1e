"""Opens websockets with the websockets library, and translates the exceptions of the library.

Hard rules:

- All sessions share one TLS context, because a new one takes 20 ms of CPU on a desktop.
- There is no permessage-deflate, because it takes memory and CPU and does not compress speech.
- No redirect is followed, because that would send our token headers to another host.
- The library's log is never at debug level, because it would contain the token.
- The library's ``connect`` is not used. It would connect to a proxy with asyncio, which leaks a
  connection that succeeds at the moment in which the attempt is cancelled, and follow redirects.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from ..errors import ConnectError, ErrorText, ProtocolViolationError, RemoteError
from ..providers.contract import OPEN_TIMEOUT_S, ConnectRequest, HttpAnswer, HttpRequest
from ..providers.refusals import refused_upgrade
from .connecting import connect
from .failures import unreachable
from .proxies import Proxy, proxy_for, through
from .transport import Transport, ignore_accepted
from .websocket_connection import WebsocketConnection
from .websocket_transport import CLOSE_TIMEOUT_S, WebsocketTransport

__all__ = ["WebsocketConnector", "shared_tls_context"]

_MAX_MESSAGE_BYTES: Final = 1 << 20
"""The default limit of a message's size. The final text of an hour of speech with word times is
smaller."""

_CUT_OFF: Final = (EOFError, ConnectionError)

_log = logging.getLogger(f"{__name__}.websockets")
_log.setLevel(logging.INFO)


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
                connection = self._new_connection(uri, request)
                await self._connect(
                    connection,
                    uri,
                    request,
                    provider=provider,
                    proxy=proxy,
                    on_accepted=on_accepted,
                )
                try:
                    await connection.handshake(request.headers)
                except BaseException:
                    connection.transport.abort()
                    raise
        except (OSError, EOFError, UnicodeError, InvalidHandshake, InvalidURI) as err:
            raise self._translated(err, request, provider, proxy) from err
        return WebsocketTransport(connection)

    def _new_connection(self, uri: WebSocketURI, request: ConnectRequest) -> WebsocketConnection:
        """Return a connection that is not connected to its host yet."""
        subprotocols = [Subprotocol(each) for each in request.subprotocols]
        return WebsocketConnection(
            ClientProtocol(
                uri,
                subprotocols=subprotocols or None,
                max_size=self._max_message_bytes,
                logger=_log,
            ),
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=None,  # the session sends pings itself
            max_queue=1,  # by default 16 messages wait, however large they are
        )

    async def _connect(
        self,
        connection: WebsocketConnection,
        uri: WebSocketURI,
        request: ConnectRequest,
        *,
        provider: str,
        proxy: Proxy | None,
        on_accepted: Callable[[], None],
    ) -> None:
        """Connect to the host, directly or through a proxy."""
        context = self._tls(request.url)
        if proxy is None:
            await connect(
                connection, uri.host, uri.port, ssl_context=context, on_accepted=on_accepted
            )
            return
        from .tunnel import open_tunnel  # few networks need it, and the import of h11 is slow

        await open_tunnel(
            connection,
            uri.host,
            uri.port,
            proxy=proxy,
            ssl_context=context,
            place=urlsplit(request.shown_url).netloc,
            provider=provider,
        )
        on_accepted()

    def unreachable(
        self, err: OSError, *, place: str, provider: str, proxy: Proxy | None = None
    ) -> RemoteError:
        """Return the error for a host that cannot be reached. Its text never contains a token."""
        return unreachable(
            err, place=place, limit_s=self._open_timeout_s, provider=provider, proxy=proxy
        )

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
            case EOFError() | InvalidMessage() if isinstance(err.__cause__ or err, _CUT_OFF):
                text = ErrorText.CLOSED_WITHOUT_ANSWER
            case InvalidHandshake() | EOFError():
                kind, text = ProtocolViolationError, ErrorText.NOT_WEBSOCKET
            case OSError():
                return self.unreachable(err, place=place, provider=provider, proxy=proxy)
            case _:  # the messages of these exceptions quote the whole URL
                text = ErrorText.INVALID_HOST
        return kind(text, provider=provider, place=through(proxy, place))


def _answer(err: InvalidStatus) -> HttpAnswer:
    response = err.response
    return HttpAnswer.received(
        status=response.status_code,
        headers=response.headers.raw_items(),
        body=bytes(response.body or b""),
    )
