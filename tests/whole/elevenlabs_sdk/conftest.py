"""The local server for ElevenLabs' own library, and a fixture that closes its connections."""

from collections.abc import AsyncIterator

import pytest

from elevenlabs_library import OPENED
from elevenlabs_servers import elevenlabs_server
from serving import Serve, serving_each
from wyoming_bridge.local.service import LocalServer


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with serving_each(elevenlabs_server) as start:
        yield start


@pytest.fixture
async def server(serve: Serve) -> LocalServer:
    return await serve()


@pytest.fixture(autouse=True)
async def _close_all() -> AsyncIterator[None]:
    """Close the connections that the server has ended, because the library does not."""
    yield
    while OPENED:
        await OPENED.pop().connection.close()
