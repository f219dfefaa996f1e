"""The local servers of a process: one for each engine and model that its profiles use."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from wyoming_bridge.app.local_server import PrivateServer
from wyoming_bridge.app.private_servers import PrivateServers
from wyoming_bridge.config import LocalBackend
from wyoming_bridge.errors import ConfigError, StoppingError

SCRIPTED = LocalBackend(engine="scripted")
OVER_ELEVENLABS = LocalBackend(engine="scripted", protocol="elevenlabs")
UNKNOWN = LocalBackend(engine="abacus")


def can_connect(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


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


@pytest.mark.parametrize("ticks", range(6))
async def test_a_server_that_is_being_started_is_stopped_too(
    ticks: int, servers: PrivateServers, started: list[PrivateServer]
) -> None:
    starting = asyncio.create_task(servers.start(SCRIPTED))
    for _ in range(ticks):
        await asyncio.sleep(0)

    await servers.stop()
    await asyncio.gather(starting, return_exceptions=True)

    assert [can_connect(server.url) for server in started] == [False] * len(started)


@pytest.mark.parametrize("ticks", range(1, 6))
async def test_a_cancelled_start_leaves_no_server(
    ticks: int, servers: PrivateServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sockets: list[socket.socket] = []
    create = socket.create_server

    def noted(*args: object, **how: object) -> socket.socket:
        sockets.append(create(*args, **how))
        return sockets[-1]

    monkeypatch.setattr(socket, "create_server", noted)
    starting = asyncio.create_task(servers.start(SCRIPTED))
    for _ in range(ticks):
        await asyncio.sleep(0)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await servers.stop()

    assert [sock.fileno() for sock in sockets] == [-1] * len(sockets)


async def test_no_server_starts_after_the_stop(
    servers: PrivateServers, started: list[PrivateServer]
) -> None:
    stopping = asyncio.create_task(servers.stop())
    await asyncio.sleep(0)

    with pytest.raises(StoppingError, match="the bridge is stopping"):
        await servers.start(SCRIPTED)
    await stopping
    assert not started

    servers.reopen()
    assert await servers.start(SCRIPTED) in started


async def test_a_server_that_cannot_start_does_not_keep_others_from_starting(
    servers: PrivateServers, started: list[PrivateServer]
) -> None:
    with pytest.raises(ConfigError, match="abacus"):
        await servers.start(UNKNOWN)

    assert started == [await servers.start(SCRIPTED)]
