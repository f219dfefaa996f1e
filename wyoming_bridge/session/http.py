"""Sends one HTTP request. h11 reads and writes the protocol, and asyncio does the I/O.

Hard rules:

- No redirect is followed, because it would send our token headers to another host.
- Only the beginning of the body is read, up to a limit. The services answer with one line of JSON.
- The whole answer has a limit too, because a server can send interim responses, or the headers of
  tiny chunks, without end. Other tasks run after each piece of the answer.
"""

import asyncio
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import h11

from ..dial import dial
from ..errors import ConnectError, ErrorText, ProtocolViolationError
from ..providers.contract import HttpAnswer, HttpRequest
from ..rest import rest_s
from .failures import not_a_proxy, proxy_refused, unreachable
from .proxies import Proxy, proxy_for

__all__ = ["send_request"]

_MAX_ANSWER_BYTES: Final = 64 * 1024

_MAX_RECEIVED_BYTES: Final = 4 * _MAX_ANSWER_BYTES
"""The most bytes that are read of an answer, with interim responses, headers and the sizes of
chunks."""

_READ_BYTES: Final = 16 * 1024
"""The most bytes that are parsed in one turn of the event loop."""


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
        raise ProtocolViolationError(ErrorText.NOT_HTTP, provider=provider, place=place) from err
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
        async with _connected(host, port, ssl_context=ssl_context) as connection:
            return await connection.ask(request.method, target, headers, body)
    async with _connected(proxy.host, proxy.port, ssl_context=proxy.encrypted) as connection:
        permit = _authorization(proxy)
        if ssl_context:
            tunnel = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            try:
                response, _ = await connection.ask("CONNECT", tunnel, {"Host": tunnel, **permit})
            except h11.RemoteProtocolError as err:
                raise not_a_proxy(proxy, provider=provider) from err
            if not 200 <= response.status_code < 300:  # noqa: PLR2004 - success
                raise proxy_refused(
                    response.status_code, proxy=proxy, place=place, provider=provider
                )
            await connection.start_tls(ssl_context, host=host)
            return await connection.ask(request.method, target, headers, body)
        # Without TLS, the request line for a proxy has the whole URL: RFC 9112, section 3.2.2.
        whole = parts._replace(fragment="").geturl()
        response, answer = await connection.ask(request.method, whole, headers | permit, body)
        if response.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise proxy_refused(response.status_code, proxy=proxy, place=place, provider=provider)
        return response, answer


@asynccontextmanager
async def _connected(
    host: str, port: int, *, ssl_context: ssl.SSLContext | bool | None
) -> "AsyncIterator[_Connection]":
    """Connect to a host, with TLS if ``ssl_context`` is a context or True (the default context)."""
    reader, writer = await asyncio.open_connection(
        sock=await dial(host, port),
        ssl=ssl_context or None,
        server_hostname=host if ssl_context else None,
    )
    try:
        yield _Connection(reader=reader, writer=writer)
    finally:
        writer.transport.abort()


class _Connection:
    """One TCP connection for several requests, one after the other."""

    def __init__(self, *, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def start_tls(self, ssl_context: ssl.SSLContext, *, host: str) -> None:
        """Run the TLS handshake with the host to which the proxy has connected."""
        await self._writer.start_tls(ssl_context, server_hostname=host)

    async def ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[h11.Response, bytes]:
        """Send a request, and return the answer with the beginning of its body.

        Raises:
            OSError: The connection is lost, or was closed without an answer.
            h11.RemoteProtocolError: The answer is not HTTP, or it is not complete.
        """
        machine = h11.Connection(h11.CLIENT)
        request = h11.Request(method=method, target=target, headers=list(headers.items()))
        parts = (request, h11.Data(data=body), h11.EndOfMessage())
        self._writer.writelines(data for part in parts if (data := machine.send(part)))
        await self._writer.drain()
        response: h11.Response | None = None
        answer, received, parsing_s = b"", 0, 0.0
        while len(answer) < _MAX_ANSWER_BYTES:
            began = time.thread_time()
            event = machine.next_event()
            parsing_s += time.thread_time() - began
            if event is h11.NEED_DATA:
                if received >= _MAX_RECEIVED_BYTES:
                    break
                await asyncio.sleep(rest_s(parsing_s))
                data = await self._reader.read(_READ_BYTES)
                if not data and not received:
                    raise ConnectionResetError
                received += len(data)
                parsing_s = 0.0
                machine.receive_data(data)
            elif isinstance(event, h11.Response):
                response = event
                if method == "CONNECT":
                    break
            elif isinstance(event, h11.Data):
                answer += event.data
            elif not isinstance(event, h11.InformationalResponse):
                break
        if response is None:
            raise h11.RemoteProtocolError("the answer is too large, or was cut off")
        return response, answer[:_MAX_ANSWER_BYTES]


def _authorization(proxy: Proxy) -> dict[str, str]:
    if not proxy.credentials:
        return {}
    known = b64encode(":".join(proxy.credentials).encode()).decode()
    return {"Proxy-Authorization": f"Basic {known}"}
