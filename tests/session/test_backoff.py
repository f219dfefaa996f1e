"""How often a lost session is replaced."""

from wyoming_bridge.session.backoff import Backoff


def test_three_connections_are_allowed_and_the_delays_grow() -> None:
    backoff = Backoff(connections=3)

    assert [backoff.next_delay() for _ in range(3)] == [0.1, 0.5, None]


def test_one_connection_is_not_replaced() -> None:
    assert Backoff(connections=1).next_delay() is None


def test_progress_resets_the_count() -> None:
    backoff = Backoff(connections=2)
    assert backoff.next_delay() is not None
    backoff.progress()

    assert backoff.failed == 0
    assert backoff.next_delay() is not None
    assert backoff.next_delay() is None


def test_the_delays_add_up_to_less_than_a_second() -> None:
    backoff = Backoff(connections=3)

    assert sum(delay for delay in iter(backoff.next_delay, None)) < 1
