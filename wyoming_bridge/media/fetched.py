"""The answer of a fetch, whose body is streamed, because its length is unknown."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import aiohttp

from ..errors import MediaError, MediaProblem, place_of

__all__ = ["FetchLimits", "Fetched", "fetch_error"]

_BLOCK_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """The time limits of a fetch."""

    connect_s: float = 10.0
    """Longest time until the connection is open."""
    stall_s: float = 15.0
    """Longest time without new data from the server, from the connection to the end of the body."""
    text_s: float = 60.0
    """Longest time for the whole body of a text."""
    audio_s: float | None = 60.0
    """Longest time without decoded audio, however much data the server sends; None for no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer whose body is not read yet."""

    url: str
    """The final URL, after redirects."""
    content_type: str
    """The content type in lower case, without parameters."""
    response: aiohttp.ClientResponse
    limits: FetchLimits

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it arrives.

        Raises:
            MediaError: The server stopped sending, or the connection was lost.
        """
        try:
            async for block in self.response.content.iter_chunked(_BLOCK_BYTES):
                yield block
        except TimeoutError as err:
            raise fetch_error(self.url, "stopped sending", MediaProblem.STALLED) from err
        except (aiohttp.ClientError, OSError) as err:
            raise fetch_error(self.url, "lost the connection", MediaProblem.UNREACHABLE) from err

    async def text(self, *, limit_bytes: int) -> str:
        """Return the whole body as text.

        Raises:
            MediaError: The body did not arrive, or it is larger than ``limit_bytes``.
        """
        async with aclosing(self.blocks()) as blocks:
            return await self.rest_of_text(b"", blocks, limit_bytes=limit_bytes)

    async def rest_of_text(
        self, head: bytes, blocks: AsyncIterator[bytes], *, limit_bytes: int
    ) -> str:
        """Return the whole body as text. ``head`` is its beginning, which is already read.

        Raises:
            MediaError: The body did not arrive, or it is larger than ``limit_bytes``.
        """
        body = bytearray(head)
        try:
            async with asyncio.timeout(self.limits.text_s):
                async for block in blocks:
                    body += block
                    if len(body) > limit_bytes:
                        raise fetch_error(
                            self.url,
                            f"is too large; allowed: {limit_bytes} bytes",
                            MediaProblem.UNSUPPORTED_FORMAT,
                        )
        except TimeoutError as err:
            raise fetch_error(self.url, "sends too slowly", MediaProblem.STALLED) from err
        return body.decode("utf-8", "replace")


def fetch_error(url: str, text: str, problem: MediaProblem) -> MediaError:
    """Return the error for a URL. ``text`` continues the sentence that begins with its place."""
    if place := place_of(url):
        return MediaError(f"{place} {text}", problem=problem, place=place)
    return MediaError(f"the URL {text}", problem=problem)
