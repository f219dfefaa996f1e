"""When a proof is checked: guessing is slow, but does not keep a client with the token out."""

import logging

import pytest

from wyoming_bridge.access import Access, Verdict
from wyoming_bridge.server.access_attempts import (
    RETRY_S,
    STRANGERS_RETRY_S,
    AccessAttempts,
)
from wyoming_bridge.server.access_log import AccessLog

HOME_ASSISTANT = "192.168.7.10"
STRANGER = "192.168.7.66"
MINUTE_S = 60.0
WHILE_S = 10.0


@pytest.fixture
def attempts() -> AccessAttempts[str]:
    return AccessAttempts(Access(token="r1ght-t0k3n", allow=("10.0.0.9",)))


def checked(
    attempts: AccessAttempts[str], wrong: dict[str, str], *, now: float, until: float
) -> dict[str, float]:
    """Check the wrong proofs of clients as soon as possible; return the time of each check."""
    waiting = dict(wrong)
    times: dict[str, float] = {}
    for client, address in list(waiting.items()):
        if attempts.take_turn(client, address, now=now):
            attempts.note_wrong(address, now=now)
            times[client] = now
            del waiting[client]
    while (due := attempts.next_timeout()) is not None and due <= until:
        now = max(now, due)
        client = attempts.first(now=now)
        assert client is not None
        assert attempts.take_turn(client, waiting[client], now=now)
        attempts.note_wrong(waiting.pop(client), now=now)
        times[client] = now
    return times


def test_after_a_wrong_proof_only_the_next_proofs_of_its_address_wait(
    attempts: AccessAttempts[str],
) -> None:
    attempts.note_right(HOME_ASSISTANT)
    attempts.note_wrong(STRANGER, now=100)

    assert attempts.take_turn("Home Assistant", HOME_ASSISTANT, now=100)
    assert not attempts.take_turn("stranger", STRANGER, now=100)
    assert attempts.next_timeout() == 100 + RETRY_S
    assert attempts.take_turn("stranger", STRANGER, now=100 + RETRY_S)
    assert attempts.next_timeout() is None


@pytest.mark.parametrize(
    ("first", "second", "waits_s"),
    [
        (STRANGER, STRANGER, RETRY_S),
        (STRANGER, f"::ffff:{STRANGER}", RETRY_S),
        ("2001:db8::1", "2001:db8::ffff:1", RETRY_S),
        ("fe80::1%eth0", "fe80::2", RETRY_S),
        (STRANGER, "192.168.7.67", STRANGERS_RETRY_S),
        ("2001:db8::1", "2001:db8:0:1::1", STRANGERS_RETRY_S),
    ],
)
def test_a_wrong_proof_delays_its_address_or_network_and_all_strangers_a_little(
    first: str, second: str, waits_s: float, attempts: AccessAttempts[str]
) -> None:
    attempts.note_wrong(first, now=100)

    assert not attempts.take_turn("next", second, now=100)
    assert attempts.next_timeout() == 100 + waits_s


@pytest.mark.parametrize(
    "address",
    [
        lambda number: f"10.7.{number // 250}.{number % 250}",
        lambda number: f"2001:db8:{number:x}::1",
        lambda number: f"::ffff:10.7.{number // 250}.{number % 250}",
    ],
)
def test_strangers_at_many_addresses_are_limited_in_total(
    address, attempts: AccessAttempts[str]
) -> None:
    strangers = {f"stranger {number}": address(number) for number in range(800)}

    times = checked(attempts, strangers, now=100, until=100 + WHILE_S)

    assert len(times) == pytest.approx(WHILE_S / STRANGERS_RETRY_S, abs=2)


def test_all_addresses_of_a_64_network_share_one_limit(
    attempts: AccessAttempts[str],
) -> None:
    strangers = {f"stranger {number}": f"2001:db8::{number:x}" for number in range(1000)}

    times = checked(attempts, strangers, now=100, until=100 + WHILE_S)

    assert len(times) == pytest.approx(WHILE_S / RETRY_S, abs=2)


