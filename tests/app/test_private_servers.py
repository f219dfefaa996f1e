"""The local servers of a process: one for each engine and model that its profiles use."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from wyoming_bridge.app.local_server import PrivateServer
from wyoming_bridge.app.private_servers import PrivateServers
from wyoming_bridge.config import LocalBackend
from wyoming_bridge.errors import ConfigError

SCRIPTED = LocalBackend(engine="scripted")
OVER_ELEVENLABS = LocalBackend(engine="scripted", protocol="elevenlabs")
UNKNOWN = LocalBackend(engine="abacus")


@pytest.fixture
def started() -> list[PrivateServer]:
    return []


@pytest.fixture
async def servers(started: list[PrivateServer]) -> AsyncIterator[PrivateServers]:
    servers = PrivateServers(on_started=started.append)
    yield servers
    await servers.stop()


async def test_backends_with_the_same_engine_and_model_share_one_server(
    servers: PrivateServers, started: list[PrivateServer]
) -> None:
    first = await servers.start(SCRIPTED)
    second = await servers.start(OVER_ELEVENLABS)

    assert started == [first]
    assert first is second is servers.get(OVER_ELEVENLABS)


async def test_backends_that_are_started_at_the_same_time_share_one_server(
    servers: PrivateServers, started: list[PrivateServer]
) -> None:
    first, second = await asyncio.gather(*(servers.start(SCRIPTED) for _ in range(2)))

    assert first is second
    assert started == [first]


async def test_a_server_that_cannot_start_does_not_keep_others_from_starting(
    servers: PrivateServers, started: list[PrivateServer]
) -> None:
    with pytest.raises(ConfigError, match="abacus"):
        await servers.start(UNKNOWN)

    assert started == [await servers.start(SCRIPTED)]
