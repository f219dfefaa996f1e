"""Bridges that announce themselves on the network."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final

from homeassistant.config_entries import SOURCE_ZEROCONF, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from flows import DOMAIN

ID: Final = "0123456789abcdef0123456789abcdef"


async def announced(
    hass: HomeAssistant,
    port: int | None,
    *,
    properties: Mapping[str, Any] | None = None,
    host: str = "127.0.0.1",
    more_hosts: Sequence[str] = (),
) -> ConfigFlowResult:
    """Start the flow for the announcement of a bridge, or of a device that pretends to be one."""
    address = ip_address(host)
    found = ZeroconfServiceInfo(
        ip_address=address,
        ip_addresses=[address, *map(ip_address, more_hosts)],
        port=port,
        hostname="attic.local.",
        type="_wyoming-bridge._tcp.local.",
        name="Attic._wyoming-bridge._tcp.local.",
        properties={"id": ID, "version": "0.1.0"} if properties is None else dict(properties),
    )
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_ZEROCONF}, data=found
    )