@pytest.mark.parametrize("known", [HOME_ASSISTANT, "fd00::10"])
def test_no_stranger_delays_a_client_that_sent_a_right_proof_before(
    known: str, attempts: AccessAttempts[str]
) -> None:
    attempts.note_right(known)
    neighbours = {f"stranger {n}": f"fd00::{n + 256:x}" for n in range(500)}
    others = {f"other {n}": f"10.7.{n // 250}.{n % 250}" for n in range(500)}
    checked(attempts, neighbours | others, now=100, until=101)

    assert all(attempts.take_turn(f"satellite {n}", known, now=101) for n in range(100))


def test_a_listed_client_has_a_queue_of_its_own_too(attempts: AccessAttempts[str]) -> None:
    attempts.note_wrong(STRANGER, now=100)

    assert attempts.take_turn("listed", "10.0.0.9", now=100)


@pytest.mark.parametrize("address", [HOME_ASSISTANT, STRANGER])
def test_a_new_client_waits_at_most_for_the_clients_before_it(
    address: str, attempts: AccessAttempts[str]
) -> None:
    attempts.note_wrong(STRANGER, now=100)
    flood = {f"guess {n}": f"10.7.0.{n}" for n in range(100)}
    waiting = dict(flood)
    assert not any(attempts.take_turn(each, flood[each], now=100) for each in flood)
    assert not attempts.take_turn("Home Assistant", address, now=100)
    now = 100.0
    while (client := attempts.first(now=now)) != "Home Assistant":
        if client is None:
            due = attempts.next_timeout()
            assert due is not None
            now = due
            continue
        assert attempts.take_turn(client, waiting[client], now=now)
        attempts.note_wrong(waiting[client], now=now)
        attempts.take_turn(client, waiting[client], now=now)  # waits again, after the others

    assert now - 100 <= len(flood) * STRANGERS_RETRY_S + RETRY_S


def test_a_client_that_leaves_does_not_delay_the_others(attempts: AccessAttempts[str]) -> None:
    attempts.note_wrong(STRANGER, now=100)
    for number in range(50):
        attempts.take_turn(f"guess {number}", STRANGER, now=100)
        attempts.leave(f"guess {number}")
    attempts.take_turn("last", STRANGER, now=100)

    assert attempts.first(now=100 + RETRY_S) == "last"


def test_a_right_proof_ends_the_wait_of_its_address(
    attempts: AccessAttempts[str],
) -> None:
    attempts.note_wrong(STRANGER, now=100)
    assert not attempts.take_turn("satellite", HOME_ASSISTANT, now=100)

    attempts.note_right(HOME_ASSISTANT)

    assert attempts.first(now=100) == "satellite"


def test_the_number_of_addresses_that_are_kept_is_limited(attempts: AccessAttempts[str]) -> None:
    for number in range(5000):
        attempts.note_right(f"10.{number >> 8}.{number & 255}.1")
        attempts.note_wrong(f"172.16.{number >> 8}.{number & 255}", now=100)

    assert len(attempts._trusted) == 64  # noqa: SLF001 - the size is not public
    assert len(attempts._free_at) == 1024  # noqa: SLF001


def test_an_address_or_network_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    log = AccessLog()
    for address in (STRANGER, f"::ffff:{STRANGER}", "2001:db8::1", "2001:db8::2"):
        log.refused(address, Verdict.MISSING, now=100)

    assert [line.split(",")[0] for line in caplog.messages] == [
        f"refused a client at {STRANGER}",
        "refused a client at 2001:db8::1",
    ]


def test_many_addresses_cause_ten_log_lines_per_minute(caplog: pytest.LogCaptureFixture) -> None:
    log = AccessLog()
    with caplog.at_level(logging.WARNING):
        for number in range(3000):
            log.refused(f"10.7.{number // 250}.{number % 250}", Verdict.WRONG, now=100)
        first = len(caplog.messages)
        log.refused(STRANGER, Verdict.WRONG, now=100 + MINUTE_S)

    assert first == 10
    assert caplog.messages[9].endswith("(further addresses are not logged within this minute)")
    assert len(caplog.messages) == 11
