"""Which connection is closed when a server is full. The tests use no sockets."""

import pytest

from wyoming_bridge.web.connections import Connections


class Client:
    """A connection that records whether it was dropped."""

    def __init__(self, all_connections: Connections, owner: str) -> None:
        self.owner = owner
        self.is_open = True
        self._all = all_connections
        all_connections.add(self)

    def drop(self) -> None:
        self.is_open = False
        self._all.remove(self)


@pytest.fixture
def connections() -> Connections:
    return Connections(limit=4, request_timeout_s=10)


def waiting(connections: Connections, *owners: str) -> list[Client]:
    """Return connections of clients that have sent no request yet."""
    clients = []
    for owner in owners:
        clients.append(Client(connections, owner))
        connections.wait(clients[-1])
    return clients


def test_the_oldest_of_the_client_with_the_most_is_closed(connections: Connections) -> None:
    house, first, second, third = waiting(connections, "house", "flood", "flood", "flood")

    waiting(connections, "flood", "phone")

    assert house.is_open
    assert [first.is_open, second.is_open, third.is_open] == [False, False, True]


def test_a_flood_of_one_client_does_not_displace_others(connections: Connections) -> None:
    house, busy = waiting(connections, "house", "flood")
    connections.answer(busy)

    crowd = waiting(connections, *["flood"] * 100)

    assert house.is_open
    assert busy.is_open
    assert sum(each.is_open for each in crowd) == 2


def test_of_one_client_the_oldest_is_closed(connections: Connections) -> None:
    first, second, *_ = waiting(connections, "house", "house", "house", "house")

    waiting(connections, "house")

    assert [first.is_open, second.is_open] == [False, True]


def test_a_client_with_more_connections_waits_until_its_own_are_free(
    connections: Connections,
) -> None:
    house, *flood = waiting(connections, "house", "flood", "flood", "flood")
    for each in flood:
        connections.answer(each)

    waiting(connections, "flood")

    assert house.is_open
    assert connections.is_over_full


def test_a_connection_that_is_answered_is_not_closed(connections: Connections) -> None:
    first, second, *_ = waiting(connections, "house", "house", "house", "house")
    connections.answer(first)

    waiting(connections, "phone")

    assert [first.is_open, second.is_open] == [True, False]
