"""Tests the network route to a service step by step: name, port and certificate."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from ..dial import dial_first
from ..errors import ConnectError, ConnectTimeoutError, ErrorText, LifecycleError
from ..session import shared_tls_context
from ..session.failures import unreachable, unresolved
from ..session.proxies import Proxy, proxy_for

__all__ = ["Resolve", "Route", "resolve"]

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""A function that returns at least one address of a host and port, or raises ``OSError``."""

_PLAIN_PORT: Final = 80
_TLS_PORT: Final = 443


async def resolve(host: str, port: int) -> Sequence[str]:
    """Resolve a host with the operating system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


class Route:
    """The network route to one service.

    Call ``find``, ``connect`` and ``secure`` in this order, then ``close``. Each of the first three
    has a time limit, and raises ``ConnectError`` if it fails.
    """

    def __init__(
        self,
        url: str,
        *,
        provider: str,
        limit_s: float,
        resolve: Resolve,
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        parts = urlsplit(url)
        self.encrypted = parts.scheme == "wss"
        self._url = url
        self._host = parts.hostname or ""
        self._port = parts.port or (_TLS_PORT if self.encrypted else _PLAIN_PORT)
        self._provider = provider
        self._limit_s = limit_s
        self._resolve = resolve
        self._ssl_context = ssl_context
        self._addresses: Sequence[str] = ()
        self._transport: asyncio.Transport | None = None

    @property
    def proxy(self) -> Proxy | None:
        """The proxy that connects to the service, if one is set.

        Raises:
            ProxySettingError: The proxy that is set cannot be used.
        """
        return proxy_for(self._url, provider=self._provider)

    async def find(self) -> str:
        """Resolve the host's name, and return a text with its addresses."""
        try:
            async with asyncio.timeout(self._limit_s):
                self._addresses = await self._resolve(self._host, self._port)
        except TimeoutError as err:
            raise ConnectTimeoutError(
                ErrorText.NAME_LATE,
                provider=self._provider,
                host=self._host,
                seconds=f"{self._limit_s:g}",
            ) from err
        except OSError as err:
            raise unresolved(err, host=self._host, provider=self._provider) from err
        except UnicodeError as err:
            raise ConnectError(
                ErrorText.INVALID_HOST, provider=self._provider, place=self._host
            ) from err
        return f"{self._host} resolves to {', '.join(self._addresses)}"

    async def connect(self) -> str:
        """Connect to the first address that answers, and return a text that names it.

        If an address does not answer within 0.25 s, the next one is tried too, at the same time. A
        session connects in the same way.
        """
        loop = asyncio.get_running_loop()
        async with self._bounded():
            infos = [
                info
                for address in self._addresses
                for info in await loop.getaddrinfo(address, self._port, type=socket.SOCK_STREAM)
            ]
            sock = await dial_first(infos)
            address = sock.getpeername()[0]
            self._transport, _ = await loop.create_connection(asyncio.Protocol, sock=sock)
        return f"port {self._port} of {address} answers"

    async def secure(self) -> str:
        """Run the TLS handshake, which checks the certificate, and return a text for the user."""
        if self._transport is None:
            raise LifecycleError("secure() was called before connect()", provider=self._provider)
        async with self._bounded():
            self._transport = await asyncio.get_running_loop().start_tls(
                self._transport,
                self._transport.get_protocol(),
                self._ssl_context or shared_tls_context(),
                server_hostname=self._host,
            )
        return f"the certificate of {self._host} is trusted"

    def close(self) -> None:
        """Close the connection. A second call does nothing."""
        if self._transport:
            self._transport.abort()
            self._transport = None

    @asynccontextmanager
    async def _bounded(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limit_s):
                yield
        except OSError as err:
            raise unreachable(
                err,
                place=f"{self._host}:{self._port}",
                limit_s=self._limit_s,
                provider=self._provider,
            ) from err
