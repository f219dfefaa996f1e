"""Requests that a server without tokens accepts, and requests of web pages that it refuses."""

import pytest

from wyoming_bridge.errors import ConfigError
from wyoming_bridge.web.host_guard import HostGuard, check_hosts, host_in

OWN = HostGuard(port=8765)
CONFIGURED = HostGuard(port=8765, hosts=("bridge.example", "localhost:3000"))


def problem(guard: HostGuard = OWN, **headers: str | list[str]) -> str:
    given = {"host": "127.0.0.1:8765", **headers}
    listed = {
        name.replace("_", "-"): [value] if isinstance(value, str) else value
        for name, value in given.items()
    }
    return guard.problem(listed) or ""


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "localhost:8765", "LocalHost:8765", "127.9.9.9:8765", "[::1]:8765"]
)
def test_loopback_hosts_with_the_servers_port_are_accepted(host: str) -> None:
    assert problem(host=host) == ""
    assert problem(origin=f"http://{host}") == ""


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example:8765",
        "127.0.0.1:8766",
        "127.0.0.1",
        "localhost",
        "localhost.rebound.example:8765",
        "127.0.0.1.rebound.example:8765",
        "rebound.example@127.0.0.1:8765",
        "0.0.0.0:8765",
        "0x7f000001:8765",
        "2130706433:8765",
        "127.1:8765",
        "\uff11\uff12\uff17.0.0.1:8765",  # full-width digits
        "[::]:8765",
        "[::1]:8765:8765",
        "",
        "127.0.0.1:8765 ",
        "127.0.0.1:8765, rebound.example",
    ],
)
def test_every_other_host_is_refused(host: str) -> None:
    assert problem(host=host).startswith("Host: must be a loopback address with port 8765, got ")
    assert problem(origin=f"http://{host}").startswith(
        "Origin: must begin with http:// or https://, followed by a loopback"
    )


def test_a_request_without_a_host_or_with_a_second_foreign_host_is_refused() -> None:
    assert OWN.problem({}) is not None
    assert "rebound" in problem(host=["127.0.0.1:8765", "rebound.example:8765"])


@pytest.mark.parametrize(
    "origin",
    [
        "https://page.example",
        "http://localhost:3000",
        "http://localhost",
        "null",
        "",
        "file://",
        "127.0.0.1:8765",
        "chrome-extension://abcdefgh",
        "ftp://127.0.0.1:8765",
        "http://127.0.0.1:8765/",
    ],
)
@pytest.mark.parametrize("header", ["origin", "sec_websocket_origin"])
def test_every_other_origin_is_refused(header: str, origin: str) -> None:
    assert problem(**{header: origin}).startswith("Origin: must begin with ")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_without_an_origin_is_detected_by_sec_fetch_site(site: str) -> None:
    assert problem(sec_fetch_site=site).startswith("Sec-Fetch-Site: must be same-origin or none")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_servers_own_page_and_the_address_bar_are_accepted(site: str) -> None:
    assert problem(sec_fetch_site=site) == ""


def test_configured_hosts_are_accepted() -> None:
    assert problem(CONFIGURED, host="bridge.example") == ""
    assert problem(CONFIGURED, host="bridge.example:8765", origin="https://bridge.example") == ""
    assert problem(CONFIGURED, origin="http://localhost:3000", sec_fetch_site="same-site") == ""
    assert problem(CONFIGURED, host="localhost:3001").endswith("got 'localhost:3001'")


def test_a_refusal_names_what_is_allowed() -> None:
    assert problem(CONFIGURED, host="other.example") == (
        "Host: must be a loopback address with port 8765 or bridge.example or localhost:3000, got "
        "'other.example'"
    )


@pytest.mark.parametrize("host", ["http://bridge.example", "bridge.example/", "a b", ""])
def test_an_entry_that_is_not_a_host_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="hosts: must be host or host:port"):
        check_hosts([host])


IN_NETWORK = HostGuard(port=8765, in_network=True)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:1", "bridge.local", "nas:8765"]
)
def test_in_a_network_addresses_and_private_names_are_accepted_with_any_port(host: str) -> None:
    assert problem(IN_NETWORK, host=host) == ""
    assert host.partition(":")[0].strip("[") in problem(host=host)


@pytest.mark.parametrize("host", ["rebound.example", "rebound.example:8765", "a@192.0.2.1"])
def test_in_a_network_public_names_are_refused(host: str) -> None:
    assert "Host: must be an IP address or a name of a private network" in problem(
        IN_NETWORK, host=host
    )


@pytest.mark.parametrize(
    ("authority", "host"),
    [("LocalHost:80", "localhost"), ("[::1]:80", "::1"), ("nas", "nas"), ("a b", None), ("", None)],
)
def test_the_host_of_a_header_has_no_port(authority: str, host: str | None) -> None:
    assert host_in(authority) == host
