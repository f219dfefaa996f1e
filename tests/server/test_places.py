"""Which clients keep their places, and which log lines are left out."""

import logging

import pytest

from wyoming_bridge.server.places import Places
from wyoming_bridge.server.quiet_log import QuietLog


def places(*, clients: int = 4) -> Places[str]:
    return Places(clients=clients, stranger_s=10, idle_s=300)


def known(*names: str, busy: bool = False, of: Places[str], now: float = 0) -> None:
    for name in names:
        assert of.join(name, now=now) is None
        of.note_event(name, is_busy=busy, now=now)


def test_strangers_take_all_free_places_and_then_those_of_the_oldest_strangers() -> None:
    taken = places()

    assert [taken.join(name, now=0) for name in "abcdef"] == [None, None, None, None, "a", "b"]
    assert len(taken) == 4


@pytest.mark.parametrize(
    ("known_clients", "leaves"),
    [(["k1"], "s1"), (["k1", "k2"], "s1"), (["k1", "k2", "k3"], "k1")],
)
def test_known_clients_lose_places_only_if_strangers_have_less_than_half(
    known_clients: list[str], leaves: str
) -> None:
    taken = places()
    known(*known_clients, of=taken)
    for name in ("s1", "s2", "s3")[: 4 - len(known_clients)]:
        taken.join(name, now=5)

    assert taken.join("new", now=6) == leaves


def test_a_new_client_waits_until_the_oldest_stranger_had_time_for_its_first_event() -> None:
    taken: Places[int] = Places(clients=8)
    for n in range(8):
        assert taken.wait_s(now=5 + n / 1000) == 0
        taken.join(n, now=5 + n / 1000)

    assert taken.wait_s(now=5.009) == pytest.approx(0.001)
    assert taken.wait_s(now=5.0101) == 0
    assert taken.join(8, now=5.0101) == 0
    assert taken.wait_s(now=5.0101) == pytest.approx(0.0009)
    taken.note_event(1, is_busy=True, now=5.0102)
    assert taken.wait_s(now=5.0102) == pytest.approx(0.0018)
    taken.leave(1)
    assert taken.wait_s(now=5.0102) == 0


def test_a_new_client_waits_for_strangers_only() -> None:
    taken = places()
    known("a", "b", "c", busy=True, of=taken)
    taken.join("d", now=1)
    assert taken.wait_s(now=1) == pytest.approx(0.01)

    taken.note_leaving("a")
    assert taken.wait_s(now=1) == 0
    taken.note_event("d", is_busy=True, now=1)
    taken.leave("a")
    known("e", busy=True, of=taken, now=1)
    assert taken.wait_s(now=1) == 0  # no place can be freed, so the new client is refused


def test_a_stranger_takes_the_place_of_the_longest_idle_client() -> None:
    taken = places()
    known("kitchen", "attic", "hall", "cellar", of=taken)
    taken.note_event("attic", is_busy=True, now=1)
    taken.note_event("kitchen", is_busy=True, now=2)
    taken.note_event("kitchen", is_busy=False, now=3)

    assert [taken.join(name, now=4) for name in "ab"] == ["hall", "cellar"]
    assert [taken.join(name, now=4) for name in "cd"] == ["a", "b"]
    taken.note_event("c", is_busy=True, now=5)
    assert taken.join("e", now=5) == "kitchen"


def test_a_client_with_an_utterance_keeps_its_place_and_the_newcomer_is_refused() -> None:
    taken = places()
    known("a", "b", "c", "d", busy=True, of=taken)

    assert taken.join("e", now=1) == "e"
    assert not taken.is_stranger("e")
    taken.leave("a")
    assert taken.join("e", now=2) is None


def test_the_utterance_whose_audio_is_furthest_behind_loses_its_place_if_one_is_needed() -> None:
    taken = places()
    known("a", "b", "c", "d", busy=True, of=taken)
    behind_s = {"a": 1.9, "b": 2.1, "c": 9.0, "d": 0.0}

    assert taken.join("e", now=1, behind_s=lambda name: behind_s.get(name, 0.0)) == "c"
    taken.note_event("e", is_busy=True, now=1)
    assert taken.join("f", now=1, behind_s=lambda name: behind_s.get(name, 0.0)) == "b"
    taken.note_event("f", is_busy=True, now=1)
    assert taken.join("g", now=1, behind_s=lambda name: behind_s.get(name, 0.0)) == "g"


