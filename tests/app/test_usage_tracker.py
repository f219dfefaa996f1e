"""The budgets of all profiles, and which of them are saved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from patience import PATIENCE_S
from wyoming_bridge.app.usage_tracker import UsageTracker
from wyoming_bridge.errors import StoppingError


@asynccontextmanager
async def a_tracker(folder: Path) -> AsyncIterator[UsageTracker]:
    tracker = UsageTracker(folder=folder)
    yield tracker
    await tracker.close()


async def test_a_profile_that_gets_a_limit_later_is_saved_with_its_earlier_usage(
    tmp_path: Path,
) -> None:
    async with a_tracker(tmp_path) as first:
        budget = await first.add("kitchen", max_s=None)
        budget.spend(5)
        limited = await first.add("kitchen", max_s=60)
        limited.spend(2)
        again = await first.add("kitchen", max_s=30)

    assert (limited.spent_s, limited.sent_s) == (7, 7)
    assert again is limited
    assert again.max_s == 30

    async with a_tracker(tmp_path) as second:
        assert (await second.add("kitchen", max_s=30)).spent_s == 7


async def test_audio_before_a_limit_is_set_is_added_to_the_saved_usage(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        async with a_tracker(tmp_path) as each:
            (await each.add("kitchen", max_s=None)).spend(5)
            budget = await each.add("kitchen", max_s=60)

    assert (budget.spent_s, budget.sent_s) == (10, 5)


async def test_a_running_bridge_reads_the_usage_of_another_program(tmp_path: Path) -> None:
    async with a_tracker(tmp_path) as bridge:
        budget = await bridge.add("kitchen", max_s=60)
        budget.spend(1)
        async with a_tracker(tmp_path) as command:
            (await command.add("kitchen", max_s=60)).spend(5)

        async with asyncio.timeout(PATIENCE_S):
            while budget.spent_s < 6:  # noqa: ASYNC110 - a budget sets no asyncio.Event
                await asyncio.sleep(0.01)

    assert budget.spent_s == 6
    async with a_tracker(tmp_path) as later:
        assert (await later.add("kitchen", max_s=60)).spent_s == 6


async def test_a_profile_that_is_added_again_has_the_usage_of_another_program(
    tmp_path: Path,
) -> None:
    async with a_tracker(tmp_path) as bridge:
        await bridge.add("kitchen", max_s=60)
        async with a_tracker(tmp_path) as command:
            (await command.add("cellar", max_s=60)).spend(5)

        assert (await bridge.add("cellar", max_s=60)).spent_s == 5


async def test_a_store_that_is_being_opened_is_closed_too(tmp_path: Path) -> None:
    tracker = UsageTracker(folder=tmp_path)
    adding = asyncio.create_task(tracker.add("kitchen", max_s=60))
    await asyncio.sleep(0)

    await tracker.close()
    (await adding).spend(5)

    assert not [task for task in asyncio.all_tasks() if task.get_name() == "save the usage"]


async def test_no_store_is_opened_after_the_close(tmp_path: Path) -> None:
    tracker = UsageTracker(folder=tmp_path / "state")
    await tracker.close()

    with pytest.raises(StoppingError, match="the bridge is stopping"):
        await tracker.add("kitchen", max_s=60)

    assert not (tmp_path / "state").exists()


async def test_a_tracker_that_is_opened_again_counts_and_saves_as_before(tmp_path: Path) -> None:
    tracker = UsageTracker(folder=tmp_path)
    (await tracker.add("kitchen", max_s=60)).spend(5)
    (await tracker.add("cellar", max_s=None)).spend(7)
    await tracker.close()

    tracker.reopen()
    kitchen = await tracker.add("kitchen", max_s=60)
    cellar = await tracker.add("cellar", max_s=60)
    assert (kitchen.spent_s, cellar.spent_s) == (5, 7)

    kitchen.spend(3)
    await tracker.close()
    tracker.reopen()
    assert (await tracker.add("kitchen", max_s=60)).spent_s == 8
    await tracker.close()
