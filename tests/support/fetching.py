"""What the tests of ``Fetcher`` share: helpers that fetch a URL, and a resolver."""

import socket
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from wyoming_bridge.errors import MediaError
from wyoming_bridge.media.fetch import Fetcher

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[int]]


class Names(AbstractResolver):
    """Resolves every host name to the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self.addresses
        ]

    async def close(self) -> None:
        pass


async def fetched(url: str, **options: object) -> bytes:
    async with Fetcher(**options) as fetcher, fetcher.get(url) as answer:
        return b"".join([block async for block in answer.blocks()])


async def problem(url: str, **options: object) -> MediaError:
    with pytest.raises(MediaError) as caught:
        await fetched(url, **options)
    return caught.value


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello", content_type="Audio/MPEG")
