"""The way to a service, piece by piece: its name, its port, its certificate."""

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
"""Gives the network addresses of a host and port, one at least; raises ``OSError``."""

_PLAIN_PORT: Final = 80
_TLS_PORT: Final = 443


async def resolve(host: str, port: int) -> Sequence[str]:
    """As the operating system does it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


class Route:
    """The way to one service. Each piece needs the one before; ``close`` ends it.

    Each call is bounded, and raises ``ConnectError`` where the way ends.
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
        """Whether the environment names a proxy, which then finds the service.

        The same rules as those of the websocket library and of our own transport.
        """
        if is_loopback(self._host) or urllib.request.proxy_bypass(f"{self._host}:{self._port}"):
            return False
        schemes = ("wss", "socks", "https") if self.encrypted else ("ws", "socks", "https", "http")
        return not urllib.request.getproxies().keys().isdisjoint(schemes)

    async def find(self) -> str:
        """Resolve the host's name; tells its addresses."""
        try:
            async with asyncio.timeout(self._limit_s):
                self._addresses = await self._resolve(self._host, self._port)
        except TimeoutError as err:
            raise ConnectTimeoutError(
                f"the name {self._host} was not resolved within {self._limit_s:g} s",
                provider=self._provider,
            ) from err
        except (OSError, UnicodeError) as err:
            why = reason_of(err) if isinstance(err, OSError) else "it is no name"
            raise ConnectError(
                f"the name {self._host} cannot be resolved: {why}", provider=self._provider
            ) from err
        return f"{self._host} is {', '.join(self._addresses)}"

    async def connect(self) -> str:
        """Connect to the first address that answers; tells which."""
        *others, last = self._addresses
        async with self._bounded():
            for address in others:
                with suppress(OSError):  # there is another one
                    return await self._connect_to(address)
            return await self._connect_to(last)

    async def secure(self) -> str:
        """Have the certificate shown; tells that it is trusted."""
        if self._transport is None:
            raise LifecycleError("nothing is connected", provider=self._provider)
        async with self._bounded():
            self._transport = await asyncio.get_running_loop().start_tls(
                self._transport,
                self._protocol,
                self._ssl_context or shared_tls_context(),
                server_hostname=self._host,
            )
        return f"the certificate of {self._host} is trusted"

    def close(self) -> None:
        """Hang up. Closing twice is allowed."""
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
