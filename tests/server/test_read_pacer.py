"""When the ``ReadPacer`` checks and reads its clients, in virtual time."""

import asyncio
from collections.abc import Callable

import pytest

from virtual_time import in_virtual_time
from wyoming_bridge.server.read_pacer import READ_INTERVAL_MS, ReadPacer


class Client:
    """A client that records the times at which it was checked and read, in ms."""

    def __init__(self, pacer: ReadPacer) -> None:
        self.checked_at: list[float] = []
        self.read_at: list[float] = []
        self.has_ended = False
        self.on_read: Callable[[], None] = lambda: None
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        pacer.add(self)

    def must_be_read(self) -> bool:
        self.checked_at.append(self._now_ms())
        return self.has_ended

    def read(self) -> None:
        self.read_at.append(self._now_ms())
        self.on_read()

    def _now_ms(self) -> float:
        return round(1000 * (self._loop.time() - self._began), 1)


async def pass_ms(milliseconds: int) -> None:
    await asyncio.sleep(milliseconds / 1000 + 0.0001)


@in_virtual_time
async def test_clients_are_read_together_once_per_interval() -> None:
    pacer = ReadPacer()
    kitchen = Client(pacer)
    await asyncio.sleep(0.01)
    hall = Client(pacer)
    await pass_ms(2 * READ_INTERVAL_MS)

    assert kitchen.read_at == [READ_INTERVAL_MS, 2 * READ_INTERVAL_MS]
    assert hall.read_at == [READ_INTERVAL_MS - 10, 2 * READ_INTERVAL_MS - 10]


@pytest.mark.parametrize("clients", [1, 3, 9])
@in_virtual_time
async def test_one_client_is_checked_as_often_as_each_of_many(clients: int) -> None:
    pacer = ReadPacer()
    first, *_ = [Client(pacer) for _ in range(clients)]
    await pass_ms(READ_INTERVAL_MS)

    assert first.checked_at == [12.5, 25, 37.5]
    assert first.read_at == [READ_INTERVAL_MS]


@in_virtual_time
async def test_a_client_that_must_be_read_is_read_after_its_check() -> None:
    pacer = ReadPacer()
    ended, speaking = Client(pacer), Client(pacer)
    ended.has_ended = True
    ended.on_read = lambda: pacer.remove(ended)
    await pass_ms(READ_INTERVAL_MS)

    assert ended.read_at == [12.5]
    assert speaking.read_at == [READ_INTERVAL_MS]


@in_virtual_time
async def test_without_clients_the_pacer_sleeps_and_the_next_one_wakes_it() -> None:
    pacer = ReadPacer()
    first = Client(pacer)
    pacer.remove(first)
    pacer.remove(first)
    await asyncio.sleep(1)
    second = Client(pacer)
    await pass_ms(READ_INTERVAL_MS)

    assert first.read_at == first.checked_at == []
    assert second.read_at == [READ_INTERVAL_MS]


@in_virtual_time
async def test_a_client_that_is_removed_while_others_are_read_is_not_read() -> None:
    pacer = ReadPacer()
    first, second = Client(pacer), Client(pacer)
    first.on_read = lambda: pacer.remove(second)
    await pass_ms(READ_INTERVAL_MS)

    assert second.read_at == []


@in_virtual_time
async def test_an_answer_does_not_wait_until_all_clients_are_read() -> None:
    pacer = ReadPacer()
    turns: list[str] = []
    clients = [Client(pacer) for _ in range(12)]
    for client in clients:
        client.on_read = lambda: turns.append("read")
    clients[0].on_read = lambda: asyncio.get_running_loop().call_soon(turns.append, "answer")
    await pass_ms(READ_INTERVAL_MS)

    assert turns.count("read") == 11
    assert turns.index("answer") < 8


@in_virtual_time
async def test_an_error_of_one_client_does_not_stop_the_others() -> None:
    pacer = ReadPacer()
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context))
    broken, other = Client(pacer), Client(pacer)

    def fail() -> None:
        raise ValueError

    broken.on_read = fail
    await pass_ms(READ_INTERVAL_MS)

    assert len(raised) == 1
    assert other.read_at == [READ_INTERVAL_MS]
