"""Access to the bridge by address, and what counts as one address."""

import pytest

from wyoming_bridge.access import Access, Verdict, address_key, host_of, is_loopback
from wyoming_bridge.errors import ConfigError

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
    [
        "127.0.0.1",
        "127.0.0.2",
        "::1",
        "[::1]",
        "::1%lo",
        "::ffff:127.0.0.1",
        "localhost",
        "LocalHost",
        "localhost.",
    ],
)
def test_a_loopback_host_is_an_address_of_this_machine_or_its_name(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "[]",
        "[::2]",
        "0.0.0.0",
        "::",
        "128.0.0.1",
        "127.0.0.1.",
        "localhost.x",
        "192.168.7.20",
    ],
)
def test_no_other_host_is_a_loopback_host(host: str) -> None:
    assert not is_loopback(host)


def test_without_a_rule_every_client_has_access() -> None:
    assert Access(trust_loopback=False).judge(STRANGER) is Verdict.ALLOWED


def test_other_machines_have_to_prove_that_they_know_the_token() -> None:
    assert Access(token=TOKEN).judge(STRANGER) is Verdict.MISSING


@pytest.mark.parametrize(
    "address", ["192.168.7.20", "::ffff:192.168.7.20", "10.1.2.3", "fe80::1%eth0", "fd00::5"]
)
def test_a_listed_address_needs_no_token(address: str) -> None:
    allow = ("192.168.7.20", "10.0.0.0/8", "fe80::/10", "fd00::5")

    assert Access(token=TOKEN, allow=allow).judge(address) is Verdict.ALLOWED
    assert Access(allow=allow).judge(address) is Verdict.ALLOWED


@pytest.mark.parametrize("address", ["192.168.7.21", "fd00::6", "", "nonsense"])
def test_if_there_is_only_a_list_no_other_address_has_access(address: str) -> None:
    assert Access(allow=("192.168.7.20", "fd00::5")).judge(address) is Verdict.NOT_LISTED


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


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.168.7.20", "192.168.7.20"),
        ("::ffff:192.168.7.20", "192.168.7.20"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_an_ipv4_address_or_a_64_network_counts_as_one_client(address: str, key: str) -> None:
    assert address_key(address) == key


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("::ffff:192.168.7.20", "192.168.7.20"),
        ("FE80::1%eth0", "fe80::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("", ""),
    ],
)
def test_an_address_has_one_spelling(address: str, host: str) -> None:
    assert host_of(address) == host