def test_a_client_that_has_just_connected_leaves_after_late_audio_and_strangers() -> None:
    taken = places()
    known("a", "b", busy=True, of=taken)
    known("new", of=taken, now=9.5)
    taken.join("stranger", now=9.9)

    def behind_s(name: str) -> float:
        return 3.0 if name == "b" else 0.0

    assert taken.join("c", now=10, behind_s=behind_s) == "b"
    taken.note_event("c", is_busy=True, now=10)
    assert taken.join("d", now=10, behind_s=behind_s) == "stranger"
    taken.note_event("d", is_busy=True, now=10)
    assert taken.join("e", now=10, behind_s=behind_s) == "new"


def test_an_idle_client_leaves_before_an_utterance_whose_audio_is_late() -> None:
    taken = places()
    known("a", "b", "c", busy=True, of=taken)
    known("d", of=taken)

    assert taken.join("e", now=1, behind_s=lambda _: 60.0) == "d"


def test_a_stranger_loses_its_place_if_all_other_clients_are_busy() -> None:
    taken = places()
    known("a", "b", "c", busy=True, of=taken)

    assert [taken.join(name, now=0) for name in "de"] == [None, "d"]


def test_a_leaving_client_loses_its_place_first() -> None:
    taken = places()
    known("a", "b", of=taken)
    taken.join("c", now=1)
    taken.join("d", now=2)
    taken.note_leaving("d")

    assert taken.join("e", now=3) == "d"
    taken.note_leaving("b")
    assert taken.join("f", now=4) == "b"
    taken.note_leaving("gone")
    assert len(taken) == 4


@pytest.mark.parametrize("count", [100, 200, 256])
def test_satellites_that_wake_at_once_keep_their_places(count: int) -> None:
    taken: Places[int] = Places(clients=256)

    assert [taken.join(n, now=0) for n in range(count)] == [None] * count
    for n in range(count):
        taken.note_event(n, is_busy=True, now=1.9)
    for n in range(1000, 3000):
        taken.join(n, now=1.9)

    assert taken.counts() == {"stranger": 256 - count, "idle": 0, "busy": count, "leaving": 0}
    left = checked(taken, every_s=0.001, until=999)
    assert len(left) == 256 - count
    assert all(n >= 1000 for n, _ in left)


def test_a_house_takes_the_places_of_silent_strangers() -> None:
    taken: Places[int] = Places(clients=256)
    for n in range(300):
        taken.join(n, now=0)

    assert [taken.join(n, now=0.1) for n in range(1000, 1200)] == list(range(44, 244))


def checked(taken: Places[int], *, every_s: float, until: float) -> list[tuple[int, float]]:
    """Call ``overdue`` from time to time. Return the clients that it returned, and when.

    The calls are never before ``next_timeout``, and those for old strangers are ``every_s`` apart.
    """
    left: list[tuple[int, float]] = []
    now = 0.0
    while (due := taken.next_timeout()) is not None and due <= until:
        now = max(due, now + every_s)
        for client in taken.overdue(now=now):
            taken.leave(client)
            left.append((client, round(now, 1)))
    return left


@pytest.mark.parametrize(
    ("clients", "strangers", "leave_after_2_s"),
    [(256, 32, 0), (256, 33, 1), (256, 256, 224), (64, 8, 0), (64, 64, 56), (16, 16, 8), (8, 8, 0)],
)
def test_old_strangers_have_a_small_share_and_the_oldest_lose_their_places(
    clients: int, strangers: int, leave_after_2_s: int
) -> None:
    taken: Places[int] = Places(clients=clients)
    for n in range(strangers):
        taken.join(n, now=0)

    left = checked(taken, every_s=0.001, until=20)

    assert left[:leave_after_2_s] == [(n, 2.0) for n in range(leave_after_2_s)]
    assert left[leave_after_2_s:] == [(n, 10.0) for n in range(leave_after_2_s, strangers)]


