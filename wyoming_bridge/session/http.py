"""Sends one HTTP request to a service, directly or through a proxy.

Hard rule: no redirect is followed, because it would send our token headers to another host.
"""

import asyncio
import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

import h11

from ..errors import ConnectError, ErrorText, ProtocolViolationError
from ..providers.contract import HttpAnswer, HttpRequest
from .failures import proxy_refused, unreachable
from .http_connection import HttpConnection, ResponseReader
from .proxies import Proxy, proxy_for, through
from .tunnel import open_tunnel

__all__ = ["send_request"]


async def send_request(
    request: HttpRequest, *, provider: str, ssl_context: ssl.SSLContext | None, timeout_s: float
) -> HttpAnswer:
    """Send a request and return the answer, whatever its status.

    ``ssl_context`` is None for a server whose address does not begin with ``https``.

    Raises:
        RemoteError: No valid answer was received; the message says why.
    """
    place = urlsplit(request.shown_url).netloc
    proxy = proxy_for(request.url, provider=provider)
    try:
        async with asyncio.timeout(timeout_s):
            response, body = await _exchange(
                request, provider=provider, ssl_context=ssl_context, proxy=proxy
            )
    except OSError as err:
        raise unreachable(
            err, place=place, limit_s=timeout_s, provider=provider, proxy=proxy
        ) from err
    except h11.RemoteProtocolError as err:
        raise ProtocolViolationError(
            ErrorText.NOT_HTTP, provider=provider, place=through(proxy, place)
        ) from err
    except (h11.LocalProtocolError, UnicodeError):  # the exception's text quotes the token
        raise ConnectError(ErrorText.INVALID_ADDRESS, provider=provider, place=place) from None
    return HttpAnswer.received(
        status=response.status_code,
        headers=(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers
        ),
        body=body,
    )


async def _exchange(
    request: HttpRequest,
    *,
    provider: str,
    ssl_context: ssl.SSLContext | None,
    proxy: Proxy | None,
) -> tuple[h11.Response, bytes]:
    """Connect, send the request and read the answer.

    Raises:
        ProxyError: The proxy refuses to connect to the service, or it is not an HTTP proxy.
    """
    place = urlsplit(request.shown_url).netloc
    parts = urlsplit(request.url)
    host, port = parts.hostname or "", parts.port or (443 if ssl_context else 80)
    target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    headers = {"Host": parts.netloc.rpartition("@")[2], "Accept": "*/*", "Connection": "close"}
    body = request.body.encode()
    if body or request.method == "POST":
        headers["Content-Length"] = str(len(body))
    headers |= request.headers
    if proxy is None:
        connection = await HttpConnection.to_host(host, port, ssl_context=ssl_context)
    elif ssl_context:
        reader = ResponseReader()
        transport = await open_tunnel(
            asyncio.StreamReaderProtocol(reader),
            host,
            port,
            proxy=proxy,
            ssl_context=ssl_context,
            place=place,
            provider=provider,
        )
        connection = HttpConnection(reader=reader, transport=transport)
    else:
        connection = await HttpConnection.to_proxy(proxy)
        # Without TLS, the request line for a proxy has the whole URL: RFC 9112, section 3.2.2.
        target = parts._replace(fragment="").geturl()
        headers |= proxy.headers
    try:
        response, answer = await connection.ask(request.method, target, headers, body)
    finally:
        connection.transport.abort()
    wants_password = response.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
    if proxy and not ssl_context and wants_password:
        raise proxy_refused(response.status_code, proxy=proxy, place=place, provider=provider)
    return response, answer
