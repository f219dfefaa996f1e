"""How large messages share the memory until they are whole."""

import asyncio

from tcp import Tcp
from virtual_time import in_virtual_time
from wyoming_bridge.local.arrivals import LARGE_BYTES, Arrival, Arrivals
from wyoming_bridge.local.inbox import InboxMemory

LIMIT_S = 10.0


def clients_of(arrivals: Arrivals, count: int) -> list[tuple[Tcp, Arrival]]:
    connections = [Tcp() for _ in range(count)]
    return [(each, Arrival(each, arrivals=arrivals)) for each in connections]


def unlimited() -> Arrivals:
    return Arrivals(is_full=lambda: False, limit_s=LIMIT_S)


@in_virtual_time
async def test_two_large_messages_arrive_at_a_time_and_the_others_wait_for_their_turn() -> None:
    clients = clients_of(unlimited(), 4)
    for tcp, _ in clients:
        tcp.receive(LARGE_BYTES + 1)
    assert [tcp.is_paused for tcp, _ in clients] == [False, False, True, True]

    clients[0][1].whole()

    assert [tcp.is_paused for tcp, _ in clients] == [False, False, False, True]


@in_virtual_time
async def test_small_messages_never_wait() -> None:
    clients = clients_of(unlimited(), 3)
    for tcp, _ in clients[:2]:
        tcp.receive(LARGE_BYTES + 1)
    small, arrival = clients[2]
    for _ in range(10):
        small.receive(LARGE_BYTES)
        arrival.whole()

    assert not small.is_paused


@in_virtual_time
async def test_a_client_that_does_not_finish_its_message_is_dropped_if_others_wait() -> None:
    clients = clients_of(unlimited(), 3)
    for tcp, _ in clients:
        tcp.receive(LARGE_BYTES + 1)
    await asyncio.sleep(LIMIT_S - 1)
    assert not any(tcp.is_dropped for tcp, _ in clients)
    await asyncio.sleep(2)

    assert [tcp.is_dropped for tcp, _ in clients] == [True, True, False]
    assert not clients[2][0].is_paused


@in_virtual_time
async def test_a_large_message_may_take_any_time_if_no_other_waits() -> None:
    clients = clients_of(unlimited(), 2)
    for tcp, _ in clients:
        tcp.receive(LARGE_BYTES + 1)
    await asyncio.sleep(10 * LIMIT_S)

    assert not any(tcp.is_dropped for tcp, _ in clients)


@in_virtual_time
async def test_a_late_message_is_dropped_as_soon_as_another_one_has_to_wait() -> None:
    clients = clients_of(unlimited(), 3)
    for tcp, _ in clients[:2]:
        tcp.receive(LARGE_BYTES + 1)
    await asyncio.sleep(2 * LIMIT_S)
    clients[2][0].receive(LARGE_BYTES + 1)
    await asyncio.sleep(1)

    assert [tcp.is_dropped for tcp, _ in clients] == [True, True, False]


@in_virtual_time
async def test_no_large_message_arrives_while_the_memory_is_full() -> None:
    memory = InboxMemory(max_bytes=1000)
    (tcp, _), *_ = clients_of(memory.arrivals, 1)
    memory.take(1000)
    tcp.receive(LARGE_BYTES + 1)
    assert tcp.is_paused

    memory.give_back(1)

    assert not tcp.is_paused


@in_virtual_time
async def test_a_session_without_room_does_not_hold_up_the_messages_of_others() -> None:
    clients = clients_of(unlimited(), 3)
    for tcp, _ in clients:
        tcp.receive(LARGE_BYTES + 1)

    clients[0][1].hold()

    assert [tcp.is_paused for tcp, _ in clients] == [True, False, False]
    clients[0][1].go_on()
    assert not clients[0][0].is_paused


@in_virtual_time
async def test_a_client_that_leaves_makes_room_for_another_message() -> None:
    clients = clients_of(unlimited(), 4)
    for tcp, _ in clients:
        tcp.receive(LARGE_BYTES + 1)

    clients[2][1].close()
    clients[0][1].close()

    assert not clients[3][0].is_paused
