"""A local server that listens as long as a test needs it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from wyoming_bridge.local.service import LocalServer

KEY = "the-right-key"
"""What servers that want a token take."""

Serve = Callable[..., Awaitable[LocalServer]]
"""A fixture that starts servers and stops them after the test."""


@asynccontextmanager
async def serving(server: LocalServer) -> AsyncIterator[LocalServer]:
    """It has started; it is stopped whatever happens."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def serving_each(new_server: Callable[..., LocalServer]) -> AsyncIterator[Serve]:
    """Starts a server for each call, made of what it is given, and stops them all."""
    async with AsyncExitStack() as servers:

        async def start(**played: object) -> LocalServer:
            return await servers.enter_async_context(serving(new_server(**played)))

        yield start
