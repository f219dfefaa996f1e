"""Bridges that announce themselves on the network, or that the Supervisor announces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_TOKEN
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .account_settings import bridge_address
from .bridge import ConfigError
from .const import CONF_PROVIDER, PROVIDER_BRIDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredBridge:
    """What an announcement says about a bridge. Only the Supervisor's announcements are trusted."""

    name: str
    address: Mapping[str, Any]
    """Host and port, and also TLS or the token if they are announced, as an account stores them."""
    id: str | None
    """The id of the bridge; None if it is not announced."""
    hosts: tuple[str, ...] = ()
    """All names and addresses of the machine that announces the bridge."""

    @property
    def account(self) -> dict[str, Any]:
        """The data of an account of the bridge."""
        return {CONF_PROVIDER: PROVIDER_BRIDGE, **self.address}


def announced_bridge(found: ZeroconfServiceInfo) -> DiscoveredBridge | None:
    """Return the bridge that a device on the network announces; None if it has no port."""
    if found.port is None:
        return None
    address: dict[str, Any] = {CONF_HOST: found.host, CONF_PORT: found.port}
    if found.properties.get("tls") == "yes":
        address[CONF_SSL] = True
    return DiscoveredBridge(
        name=found.name.split(".")[0],
        address=address,
        id=found.properties.get("id"),
        hosts=(*found.addresses, found.hostname.rstrip(".")),
    )


def supervisor_bridge(found: HassioServiceInfo) -> DiscoveredBridge | None:
    """Return the bridge that the Supervisor announces; None if its address is invalid."""
    given = found.config
    address = {str(name): given[name] for name in (CONF_HOST, CONF_PORT) if name in given}
    if token := given.get(CONF_TOKEN):
        address[CONF_TOKEN] = token
    try:
        bridge_address(address)
    except ConfigError:
        return None
    return DiscoveredBridge(name=found.name, address=address, id=given.get("id"))
