"""Local servers that listen for the duration of a test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from wyoming_bridge.local.service import LocalServer

KEY = "the-right-key"
"""The token of servers that require one."""

Serve = Callable[..., Awaitable[LocalServer]]
"""A fixture that starts servers and stops them after the test."""


@asynccontextmanager
async def serving(server: LocalServer) -> AsyncIterator[LocalServer]:
    """Start a server, and stop it at the end in any case."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def serving_each(new_server: Callable[..., LocalServer]) -> AsyncIterator[Serve]:
    """Yield a function that starts a new server; stop all servers at the end.

    The function passes its arguments to ``new_server``.
    """
    async with AsyncExitStack() as servers:

        async def start(**played: object) -> LocalServer:
            return await servers.enter_async_context(serving(new_server(**played)))

        yield start
