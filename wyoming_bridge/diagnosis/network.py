"""Tests the network route to a service step by step: name, port and certificate."""

import asyncio
import socket
import ssl
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from ..access import is_loopback
from ..errors import ConnectError, ConnectTimeoutError, LifecycleError, reason_of
from ..session import shared_tls_context
from ..session.failures import unreachable

__all__ = ["Resolve", "Route", "resolve"]

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns at least one network address of a host and port, or raises ``OSError``."""

_PLAIN_PORT: Final = 80
_TLS_PORT: Final = 443


async def resolve(host: str, port: int) -> Sequence[str]:
    """Resolve a host with the operating system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


class Route:
    """The network route to one service.

    Call ``find``, ``connect`` and ``secure`` in this order, then ``close``. Each call has a time
    limit and raises ``ConnectError`` if it fails.
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
        self._host = parts.hostname or ""
        self._port = parts.port or (_TLS_PORT if self.encrypted else _PLAIN_PORT)
        self._provider = provider
        self._limit_s = limit_s
        self._resolve = resolve
        self._ssl_context = ssl_context
        self._addresses: Sequence[str] = ()
        self._protocol = asyncio.Protocol()
        self._transport: asyncio.Transport | None = None

    @property
    def through_proxy(self) -> bool:
        """Whether the environment sets a proxy, which then connects to the service.

        The rules are those of the websocket library and of our own transport.
        """
        if is_loopback(self._host) or urllib.request.proxy_bypass(f"{self._host}:{self._port}"):
            return False
        schemes = ("wss", "socks", "https") if self.encrypted else ("ws", "socks", "https", "http")
        return not urllib.request.getproxies().keys().isdisjoint(schemes)

    async def find(self) -> str:
        """Resolve the host's name, and return a text with its addresses."""
        try:
            async with asyncio.timeout(self._limit_s):
                self._addresses = await self._resolve(self._host, self._port)
        except TimeoutError as err:
            raise ConnectTimeoutError(
                f"the host name {self._host} was not resolved within {self._limit_s:g} s",
                provider=self._provider,
            ) from err
        except (OSError, UnicodeError) as err:
            why = reason_of(err) if isinstance(err, OSError) else "it is not a valid host name"
            raise ConnectError(
                f"the host name {self._host} cannot be resolved: {why}", provider=self._provider
            ) from err
        return f"{self._host} resolves to {', '.join(self._addresses)}"

    async def connect(self) -> str:
        """Connect to the first address that answers, and return a text that names it."""
        *others, last = self._addresses
        async with self._bounded():
            for address in others:
                with suppress(OSError):  # another address may answer
                    return await self._connect_to(address)
            return await self._connect_to(last)

    async def secure(self) -> str:
        """Run the TLS handshake, and return a text that says that the certificate is trusted."""
        if self._transport is None:
            raise LifecycleError("secure() was called before connect()", provider=self._provider)
        async with self._bounded():
            self._transport = await asyncio.get_running_loop().start_tls(
                self._transport,
                self._protocol,
                self._ssl_context or shared_tls_context(),
                server_hostname=self._host,
            )
        return f"the certificate of {self._host} is trusted"

    def close(self) -> None:
        """Close the connection. Closing twice is allowed."""
        if self._transport:
            self._transport.abort()
            self._transport = None

    async def _connect_to(self, address: str) -> str:
        self._transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: self._protocol, address, self._port
        )
        return f"port {self._port} of {address} answers"

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
