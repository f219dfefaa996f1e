"""Fetches URLs that a client chose.

Hard rules:

- Unless it is allowed, no request goes to this machine or to a private network: not to an address
  in the URL, not to an address that a host name resolves to, not after a redirect. The connection
  goes to the same address that was checked.
- The query of a URL may be a secret, as in Azure's signed URLs: no message shows it.
- Bodies are streamed, because their length is unknown.
"""

import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ..errors import MediaError, MediaProblem

__all__ = ["FetchLimits", "Fetched", "Fetcher", "is_any", "is_public", "shown"]

_MAX_REDIRECTS: Final = 5
_BLOCK_BYTES: Final = 16 * 1024
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that stand for IPv4 addresses, RFC 6052."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


Allowed = Callable[[IPv4Address | IPv6Address], bool]
"""Returns whether a connection to an address is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """The time limits of a fetch."""

    connect_s: float = 10.0
    """Longest time until the server answers."""
    stall_s: float = 15.0
    """Longest time between two pieces of the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer whose body is not read yet."""

    url: str
    """The final URL, after redirects."""
    content_type: str
    """The content type in lower case, without parameters."""
    response: aiohttp.ClientResponse

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it arrives.

        Raises:
            MediaError: The server stopped sending.
        """
        try:
            async for block in self.response.content.iter_chunked(_BLOCK_BYTES):
                yield block
        except TimeoutError as err:
            raise _problem(self.url, "stopped sending", MediaProblem.STALLED) from err
        except (aiohttp.ClientError, OSError) as err:
            raise _problem(self.url, "lost the connection", MediaProblem.UNREACHABLE) from err

    async def text(self, *, limit_bytes: int) -> str:
        """Return the whole body as text.

        Raises:
            MediaError: The server stopped sending, or the body is larger than allowed.
        """
        body = bytearray()
        async for block in self.blocks():
            body += block
            if len(body) > limit_bytes:
                raise _problem(
                    self.url,
                    f"is too large; allowed: {limit_bytes} bytes",
                    MediaProblem.UNSUPPORTED_FORMAT,
                )
        return body.decode("utf-8", "replace")


class Fetcher:
    """Fetches any number of URLs. Use it as a context manager."""

    def __init__(
        self,
        *,
        allowed: Allowed | None = None,
        limits: FetchLimits | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Create a fetcher. The default of ``allowed`` is ``is_public``: only the internet."""
        self.limits = limits = limits or FetchLimits()
        self._allowed = allowed or is_public
        guard = _GuardedResolver(resolver or aiohttp.ThreadedResolver(), allowed=self._allowed)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=guard, use_dns_cache=False),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None, connect=limits.connect_s, sock_read=limits.stall_s
            ),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    @asynccontextmanager
    async def get(
        self, url: str, *, headers: dict[str, str] | None = None
    ) -> AsyncGenerator[Fetched, None]:
        """Fetch a URL and follow its redirects.

        Raises:
            MediaError: The fetch failed; the message names host and path, but no secrets.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            self._check(url)
            response = await self._ask(url, headers or {})
            try:
                if response.status not in _REDIRECTS or "Location" not in response.headers:
                    _check_status(url, response.status)
                    yield Fetched(
                        url=url, content_type=response.content_type.lower(), response=response
                    )
                    return
                url = urljoin(url, response.headers["Location"])
            finally:
                response.close()
        raise _problem(url, "redirects too often", MediaProblem.UNREACHABLE)

    async def _ask(self, url: str, headers: dict[str, str]) -> aiohttp.ClientResponse:
        try:
            # The URL stays unchanged, character by character: signatures are computed over it.
            exact = URL(url, encoded=url.isascii() and " " not in url)
            return await self._session.get(exact, headers=headers, allow_redirects=False)
        except (aiohttp.InvalidURL, ValueError) as err:
            raise _problem(url, "is not a valid URL", MediaProblem.INVALID_URL) from err
        except TimeoutError as err:
            raise _problem(url, "does not answer", MediaProblem.UNREACHABLE) from err
        except aiohttp.ClientConnectorError as err:
            if isinstance(err.os_error, _ForbiddenError):
                raise _forbidden(url) from err
            raise _problem(url, "cannot be reached", MediaProblem.UNREACHABLE) from err
        except (aiohttp.ClientError, OSError) as err:
            raise _problem(url, "cannot be reached", MediaProblem.UNREACHABLE) from err

    def _check(self, url: str) -> None:
        """Refuse URLs that are not allowed. Host names are checked when they are resolved."""
        try:
            parts = urlsplit(url)
            host = parts.hostname
            _ = parts.port  # reading the port validates it
        except ValueError as err:
            raise MediaError("the URL is malformed", problem=MediaProblem.INVALID_URL) from err
        if parts.scheme not in {"http", "https"} or not host:
            raise MediaError(
                "the URL must begin with http:// or https:// and name a host",
                problem=MediaProblem.INVALID_URL,
            )
        if parts.username is not None:
            raise MediaError(
                "the URL must not contain a user or a password", problem=MediaProblem.INVALID_URL
            )
        try:
            address = ip_address(host)
        except ValueError:
            return
        if not self._allowed(address):
            raise _forbidden(url)


class _ForbiddenError(OSError):
    """A host name resolves to an address that is not allowed."""


class _GuardedResolver(AbstractResolver):
    """Resolves host names, and refuses those with an address that is not allowed."""

    def __init__(self, resolver: AbstractResolver, *, allowed: Allowed) -> None:
        self._resolver = resolver
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        addresses = [ip_address(each["host"].partition("%")[0]) for each in found]
        if not all(map(self._allowed, addresses)):
            raise _ForbiddenError(f"{host} resolves to an address that is not allowed")
        return found

    async def close(self) -> None:
        await self._resolver.close()


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is a public address of the internet."""
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            inner.append(IPv4Address(address.packed[-4:]))
        if not all(is_public(each) for each in inner if each is not None):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def is_any(_address: IPv4Address | IPv6Address) -> bool:
    """Allow every address, including this machine and private networks."""
    return True


def shown(url: str) -> str:
    """Return a URL as messages show it: only host and path."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def _check_status(url: str, status: int) -> None:
    match status:
        case 200 | 206:
            return
        case 401 | 403:
            text, problem = "requires a login", MediaProblem.NEEDS_AUTHENTICATION
        case 404 | 410:
            text, problem = "does not exist", MediaProblem.NOT_FOUND
        case _:
            text, problem = "is not available", MediaProblem.UNREACHABLE
    raise _problem(url, f"{text} (HTTP {status})", problem)


def _problem(url: str, text: str, problem: MediaProblem) -> MediaError:
    return MediaError(f"{shown(url)} {text}", problem=problem)


def _forbidden(url: str) -> MediaError:
    return MediaError(
        f"{shown(url)} is on this machine or in a private network, which is not allowed",
        problem=MediaProblem.FORBIDDEN_ADDRESS,
    )
