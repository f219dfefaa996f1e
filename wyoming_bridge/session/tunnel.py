"""Connects to a host through an HTTP proxy, for websockets and for encrypted HTTP requests."""

import asyncio
import ssl

import h11

from ..errors import ConnectError, ErrorText
from .connecting import hand_over
from .failures import not_a_proxy, proxy_refused
from .http_connection import HttpConnection
from .proxies import Proxy, bracketed

__all__ = ["open_tunnel"]


async def open_tunnel(
    protocol: asyncio.Protocol,
    host: str,
    port: int,
    *,
    proxy: Proxy,
    ssl_context: ssl.SSLContext | None,
    place: str,
    provider: str,
) -> asyncio.Transport:
    """Connect a protocol to a host through a proxy, with TLS to the host if there is a context.

    ``place`` names the host in errors.

    Raises:
        OSError: The proxy or the host cannot be reached, or a TLS handshake failed.
        ConnectError: The proxy refuses to connect to the host, or it is not an HTTP proxy.
    """
    connection = await HttpConnection.to_proxy(proxy)
    try:
        await _ask_for_host(connection, host, port, proxy=proxy, place=place, provider=provider)
        received, has_ended = await connection.leave()
    except BaseException:
        connection.transport.abort()
        raise
    return await hand_over(
        connection.transport,
        protocol,
        host=host,
        ssl_context=ssl_context,
        received=received,
        has_ended=has_ended,
    )


async def _ask_for_host(
    connection: HttpConnection, host: str, port: int, *, proxy: Proxy, place: str, provider: str
) -> None:
    target = f"{bracketed(host)}:{port}"
    try:
        response, _ = await connection.ask("CONNECT", target, {"Host": target} | proxy.headers)
    except h11.RemoteProtocolError as err:
        raise not_a_proxy(proxy, provider=provider) from err
    except (h11.LocalProtocolError, UnicodeError) as err:
        raise ConnectError(ErrorText.INVALID_HOST, provider=provider, place=place) from err
    if not 200 <= response.status_code < 300:  # noqa: PLR2004 - success
        raise proxy_refused(response.status_code, proxy=proxy, place=place, provider=provider)
