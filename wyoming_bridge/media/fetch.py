"""Fetches addresses that somebody else chose.

Hard rules:

- Unless it is allowed, no request leaves for this machine or a private network: not for an
  address written in the URL, not for one that a name stands for, not through a redirect. The
  address that was checked is the one that is connected to.
- What the URL has behind its path may be a secret, as in Azure's signed addresses: no message
  shows it.
- Bodies are streamed: nobody knows how long they are.
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
"""IPv4 addresses as IPv6 ones, RFC 6052."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


Allowed = Callable[[IPv4Address | IPv6Address], bool]
"""Which addresses may be connected to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How long an address may keep us waiting."""

    connect_s: float = 10.0
    """Until it answers."""
    stall_s: float = 15.0
    """Between two pieces of what it sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer whose body is still to come."""

    url: str
    """Where it came from in the end."""
    content_type: str
    """In lower case, without parameters."""
    response: aiohttp.ClientResponse

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes.

        Raises:
            MediaError: It stopped coming.
        """
        try:
            async for block in self.response.content.iter_chunked(_BLOCK_BYTES):
                yield block
        except TimeoutError as err:
            raise _problem(self.url, "stopped sending", MediaProblem.STALLED) from err
        except (aiohttp.ClientError, OSError) as err:
            raise _problem(self.url, "broke off", MediaProblem.UNREACHABLE) from err

    async def text(self, *, limit_bytes: int) -> str:
        """The whole body as text.

        Raises:
            MediaError: It stopped coming, or is larger than allowed.
        """
        body = bytearray()
        async for block in self.blocks():
            body += block
            if len(body) > limit_bytes:
                raise _problem(self.url, "is too large", MediaProblem.UNSUPPORTED_FORMAT)
        return body.decode("utf-8", "replace")


class Fetcher:
    """Fetches any number of addresses. Use as a context manager."""

    def __init__(
        self,
        *,
        allowed: Allowed | None = None,
        limits: FetchLimits | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Prepare to fetch; without ``allowed`` only from the internet, see ``is_public``."""
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
        """Fetch an address, wherever it redirects to.

        Raises:
            MediaError: It cannot be had; the message names the place, and not what is secret.
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
            # As it was given, letter by letter: signatures are computed over it.
            exact = URL(url, encoded=url.isascii() and " " not in url)
            return await self._session.get(exact, headers=headers, allow_redirects=False)
        except (aiohttp.InvalidURL, ValueError) as err:
            raise _problem(url, "is no address", MediaProblem.INVALID_URL) from err
        except TimeoutError as err:
            raise _problem(url, "does not answer", MediaProblem.UNREACHABLE) from err
        except aiohttp.ClientConnectorError as err:
            if isinstance(err.os_error, _ForbiddenError):
                raise _forbidden(url) from err
            raise _problem(url, "cannot be reached", MediaProblem.UNREACHABLE) from err
        except (aiohttp.ClientError, OSError) as err:
            raise _problem(url, "cannot be reached", MediaProblem.UNREACHABLE) from err

    def _check(self, url: str) -> None:
        """Refuse what no request may be made to; names are checked when they are resolved."""
        try:
            parts = urlsplit(url)
            host = parts.hostname
            _ = parts.port  # reading it is what checks it
        except ValueError as err:
            raise MediaError("the URL cannot be read", problem=MediaProblem.INVALID_URL) from err
        if parts.scheme not in {"http", "https"} or not host:
            raise MediaError(
                "the URL is not possible; allowed is http:// or https:// with a host",
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
    """A name stands for an address that is not public."""


class _GuardedResolver(AbstractResolver):
    """Resolves names to addresses that may be connected to."""

    def __init__(self, resolver: AbstractResolver, *, allowed: Allowed) -> None:
        self._resolver = resolver
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        addresses = [ip_address(each["host"].partition("%")[0]) for each in found]
        if not all(map(self._allowed, addresses)):
            raise _ForbiddenError(f"{host} is no public address")
        return found

    async def close(self) -> None:
        await self._resolver.close()


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address lies in the internet and nowhere else."""
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
    """Every address there is: this machine and private networks as well."""
    return True


def shown(url: str) -> str:
    """A URL for messages: the place alone."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def _check_status(url: str, status: int) -> None:
    match status:
        case 200 | 206:
            return
        case 401 | 403:
            said, problem = "does not let us in", MediaProblem.NEEDS_AUTHENTICATION
        case 404 | 410:
            said, problem = "is not there", MediaProblem.NOT_FOUND
        case _:
            said, problem = "cannot be had", MediaProblem.UNREACHABLE
    raise _problem(url, f"{said} (HTTP {status})", problem)


def _problem(url: str, said: str, problem: MediaProblem) -> MediaError:
    return MediaError(f"{shown(url)} {said}", problem=problem)


def _forbidden(url: str) -> MediaError:
    return MediaError(
        f"{shown(url)} is not in the internet; addresses of this machine and of private networks "
        f"are not allowed",
        problem=MediaProblem.FORBIDDEN_ADDRESS,
    )