def test_new_strangers_do_not_count_as_old_ones() -> None:
    taken: Places[int] = Places(clients=64)
    for n in range(20):
        taken.join(n, now=0)
    assert checked(taken, every_s=0.001, until=1.5) == []
    for n in range(20, 40):
        taken.join(n, now=1.5)

    assert checked(taken, every_s=0.001, until=3.4) == [(n, 2.0) for n in range(12)]
    assert checked(taken, every_s=0.001, until=3.6) == [(n, 3.5) for n in range(12, 32)]


def test_strangers_do_not_grow_old_while_the_bridge_has_no_time_to_read() -> None:
    taken: Places[int] = Places(clients=64, stranger_s=100)
    for n in range(40):
        taken.join(n, now=0)

    (first, *_) = left = checked(taken, every_s=0.5, until=60)

    assert len(left) == 32
    assert first == (0, pytest.approx(0.5 * 80, abs=1))


@pytest.mark.parametrize("every_s", [0.1, 0.5, 5])
def test_a_stranger_is_not_overdue_while_the_bridge_has_no_time_to_read(every_s: float) -> None:
    taken: Places[int] = Places(clients=64)
    taken.join(0, now=0)

    ((_, left_at),) = checked(taken, every_s=every_s, until=1000)

    assert left_at == pytest.approx(7.5 + every_s * 80, abs=1.5 * every_s)


def test_a_stranger_is_not_overdue_when_a_stopped_bridge_continues() -> None:
    taken: Places[int] = Places(clients=64)
    taken.join(0, now=0)

    assert taken.overdue(now=60) == []
    taken.note_event(0, is_busy=True, now=60)
    assert checked(taken, every_s=0.001, until=70) == []


def test_few_strangers_need_no_checks_until_one_is_nearly_overdue() -> None:
    taken: Places[int] = Places(clients=256)
    for n in range(32):
        taken.join(n, now=5)

    assert taken.next_timeout() == 12.5
    taken.join(32, now=6)
    assert (taken.next_timeout() or 0) < 12.5


def test_a_stranger_that_sends_nothing_is_overdue_after_10_s() -> None:
    taken: Places[int] = Places(clients=4)
    taken.join(0, now=0)

    assert checked(taken, every_s=0.001, until=9.9) == []
    assert checked(taken, every_s=0.001, until=20) == [(0, 10.0)]


@pytest.mark.parametrize(
    ("events", "now", "overdue"),
    [
        ([(1, False)], 300.9, []),
        ([(1, False)], 301, ["a"]),
        ([(1, False), (200, False)], 301, []),
        ([(1, True)], 9999, []),
        ([(1, True), (1000, True), (2000, False)], 2299, []),
        ([(1, True), (1000, True), (2000, False)], 2300, ["a"]),
    ],
)
def test_only_silent_clients_without_an_utterance_are_overdue(
    events: list[tuple[float, bool]], now: float, overdue: list[str]
) -> None:
    taken = places()
    taken.join("a", now=0)
    for at, is_busy in events:
        taken.note_event("a", is_busy=is_busy, now=at)

    due = taken.next_timeout()

    assert taken.overdue(now=now) == overdue
    assert (due is not None and due <= now) is bool(overdue)


def test_events_of_a_client_that_has_lost_its_place_do_not_count() -> None:
    taken = places()
    known("a", of=taken)
    taken.leave("a")
    taken.note_event("a", is_busy=True, now=1)

    assert len(taken) == 0
    assert taken.next_timeout() is None


def test_a_log_reports_how_many_lines_it_left_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    now = 0.0
    log = QuietLog(logging.getLogger("quiet"), lines_per_minute=2, clock=lambda: now)

    for n in range(5):
        log.log(logging.INFO, "line %d", n)
    now = 60.0
    log.log(logging.INFO, "line %d", 5)
    log.log(logging.DEBUG, "not logged at this level")

    assert [record.message for record in caplog.records] == [
        "line 0",
        "line 1",
        "left out 3 lines like the next one",
        "line 5",
    ]
