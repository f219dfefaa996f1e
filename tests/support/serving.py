"""A local server that listens as long as somebody needs it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

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
