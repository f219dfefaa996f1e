"""Services to check, and a fixture that asserts that no check leaves a task running."""

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
async def no_task_remains() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    remaining = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not remaining


@pytest.fixture
async def start_server() -> AsyncIterator[StartServer]:
    """Return a function that starts a local server, which requires a token, and returns its URL."""
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
