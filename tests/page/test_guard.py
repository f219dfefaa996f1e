"""Which requests the page answers, and which need a login."""

import pytest

from wyoming_bridge.config import Access
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.page.guard import SUPERVISOR, PageGuard
from wyoming_bridge.page.settings import PageSettings

TOKEN = Access(token="a-token-of-some-length")
LOCAL = PageGuard(PageSettings(), Access())
NETWORK = PageGuard(PageSettings(address="*:10381", hosts=("voice.example",)), TOKEN)
INGRESS = PageGuard(PageSettings(address="0.0.0.0:10381", ingress=True), Access())


def problem(
    guard: PageGuard,
    *,
    host: str = "127.0.0.1:10381",
    origin: str | None = None,
    method: str = "GET",
    is_upgrade: bool = False,
    peer: str = "127.0.0.1",
) -> str:
    headers = {"host": [host]} | ({"origin": [origin]} if origin else {})
    return (
        guard.problem(peer=peer, method=method, is_upgrade=is_upgrade, headers=headers, port=10381)
        or ""
    )


@pytest.mark.parametrize("address", ["0.0.0.0:10381", "*:10381", "192.0.2.1:80", "[::]:10381"])
def test_a_page_in_the_network_needs_a_token(address: str) -> None:
    settings = PageSettings(address=address)

    with pytest.raises(ConfigError, match=r"page: the network can reach .* set access_token") as e:
        PageGuard(settings, Access(allow=("192.0.2.0/24",)))
    assert address in str(e.value)
    PageGuard(settings, TOKEN)


@pytest.mark.parametrize("address", ["127.0.0.1:10381", "localhost:0", "[::1]:10381"])
def test_a_page_of_this_machine_needs_no_token(address: str) -> None:
    guard = PageGuard(PageSettings(address=address), Access())

    assert not guard.needs_login(peer="127.0.0.1", headers={"host": ["localhost:10381"]})


def test_a_page_can_be_read_without_an_origin_and_changed_only_with_its_own() -> None:
    own = "http://127.0.0.1:10381"

    assert problem(LOCAL) == ""
    assert problem(LOCAL, origin=own) == ""
    assert "Origin: must be that of the page, but it is missing" in problem(LOCAL, method="POST")
    assert "it is missing" in problem(LOCAL, is_upgrade=True)
    assert problem(LOCAL, method="DELETE", origin=own) == ""


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("rebound.example:10381", None),
        ("127.0.0.1:10381", "http://page.example"),
        ("127.0.0.1:10381", "null"),
        ("127.0.0.1:10381", "http://127.0.0.1:8080"),
        ("127.0.0.1:10381", "http://localhost:10381"),
    ],
)
def test_other_pages_are_refused_also_those_of_this_machine(host: str, origin: str | None) -> None:
    assert problem(LOCAL, host=host, origin=origin)


@pytest.mark.parametrize(
    "host",
    [
        "192.0.2.1:10381",
        "192.0.2.1:8080",
        "[2001:db8::1]:10381",
        "bridge.local:10381",
        "nas:10381",
        "voice.example",
        "voice.example:8443",
    ],
)
def test_in_the_network_addresses_and_private_names_are_the_pages_own(host: str) -> None:
    assert problem(NETWORK, host=host, origin=f"https://{host}", method="POST") == ""


@pytest.mark.parametrize("host", ["rebound.example:10381", "voice.example.evil.example"])
def test_in_the_network_a_public_name_must_be_listed(host: str) -> None:
    assert "Host: must be an IP address or a name of a private network or voice.example" in problem(
        NETWORK, host=host
    )


def test_in_the_network_a_page_at_another_address_is_a_stranger() -> None:
    assert "must be the page's own host" in problem(
        NETWORK, host="192.0.2.1:10381", origin="http://192.0.2.66:10381", method="POST"
    )


@pytest.mark.parametrize(
    ("peer", "headers", "needs"),
    [
        ("127.0.0.1", {"host": ["localhost:10381"]}, False),
        ("::1", {"host": ["[::1]:10381"]}, False),
        ("::ffff:127.0.0.1", {"host": ["127.0.0.1:10381"]}, False),
        ("192.0.2.9", {"host": ["192.0.2.1:10381"]}, True),
        # A name can belong to an attacker, and a proxy forwards requests of other machines.
        ("127.0.0.1", {"host": ["bridge.local:10381"]}, True),
        ("127.0.0.1", {"host": ["voice.example"]}, True),
        ("127.0.0.1", {"host": ["127.0.0.1:10381"], "x-forwarded-for": ["192.0.2.9"]}, True),
        ("127.0.0.1", {"host": ["127.0.0.1:10381"], "forwarded": ["for=192.0.2.9"]}, True),
        ("192.0.2.9", {"host": ["127.0.0.1:10381"]}, True),
        ("127.0.0.1", {"host": ["[a]:10381"]}, True),
        ("127.0.0.1", {"host": ["localhost:10381", "bridge.local:10381"]}, True),
    ],
)
def test_only_a_browser_on_this_machine_needs_no_login(
    peer: str, headers: dict[str, list[str]], *, needs: bool
) -> None:
    assert NETWORK.needs_login(peer=peer, headers=headers) is needs


def test_listed_wyoming_clients_and_an_untrusted_machine_need_a_login() -> None:
    access = Access(token=TOKEN.token, allow=("192.0.2.9",), trust_loopback=False)
    guard = PageGuard(PageSettings(), access)
    host = {"host": ["127.0.0.1:10381"]}

    assert guard.needs_login(peer="127.0.0.1", headers=host)
    assert guard.needs_login(peer="192.0.2.9", headers=host)


def test_ingress_is_only_for_the_supervisor_and_has_the_login_of_home_assistant() -> None:
    named = {"host": ["homeassistant.example"]}

    assert problem(INGRESS, peer=SUPERVISOR, host="homeassistant.example") == ""
    assert (
        problem(INGRESS, peer=SUPERVISOR, host="ha.example", origin="https://ha", method="POST")
        == ""
    )
    assert "it is missing" in problem(INGRESS, peer=SUPERVISOR, method="POST")
    for stranger in ("127.0.0.1", "172.30.33.5", "192.0.2.9"):
        assert "only to Home Assistant's ingress" in problem(INGRESS, peer=stranger)
    assert not INGRESS.needs_login(peer=SUPERVISOR, headers=named)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("127.0.0.1:10381", "127.0.0.1", 10381),
        ("[::1]:0", "::1", 0),
        ("*:80", "*", 80),
        ("bridge.local:65535", "bridge.local", 65535),
    ],
)
def test_an_address_has_a_host_and_a_port(address: str, host: str, port: int) -> None:
    settings = PageSettings(address=address)

    assert (settings.host, settings.port) == (host, port)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "10381",
        "127.0.0.1",
        "127.0.0.1:",
        "http://127.0.0.1:10381",
        "::1:10381",
        "a b:1",
        "127.0.0.1:65536",
        "user@host:1",
        "127.0.0.1:1/path",
    ],
)
def test_another_address_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(ConfigError, match="address: must be host:port, such as"):
        PageSettings(address=address)


def test_hosts_are_checked() -> None:
    with pytest.raises(ConfigError, match="hosts: must be host or host:port"):
        PageSettings(hosts=("https://voice.example",))
