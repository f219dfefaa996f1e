"""The double that utterances meet, and what every test of one leaves behind: nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from wyoming_bridge.testing import FakeConnector, ScriptedServer


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector(ScriptedServer.accept)
