"""What an announcement says about a bridge, before Home Assistant connects to it."""

from ipaddress import ip_address
from typing import Any

import pytest
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from custom_components.wyoming_bridge.discovered_bridge import announced_bridge, supervisor_bridge


def on_the_network(*, port: int | None = 10300, **properties: str) -> ZeroconfServiceInfo:
    return ZeroconfServiceInfo(
        ip_address=ip_address("192.0.2.1"),
        ip_addresses=[ip_address("192.0.2.1"), ip_address("2001:db8::1")],
        hostname="attic.local.",
        name="Attic._wyoming-bridge._tcp.local.",
        port=port,
        properties=properties,
        type="_wyoming-bridge._tcp.local.",
    )


def from_the_supervisor(**config: Any) -> HassioServiceInfo:
    return HassioServiceInfo(config=config, name="Bridge", slug="bridge", uuid="1")


def test_a_bridge_on_the_network_has_a_name_an_address_and_all_its_hosts() -> None:
    found = announced_bridge(on_the_network(id="abc"))

    assert found is not None
    assert (found.name, found.id) == ("Attic", "abc")
    assert found.account == {"provider": "bridge", "host": "192.0.2.1", "port": 10300}
    assert found.hosts == ("192.0.2.1", "2001:db8::1", "attic.local")


def test_a_bridge_that_announces_tls_is_connected_to_with_tls() -> None:
    found = announced_bridge(on_the_network(tls="yes"))

    assert found is not None
    assert found.account["ssl"] is True
    assert found.id is None


def test_an_announcement_without_a_port_is_no_bridge() -> None:
    assert announced_bridge(on_the_network(port=None)) is None


def test_the_supervisor_says_the_token_and_the_id_of_its_bridge() -> None:
    found = supervisor_bridge(
        from_the_supervisor(host="core-bridge", port=10300, token="secret", id="abc", more="other")
    )

    assert found is not None
    assert (found.name, found.id) == ("Bridge", "abc")
    assert found.address == {"host": "core-bridge", "port": 10300, "token": "secret"}


@pytest.mark.parametrize(
    "address", [{}, {"host": "core-bridge"}, {"host": "core-bridge", "port": "10300"}]
)
def test_an_invalid_address_of_the_supervisor_is_no_bridge(address: dict[str, Any]) -> None:
    assert supervisor_bridge(from_the_supervisor(**address)) is None
