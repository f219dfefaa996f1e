"""The fake connector and the virtual clock of utterance tests, and a check that no task remains.

A ``conftest.py`` imports all names of this module, because pytest looks for fixtures and hooks
there.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from virtual_time import VirtualTimeLoop
from wyoming_bridge.testing import FakeConnector, ScriptedServer

__all__ = ["connector", "no_task_is_left", "pytest_asyncio_loop_factories"]


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run tests on a virtual clock, so that waits take no time, unless they use sockets."""
    is_real = item.get_closest_marker("sockets")
    return {"clock": asyncio.new_event_loop if is_real else VirtualTimeLoop}


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector(ScriptedServer.accept)
