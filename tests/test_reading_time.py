"""Tests of the time limits that count only the time in which the event loop could read."""

import asyncio
import socket

import pytest

from tests.support.virtual_time import VirtualTimeLoop, in_virtual_time
from wyoming_bridge.access import Balancers, SocketAddress
from wyoming_bridge.reading_time import ReadingTimer, reading_timeout
from wyoming_bridge.server.entrance import PreparingEntrance
from wyoming_bridge.server.newcomer import Newcomer

LIMIT_S = 5.0


def virtual_loop() -> VirtualTimeLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop


@in_virtual_time
async def test_a_wait_ends_after_its_limit() -> None:
    loop = virtual_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        async with reading_timeout(LIMIT_S):
            await asyncio.Event().wait()
    assert loop.time() - began == pytest.approx(LIMIT_S)


@in_virtual_time
async def test_what_arrives_while_the_loop_stands_still_is_in_time() -> None:
    loop = virtual_loop()
    arrived = asyncio.Event()

    def stand_still() -> None:
        loop.stand_still(10 * LIMIT_S)
        loop.call_soon(arrived.set)

    loop.call_later(LIMIT_S - 0.1, stand_still)
    async with reading_timeout(LIMIT_S):
        await arrived.wait()


@in_virtual_time
async def test_only_the_step_in_which_the_loop_stood_still_does_not_count() -> None:
    loop = virtual_loop()
    ended = asyncio.Event()
    began = loop.time()
    ReadingTimer(LIMIT_S, ended.set)
    loop.call_later(1.1, loop.stand_still, 60)
    await ended.wait()
    # It stood still from 1.1 to 61.1, in the step from 1.0 to 1.5, which began again after that.
    assert loop.time() - began == pytest.approx(61.1 + 4.0)


@in_virtual_time
async def test_no_step_is_longer_than_half_a_second() -> None:
    loop = virtual_loop()
    ended = asyncio.Event()
    began = loop.time()
    ReadingTimer(0.7, ended.set)
    loop.call_later(0.6, loop.stand_still, 0.6)
    await ended.wait()
    # It stood still from 0.6 to 1.2, in the second of two steps of 0.35, which began again.
    assert loop.time() - began == pytest.approx(1.2 + 0.35)


@in_virtual_time
async def test_a_cancelled_timer_calls_nothing() -> None:
    loop = virtual_loop()
    calls: list[float] = []
    timer = ReadingTimer(LIMIT_S, lambda: calls.append(loop.time()))
    await asyncio.sleep(LIMIT_S / 2)
    timer.cancel()
    await asyncio.sleep(LIMIT_S)
    assert not calls


class Client(Newcomer):
    """A client that notes its address."""

    host = ""

    def introduce(self, *, host: str, reached_at: SocketAddress) -> None:
        del reached_at
        self.host = host


@in_virtual_time
async def test_a_balancer_is_not_refused_because_the_bridge_stood_still() -> None:
    loop = virtual_loop()
    client = Client()
    refused: list[str] = []
    entrance = PreparingEntrance(
        balancers=Balancers(),
        certificate=None,
        refuse=lambda _host, reason: refused.append(reason),
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        balancer = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
    with balancer, accepted:
        preparing = asyncio.create_task(entrance.prepare(accepted, client))
        await asyncio.sleep(0)  # the first read finds no bytes
        balancer.sendall(b"PROXY TCP4 192.0.2.7 192.0.2.1 51234 10300\r\n")
        loop.stand_still(60)
        await preparing
    assert client.host == "192.0.2.7"
    assert not refused
