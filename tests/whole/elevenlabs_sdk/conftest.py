"""What ElevenLabs' library meets, and what it leaves to whoever opened it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from elevenlabs_library import OPENED
from elevenlabs_servers import elevenlabs_server
from serving import Serve, serving
from wyoming_bridge.local.service import LocalServer


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with AsyncExitStack() as servers:

        async def start(**played: object) -> LocalServer:
            return await servers.enter_async_context(serving(elevenlabs_server(**played)))

        yield start


@pytest.fixture
async def server(serve: Serve) -> LocalServer:
    return await serve()


@pytest.fixture(autouse=True)
async def _close_all() -> AsyncIterator[None]:
    """The library leaves a connection that the server has ended to whoever opened it."""
    yield
    while OPENED:
        await OPENED.pop().connection.close()
