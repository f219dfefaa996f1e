"""Access to the bridge by address and token, and what is kept about refused addresses."""

import logging

import pytest

from wyoming_bridge.access import Access, Verdict, is_loopback
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.server.access_attempts import RETRY_S, AccessAttempts

TOKEN = "r1ght-t0k3n"
STRANGER = "192.168.7.20"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("access", [Access(token=TOKEN), Access(allow=("10.0.0.0/8",))])
def test_this_machine_always_has_access(access: Access, address: str) -> None:
    assert access.judge(address) is Verdict.ALLOWED


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_has_no_access_if_it_is_not_trusted(address: str) -> None:
    assert Access(token=TOKEN, trust_loopback=False).judge(address) is Verdict.MISSING


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.2", "::1", "::1%lo", "::ffff:127.0.0.1", "localhost", "LocalHost"],
)
def test_a_loopback_host_is_an_address_of_this_machine_or_its_name(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "128.0.0.1", "localhost.x", "192.168.7.20"])
def test_no_other_host_is_a_loopback_host(host: str) -> None:
    assert not is_loopback(host)


def test_without_a_rule_every_client_has_access() -> None:
    assert Access(trust_loopback=False).judge(STRANGER) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("token", "verdict"),
    [
        (TOKEN, Verdict.ALLOWED),
        (None, Verdict.MISSING),
        ("", Verdict.WRONG),
        (f"{TOKEN} ", Verdict.WRONG),
        (TOKEN[:-1], Verdict.WRONG),
        ("gehëim", Verdict.WRONG),
        ("\ud800", Verdict.WRONG),
    ],
)
def test_on_other_machines_the_token_decides(token: str | None, verdict: Verdict) -> None:
    assert Access(token=TOKEN).judge(STRANGER, token) is verdict


@pytest.mark.parametrize(
    "address", ["192.168.7.20", "::ffff:192.168.7.20", "10.1.2.3", "fe80::1%eth0", "fd00::5"]
)
def test_a_listed_address_needs_no_token(address: str) -> None:
    allow = ("192.168.7.20", "10.0.0.0/8", "fe80::/10", "fd00::5")

    assert Access(token=TOKEN, allow=allow).judge(address) is Verdict.ALLOWED
    assert Access(allow=allow).judge(address) is Verdict.ALLOWED


@pytest.mark.parametrize("address", ["192.168.7.21", "fd00::6", "", "nonsense"])
def test_if_there_is_only_a_list_no_token_gives_access(address: str) -> None:
    access = Access(allow=("192.168.7.20", "fd00::5"))

    assert access.judge(address) is Verdict.NOT_LISTED
    assert access.judge(address, TOKEN) is Verdict.NOT_LISTED


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "kitchen.lan",
            "allow: 'kitchen.lan' does not appear to be an IPv4 or IPv6 network; allowed: ",
        ),
        ("192.168.1.5/24", "has host bits set"),
        ("192.168.1.0/33", "such as 192.168.1.20, 192.168.1.0/24 or fd00::/64"),
        ("", "allow: '' does not appear to be"),
    ],
)
def test_an_invalid_network_is_refused_and_the_error_says_what_is_allowed(
    entry: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        Access(allow=("10.0.0.1", entry))

    assert said in str(caught.value)


@pytest.mark.parametrize("token", ["", "two words", "two\nlines", "gehëim"])
def test_a_token_that_cannot_be_typed_is_refused_and_not_quoted(token: str) -> None:
    with pytest.raises(ConfigError, match="access_token: must be printable ASCII") as caught:
        Access(token=token)

    assert (token or "nothing to quote") not in str(caught.value)


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(Access(token=TOKEN))


def test_after_a_wrong_token_an_address_waits_and_others_do_not() -> None:
    attempts = AccessAttempts(Access(token=TOKEN))
    attempts.note_wrong(STRANGER, now=100)

    assert attempts.wait_s(STRANGER, now=100.25) == RETRY_S - 0.25
    assert attempts.wait_s(STRANGER, now=100 + RETRY_S) <= 0
    assert attempts.wait_s("192.168.7.21", now=100) <= 0


def test_of_many_addresses_the_oldest_are_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    attempts = AccessAttempts(Access(token=TOKEN))
    for number in range(2000):
        attempts.note_wrong(f"address {number}", now=100)
        attempts.log(f"address {number}", Verdict.MISSING)
    caplog.clear()

    with caplog.at_level(logging.WARNING):
        attempts.log("address 1999", Verdict.MISSING)
        attempts.log("address 0", Verdict.MISSING)

    assert attempts.wait_s("address 1999", now=100) == RETRY_S
    assert attempts.wait_s("address 0", now=100) <= 0
    (line,) = caplog.messages
    assert "at address 0, " in line
