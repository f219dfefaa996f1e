"""Fetches URLs that a client chose.

Hard rules:

- Unless the caller allows it, no request goes to this machine, to a private network, or to a device
  in the same IPv6 network: such devices have public addresses. This holds for an address in the
  URL, for the addresses of a host name, and after a redirect. ``guard`` also checks the socket,
  because a URL can spell an address in many ways.
- Each message names the address that failed, as ``place_of`` shows it: the query of a URL may be a
  secret, as in Azure's signed URLs.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, Self
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from ..errors import ErrorText, MediaError, MediaProblem, place_of
from .addresses import Allowed, Nearby, address_of, is_nearby, is_public
from .fetched import Fetched, FetchLimits, fetch_error
from .guard import GuardedConnector, is_refusal

__all__ = ["Fetcher"]

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_ENCODINGS: Final = ("gzip", "deflate")
"""The compressions that are accepted. They need 32 KiB of memory. A body in Zstandard or Brotli can
make the library allocate more than 100 MiB, however small the body is."""

_NO_DECODER: Final = "content-encoding"
"""A part of aiohttp's message about a compression that it cannot read, such as Zstandard on Python
3.11. It has no other sign."""


class Fetcher:
    """Fetches any number of URLs. Use it as a context manager."""

    def __init__(
        self,
        *,
        allowed: Allowed | None = None,
        nearby: Nearby | None = None,
        limits: FetchLimits | None = None,
        resolver: AbstractResolver | None = None,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        """Create a fetcher. Without ``allowed``, only addresses of the internet are allowed.

        With ``allowed`` but without ``nearby``, this machine's own network is allowed too.
        The fetcher uses the caller's ``session`` if there is one, and does not close it. Such a
        session does not check the addresses that host names resolve to.
        """
        self.limits = limits = limits or FetchLimits()
        if allowed is None:
            allowed, nearby = is_public, nearby or is_nearby
        self._allowed = allowed
        self._owns_session = session is None
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=limits.connect_s, sock_read=limits.stall_s
        )
        self._session = session or aiohttp.ClientSession(
            connector=GuardedConnector(allowed=allowed, nearby=nearby, resolver=resolver),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._owns_session:
            await self._session.close()

    @asynccontextmanager
    async def get(
        self, url: str, *, headers: dict[str, str] | None = None
    ) -> AsyncGenerator[Fetched, None]:
        """Fetch a URL and follow its redirects.

        Raises:
            MediaError: The fetch failed. The message shows at most host and path of the URL.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            response = await self._ask(url, self._checked(url), headers or {})
            try:
                if response.status not in _REDIRECTS or "Location" not in response.headers:
                    _check_status(url, response.status)
                    _check_encoding(url, response.headers.get("Content-Encoding", ""))
                    yield Fetched(
                        url=url,
                        content_type=response.content_type.lower(),
                        response=response,
                        limits=self.limits,
                    )
                    return
                url = _redirected(url, response.headers["Location"])
            finally:
                response.close()
        raise fetch_error(url, "redirects too often", MediaProblem.UNREACHABLE)

    async def _ask(self, url: str, exact: URL, headers: dict[str, str]) -> aiohttp.ClientResponse:
        # ``sock_read`` does not limit the time of a header that arrives byte by byte.
        limit_s = self.limits.connect_s + self.limits.stall_s
        try:
            async with asyncio.timeout(limit_s):
                return await self._session.get(
                    exact,
                    headers={**headers, "Accept-Encoding": ", ".join(_ENCODINGS)},
                    allow_redirects=False,
                    timeout=self._timeout,
                )
        except (aiohttp.InvalidURL, ValueError) as err:
            raise fetch_error(url, "is not a valid URL", MediaProblem.INVALID_URL) from err
        except TimeoutError as err:
            raise fetch_error(url, "does not answer", MediaProblem.UNREACHABLE) from err
        except (aiohttp.ClientError, OSError) as err:
            if is_refusal(err):
                raise _forbidden(url) from err
            if isinstance(err, aiohttp.ClientResponseError) and _NO_DECODER in err.message:
                raise _wrong_encoding(url) from err
            raise fetch_error(url, "cannot be reached", MediaProblem.UNREACHABLE) from err

    def _checked(self, url: str) -> URL:
        """Return the URL for aiohttp, or raise a `MediaError` if it is not allowed.

        If the URL has an IP address, this method checks the address. If it has a host name, the
        connector checks the addresses to which the name resolves.
        """
        try:
            # The URL stays unchanged, character by character: signatures are computed over it.
            exact = URL(url, encoded=url.isascii() and " " not in url)
            host = exact.host
            _ = exact.port, exact.raw_host  # reading them validates them
        except ValueError as err:
            raise fetch_error(url, "is malformed", MediaProblem.INVALID_URL) from err
        if exact.scheme not in {"http", "https"} or not host:
            raise fetch_error(
                url, "must begin with http:// or https:// and a host", MediaProblem.INVALID_URL
            )
        if exact.user is not None or exact.password is not None:
            raise fetch_error(
                url, "must be given without a user and a password", MediaProblem.INVALID_URL
            )
        address = address_of(host)
        if address is None and "%" in host:
            raise fetch_error(
                url, "must name its host without percent-encoding", MediaProblem.INVALID_URL
            )
        if address is not None and not self._allowed(address):
            raise _forbidden(url)
        return exact


def _redirected(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as err:
        raise fetch_error(url, "redirects to a malformed URL", MediaProblem.INVALID_URL) from err


def _check_status(url: str, status: int) -> None:
    match status:
        case 200 | 206:
            return
        case 401 | 403:
            text, problem = ErrorText.MEDIA_NEEDS_LOGIN, MediaProblem.NEEDS_AUTHENTICATION
        case 404 | 410:
            text, problem = ErrorText.MEDIA_DOES_NOT_EXIST, MediaProblem.NOT_FOUND
        case _:
            text, problem = ErrorText.MEDIA_NOT_AVAILABLE, MediaProblem.UNREACHABLE
    raise MediaError(text, problem=problem, place=place_of(url), status=str(status))


def _check_encoding(url: str, encoding: str) -> None:
    if encoding.strip().lower() not in {"", "identity", *_ENCODINGS}:
        raise _wrong_encoding(url)


def _wrong_encoding(url: str) -> MediaError:
    return fetch_error(
        url,
        f"is compressed in a form that is not allowed; allowed: {', '.join(_ENCODINGS)}",
        MediaProblem.UNSUPPORTED_FORMAT,
    )


def _forbidden(url: str) -> MediaError:
    return fetch_error(
        url,
        "is on this machine or in a private network, which is not allowed",
        MediaProblem.FORBIDDEN_ADDRESS,
    )
