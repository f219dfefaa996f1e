"""A fake Home Assistant, and a fixture that asserts that no test leaves a task behind."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from home_assistants import FakeHomeAssistant


@pytest.fixture(autouse=True)
async def no_task_remains() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left


@pytest.fixture
async def home() -> AsyncIterator[FakeHomeAssistant]:
    """A Home Assistant with a kitchen and a light in it."""
    home = FakeHomeAssistant()
    home.areas = [{"area_id": "kitchen", "name": "Kitchen", "aliases": [], "floor_id": None}]
    home.expose(
        "light.ceiling",
        "Ceiling",
        entry={"area_id": "kitchen", "name": "Ceiling light", "next_name_part": "area"},
    )
    await home.start()
    yield home
    await home.stop()
