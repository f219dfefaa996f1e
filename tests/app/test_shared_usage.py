"""Bridges that share their usage, with a real Redis server."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from redis.asyncio import Redis

from redis_servers import RedisServer, redis_server
from wyoming_bridge.app.shared_usage import SharedUsage
from wyoming_bridge.app.usage_tracker import UsageTracker
from wyoming_bridge.config.usage import UsageServer
from wyoming_bridge.errors import BudgetError, StateError
from wyoming_bridge.transcriber import Budget

pytestmark = pytest.mark.once

TODAY = date(2026, 11, 29)
TOMORROW = date(2026, 11, 30)
KEY = "wyoming-bridge:usage:2026-11-29:kitchen"


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(f"unix://{tmp_path / 'redis'}") as server:
        yield server


class Bridge:
    """One of several bridges, with one profile."""

    def __init__(self, url: str, *, max_s: float | None = 10.0, day: date = TODAY) -> None:
        self.day = day
        self.usage = SharedUsage(UsageServer(url=url), today=lambda: self.day)
        self._max_s = max_s
        self.budget = Budget()

    async def start(self) -> "Bridge":
        await self.usage.open()
        self.budget = self.usage.budget("kitchen")
        self.budget.max_s = self._max_s
        await self.usage.load()
        return self

    def spend(self, seconds: float) -> None:
        self.budget.spend(seconds, spender=self)


@pytest.fixture
async def bridges(redis: RedisServer) -> AsyncIterator[list[Bridge]]:
    started = [await Bridge(redis.url).start() for _ in range(3)]
    yield started
    for each in started:
        await each.usage.close()


async def exchange(bridges: list[Bridge]) -> list[float]:
    """Let the bridges share their usage; return how much audio each one counts, in s.

    A save writes and reads. After two saves, each bridge has read what the others have written.
    """
    for _ in range(2):
        for each in bridges:
            await each.usage.save()
    return [each.budget.spent_s for each in bridges]


async def test_each_bridge_counts_the_audio_of_all_bridges(bridges: list[Bridge]) -> None:
    for bridge, seconds in zip(bridges, (1.5, 2.25, 0.0), strict=True):
        bridge.spend(seconds)

    assert await exchange(bridges) == [3.75, 3.75, 3.75]


async def test_the_bridges_share_one_limit_and_the_utterance_that_reaches_it_may_finish(
    bridges: list[Bridge],
) -> None:
    first, second, third = bridges
    first.spend(6)
    await exchange(bridges)
    second.budget.check(provider="p")
    second.spend(4)
    await exchange(bridges)

    second.budget.check(provider="p", spender=second)
    for bridge, spender in ((first, first), (second, None), (third, None)):
        with pytest.raises(BudgetError, match="10 s of audio were sent today; the limit is 10 s"):
            bridge.budget.check(provider="p", spender=spender)


async def test_a_repeated_write_counts_once(bridges: list[Bridge]) -> None:
    bridges[0].spend(3)
    for _ in range(5):
        await bridges[0].usage.save()

    assert await exchange(bridges) == [3, 3, 3]


async def test_many_bridges_at_once_lose_nothing(redis: RedisServer) -> None:
    bridges = [await Bridge(redis.url, max_s=1e6).start() for _ in range(20)]
    for turn in range(1, 11):
        for bridge in bridges:
            bridge.spend(turn)
        await asyncio.gather(*(bridge.usage.save() for bridge in bridges))
    sums = await exchange(bridges)
    for bridge in bridges:
        await bridge.usage.close()

    assert sums == [20 * 55] * 20


async def test_a_bridge_that_starts_later_knows_the_usage_of_the_others(
    redis: RedisServer, bridges: list[Bridge]
) -> None:
    bridges[0].spend(4)
    await bridges[0].usage.close()  # writes the usage to the server
    later = await Bridge(redis.url).start()
    spent_s = later.budget.spent_s
    await later.usage.close()

    assert spent_s == 4


async def test_a_day_begins_at_zero(bridges: list[Bridge]) -> None:
    first, second, _ = bridges
    first.spend(8)
    await exchange(bridges)
    first.day = second.day = TOMORROW
    assert second.budget.spent_s == 0
    second.spend(1)

    assert await exchange([first, second]) == [1, 1]
    assert await exchange(bridges[2:]) == [8]  # the day of the third bridge is not over yet


async def test_a_clock_that_goes_back_over_midnight_does_not_reset_the_day(
    redis: RedisServer, bridges: list[Bridge]
) -> None:
    first, second, third = bridges
    first.day = second.day = TOMORROW
    first.spend(6)
    await exchange(bridges)
    first.day = second.day = TODAY
    first.spend(2)
    second.spend(1)

    assert await exchange([first, second]) == [9, 9]
    assert await exchange([third]) == [0]  # the day before has no audio
    async with Redis.from_url(redis.url) as other:
        assert not await other.exists(KEY)


async def test_a_clock_that_was_ahead_is_logged_once_and_a_restart_is_enough(
    redis: RedisServer, bridges: list[Bridge], caplog: pytest.LogCaptureFixture
) -> None:
    bridge = bridges[0]
    bridge.day = date(2036, 1, 1)
    bridge.spend(10)
    await bridge.usage.save()
    assert not caplog.messages
    bridge.day = TODAY
    await bridge.usage.save()
    await bridge.usage.save()

    (message,) = caplog.messages
    assert "the usage of kitchen counts for 2036-01-01" in message
    assert "restart this bridge" in message
    restarted = await Bridge(redis.url).start()
    assert restarted.budget.spent_s == 0
    await restarted.usage.close()


async def test_profiles_are_counted_separately_and_those_without_a_limit_are_not_shared(
    bridges: list[Bridge],
) -> None:
    cellar = [each.usage.budget("cellar") for each in bridges]
    attic = [each.usage.budget("attic") for each in bridges]
    for each in cellar:
        each.max_s = 100
    cellar[0].spend(5)
    attic[0].spend(7)
    bridges[0].spend(1)
    await exchange(bridges)

    assert [each.spent_s for each in cellar] == [5, 5, 5]
    assert [each.spent_s for each in attic] == [7, 0, 0]


async def test_without_the_server_a_bridge_continues_to_count_and_reports_its_usage_later(
    redis: RedisServer, bridges: list[Bridge], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first, second, _ = bridges
    first.spend(2)
    await exchange(bridges)
    await redis.stop()
    first.spend(3)
    second.spend(1)
    alone = await exchange(bridges)
    await redis.start()
    together = await exchange(bridges)

    assert alone == [5, 3, 2]
    assert together == [6, 6, 6]  # the server lost its data, so each bridge wrote again
    lines = [each.message for each in caplog.records if each.message.startswith("usage: ")]
    assert ["cannot be used" in line for line in lines] == [True] * 3 + [False] * 3
    assert ["can be used again" in line for line in lines] == [False] * 3 + [True] * 3


async def test_a_server_that_hangs_delays_no_utterance(
    redis: RedisServer, bridges: list[Bridge]
) -> None:
    redis.send_signal(signal.SIGSTOP)
    saving = asyncio.create_task(bridges[0].usage.save())
    bridges[0].spend(1)
    bridges[0].budget.check(provider="p")
    await saving  # ends at its time limit
    redis.send_signal(signal.SIGCONT)

    assert bridges[0].budget.spent_s == 1


async def test_a_bridge_starts_without_the_server(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bridge = await Bridge(f"unix://{tmp_path / 'nothing'}").start()
    bridge.spend(1)
    await bridge.usage.close()

    assert "cannot be used" in caplog.text
    assert bridge.budget.spent_s == 1


async def test_values_that_are_not_an_amount_of_audio_cause_one_warning_with_their_key(
    redis: RedisServer, bridges: list[Bridge], caplog: pytest.LogCaptureFixture
) -> None:
    bridges[0].spend(1)
    async with Redis.from_url(redis.url) as other:
        fields = {"a": "much", "b": b"\xff\xfe", "c": "-5", "d": "inf", "e": "0.5", "f": "nan"}
        await other.hset(KEY, mapping=fields)
        for _ in range(3):
            await exchange(bridges)
        kept_s = await other.ttl(KEY)

    assert [each.budget.spent_s for each in bridges] == [1.5] * 3
    assert 0 < kept_s <= 2 * 24 * 3600
    assert len(caplog.messages) == len(bridges)
    line = caplog.messages[0]
    assert line.startswith(f"usage: {KEY} on the server at ")
    assert "is damaged: the value of a, b, c and 2 more must be a number of seconds" in line


async def test_a_damaged_value_counts_as_what_it_had_before(
    redis: RedisServer, bridges: list[Bridge], caplog: pytest.LogCaptureFixture
) -> None:
    first, second, third = bridges
    first.spend(4)
    second.spend(3)
    await exchange(bridges)
    async with Redis.from_url(redis.url) as other:
        for field in await other.hkeys(KEY):
            await other.hset(KEY, field, "damaged")
        await third.usage.save()
        (line,) = caplog.messages
        await third.usage.save()

    assert third.budget.spent_s == 7
    assert "; 7 s are counted instead" in line
    await exchange(bridges)  # the bridges replace their damaged fields
    assert await exchange(bridges) == [7, 7, 7]


async def test_a_key_of_another_kind_disturbs_only_its_own_profile(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    bridges = [await Bridge(redis.url).start() for _ in range(2)]
    first = bridges[0]
    halls = [bridge.usage.budget("hall") for bridge in bridges]
    for hall in halls:
        hall.max_s = 10
    first.spend(4)
    await exchange(bridges)
    async with Redis.from_url(redis.url) as other:
        await other.set(KEY, "5")
        halls[0].spend(2)
        for _ in range(3):
            await exchange(bridges)

    assert [bridge.budget.spent_s for bridge in bridges] == [4, 4]
    assert [hall.spent_s for hall in halls] == [2, 2]
    assert len(caplog.messages) == len(bridges)
    assert f"usage: {KEY} on the server at " in caplog.messages[0]
    assert "is damaged: it must be a hash" in caplog.messages[0]
    for bridge in bridges:
        await bridge.usage.close()


async def test_the_password_is_needed_and_never_logged(
    free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    place = f"127.0.0.1:{free_port}/3"
    async with redis_server(f"redis://{place}", "--requirepass", "s3cret") as server:
        right = UsageTracker(server=UsageServer(url=f"redis://:s3cret@{place}"))
        await right.add("kitchen", max_s=5)
        wrong = [
            UsageTracker(server=UsageServer(url=url))
            for url in (f"redis://:wr0ng@{place}", f"redis://{place}")
        ]
        for tracker in wrong:
            with pytest.raises(StateError, match=f"usage: the server at {place} refuses") as error:
                await tracker.add("kitchen", max_s=5)
            assert "wr0ng" not in str(error.value)
        await server.stop()
        await right.close()

    assert "cannot be used" in caplog.text
    assert "s3cret" not in caplog.text
    assert "wr0ng" not in caplog.text


async def test_a_tracker_shares_only_profiles_with_a_limit(
    redis: RedisServer, tmp_path: Path
) -> None:
    server = UsageServer(url=redis.url)
    trackers = [UsageTracker(folder=tmp_path / "state", server=server) for _ in range(2)]
    first, second = [await each.add("kitchen", max_s=5) for each in trackers]
    first.spend(2)
    await trackers[0].close()
    await trackers[1].close()  # reads the first tracker's usage before it disconnects

    assert second.spent_s == 2
    assert not (tmp_path / "state").exists()
