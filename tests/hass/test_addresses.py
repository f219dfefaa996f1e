"""The spellings of one address."""

import pytest

from custom_components.wyoming_bridge.addresses import host_and_port
from custom_components.wyoming_bridge.bridge import ConfigError
from custom_components.wyoming_bridge.known_accounts import is_same_account

LOCAL = {"provider": "local", "protocol": "reson8", "token": "t0k3n"}
CLOUD = {"provider": "reson8", "token": "t0k3n"}
BRIDGE = {"provider": "bridge", "port": 10300}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ws://attic:8765", "ws://ATTIC:8765"),
        ("ws://attic:8765", "http://attic:8765/"),
        ("ws://attic:8765", "attic:8765"),
        ("ws://attic:8765", "ws://attic.:8765"),
        ("ws://attic:8765", "ws://attic:8765/reson8"),
        ("ws://attic:8765", "ws://attic:08765/reson8/"),
        ("ws://attic", "ws://attic:80"),
        ("wss://attic", "https://attic:443/"),
        ("ws://localhost:8765", "ws://localhost.:8765"),
        ("ws://localhost:8765", "ws://127.0.0.1:8765"),
        ("ws://[::1]:8765", "ws://[0:0:0:0:0:0:0:1]:8765"),
        ("ws://192.0.2.1:8765", "ws://[::ffff:192.0.2.1]:8765"),
        ("ws://dachgeschoß:8765", "ws://DACHGESCHOSS:8765"),
    ],
)
def test_two_spellings_of_an_address_are_one_account(one: str, other: str) -> None:
    assert is_same_account({**LOCAL, "url": one}, {**LOCAL, "url": other})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"url": "ws://attic:8765"}, {"url": "ws://attic:8766"}),
        ({"url": "ws://attic"}, {"url": "wss://attic"}),
        ({"url": "ws://attic"}, {"url": "ws://attic/scriptix"}),
        ({"url": "ws://attic"}, {"url": "ws://attic", "token": "another"}),
        ({"url": "ws://attic"}, {"url": "ws://attic", "protocol": "scriptix"}),
        ({"url": "ws://[::1"}, {"url": "ws://attic"}),
    ],
)
def test_two_addresses_are_two_accounts(one: dict[str, str], other: dict[str, str]) -> None:
    assert not is_same_account({**LOCAL, **one}, {**LOCAL, **other})


def test_the_address_of_the_service_itself_is_not_a_custom_server() -> None:
    assert is_same_account(CLOUD, {**CLOUD, "url": "https://API.reson8.dev:443/"})


@pytest.mark.parametrize(
    ("one", "other"),
    [("attic", "Attic."), ("::1", "0:0::1"), ("localhost", "127.0.0.1"), ("a.local", "A.LOCAL.")],
)
def test_two_spellings_of_a_host_are_one_bridge(one: str, other: str) -> None:
    assert is_same_account({**BRIDGE, "host": one}, {**BRIDGE, "host": other})
    assert not is_same_account({**BRIDGE, "host": one}, {**BRIDGE, "host": other, "port": 1})


@pytest.mark.parametrize(
    ("entered", "read"),
    [
        ("attic", {"host": "attic"}),
        (" tcp://attic:10301/ ", {"host": "attic", "port": 10301}),
        ("attic:0", {"host": "attic", "port": 0}),
        ("::1", {"host": "::1"}),
        ("[::1]", {"host": "::1"}),
        ("[::1]:10301", {"host": "::1", "port": 10301}),
    ],
)
def test_a_host_may_have_a_port(entered: str, read: dict[str, object]) -> None:
    assert host_and_port(entered) == read


@pytest.mark.parametrize(
    "entered",
    [
        "",
        " ",
        "tcp://",
        ":10300",
        "http://attic:8123",
        "attic:99999",
        "attic:10300?",
        "attic#",
        "a/b",
        "a b",
        "[",
    ],
)
def test_other_text_is_not_a_host(entered: str) -> None:
    with pytest.raises(ConfigError, match=r"^host: must be a name or an address"):
        host_and_port(entered)


@pytest.mark.parametrize("entered", ["me@attic", "tcp://me:s3cret@attic:10300"])
def test_the_error_does_not_quote_a_password(entered: str) -> None:
    with pytest.raises(ConfigError, match="must not contain a user") as caught:
        host_and_port(entered)

    assert "s3cret" not in str(caught.value)
