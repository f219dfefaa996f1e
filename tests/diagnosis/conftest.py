"""Services to check, and what every check leaves behind: nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from transports import TOKEN
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.faults import Fault
from wyoming_bridge.local.service import LocalServer

StartServer = Callable[..., Awaitable[str]]


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left


@pytest.fixture
async def start_server() -> AsyncIterator[StartServer]:
    """Starts local servers that want a token; gives their addresses."""
    servers: list[LocalServer] = []

    async def start(*, behaviour: Behaviour | None = None, fault: Fault | None = None) -> str:
        server = LocalServer(
            engine=ScriptedEngine(),
            tokens=frozenset({TOKEN}),
            behaviour=behaviour,
            fault=fault,
        )
        servers.append(server)
        await server.start()
        return server.url

    yield start
    for server in servers:
        await server.stop()
