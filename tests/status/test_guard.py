"""Which requests to the status server are refused."""

import pytest

from wyoming_bridge.status.guard import refusal


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:10380",
        "[::1]:10380",
        "localhost:10380",
        "10.244.1.7:10380",
        "203.0.113.9",
        "bridge:10380",
        "bridge.voice.svc.cluster.local:10380",
        "bridge.lan",
    ],
)
def test_addresses_and_names_of_private_networks_are_allowed(host: str) -> None:
    assert refusal({"host": [host]}) is None


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({}, "Host: must be an IP address or a name of a private network"),
        ({"host": ["attacker.example.com:10380"]}, "got 'attacker.example.com:10380'"),
        ({"host": ["127.0.0.1.nip.example"]}, "Host: "),
        ({"host": ["localhost", "attacker.example.com"]}, "Host: "),
        ({"host": ["user@localhost"]}, "Host: "),
        ({"host": ["localhost:123456"]}, "Host: "),
        ({"host": [""]}, "Host: "),
        ({"host": ["localhost"], "origin": ["http://localhost"]}, "Origin: "),
        ({"host": ["localhost"], "origin": ["null"]}, "Origin: "),
        ({"host": ["localhost"], "sec-fetch-site": ["cross-site"]}, "Sec-Fetch-Site: "),
        ({"host": ["localhost"], "sec-fetch-site": ["none", "same-site"]}, "Sec-Fetch-Site: "),
    ],
)
def test_requests_of_web_pages_are_refused(headers: dict[str, list[str]], problem: str) -> None:
    assert problem in str(refusal(headers))


def test_the_address_bar_of_a_browser_is_allowed() -> None:
    assert refusal({"host": ["localhost:10380"], "sec-fetch-site": ["none"]}) is None
