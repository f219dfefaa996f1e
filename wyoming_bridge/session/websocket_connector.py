"""Opens websockets with the websockets library, and translates the exceptions of the library.

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
from datetime import UTC, datetime
from functools import cache, partial
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import (
    InvalidHandshake,
    InvalidMessage,
    InvalidProxyMessage,
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
)
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from ..dial import HAPPY_EYEBALLS_S, dial
from ..errors import ConnectError, ErrorText, ProtocolViolationError, RemoteError
from ..providers.contract import OPEN_TIMEOUT_S, ConnectRequest, HttpAnswer, HttpRequest
from ..providers.refusals import refused_upgrade
from .failures import not_a_proxy, proxy_refused, unreachable
from .proxies import Proxy, proxy_for
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
                    max_queue=1,  # by default 16 messages wait, however large they are
                    logger=_log,
                    create_connection=partial(  # type: ignore[arg-type] # any callable will do
                        WebsocketConnection, on_made=on_accepted if proxy else ignore_accepted
                    ),
                )
        except (OSError, EOFError, UnicodeError, InvalidHandshake, InvalidURI) as err:
            raise self._translated(err, request, provider, proxy) from err
        assert isinstance(connection, WebsocketConnection)  # noqa: S101 - for the type checker
        return WebsocketTransport(connection)

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
                return self.unreachable(err, place=place, provider=provider, proxy=proxy)
            case _:  # the messages of these exceptions quote the whole URL
                text = ErrorText.INVALID_HOST
        return kind(text, provider=provider, place=place)


class _Connect(connect):
    """The library's connect, without redirects."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def _answer(err: InvalidStatus) -> HttpAnswer:
    response = err.response
    return HttpAnswer.received(
        status=response.status_code,
        headers=response.headers.raw_items(),
        body=bytes(response.body or b""),
    )
