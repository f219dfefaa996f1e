"""IP addresses of sockets: whether they are local, and which of them count as one client."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from ..errors import ConfigError

__all__ = [
    "address_key",
    "host_of",
    "in_networks",
    "is_address",
    "is_loopback",
    "is_private",
    "network_of",
    "parsed",
]

_IPV6_SITE_BITS: Final = 64
"""The length of the IPv6 prefix that counts as one client. An internet subscriber gets at least a
/64 network, and a device can use any address in it (RFC 6177)."""

_PRIVATE_SUFFIXES: Final = (".local", ".home.arpa", ".internal", ".lan")
"""The suffixes of private names. The first three come from RFC 6762, RFC 8375 and ICANN's
reservation of 2024. Many home routers use ``.lan``."""


def is_loopback(host: str | None) -> bool:
    """Return whether a host is ``localhost``, or an address in ``127.0.0.0/8`` or ``::1``.

    An IPv6 address may be in brackets, and ``localhost`` may end with a dot. Only processes on this
    machine can reach such a host, and data for it does not cross a network. Other names are not
    resolved.
    """
    if not host:
        return False
    if host.casefold().removesuffix(".") == "localhost":
        return True
    known = parsed(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    return known is not None and known.is_loopback


def is_private(host: str | None) -> bool:
    """Return whether a host belongs to a private network, by its address or by its name.

    Names are not resolved. A name without a dot, or with a suffix that the public DNS does not
    have, is private.
    """
    known = parsed(host) if host else None
    if known is not None:
        return known.is_private
    name = (host or "").casefold().rstrip(".")
    return bool(name) and ("." not in name or name.endswith(_PRIVATE_SUFFIXES))


def is_address(host: str) -> bool:
    """Return whether a host is an IP address, and not a name."""
    return parsed(host) is not None


def host_of(address: str) -> str:
    """Return the canonical spelling of an address, without an interface such as ``%eth0``.

    An IPv4-mapped IPv6 address is returned as IPv4. A text that is not an address is returned
    unchanged.
    """
    known = parsed(address)
    return address if known is None else str(known)


def address_key(address: str) -> str:
    """Return the key of one client: its IPv4 address, or the /64 network of its IPv6 address."""
    known = parsed(address)
    if isinstance(known, IPv6Address):
        return str(IPv6Network((known, _IPV6_SITE_BITS), strict=False))
    return host_of(address)


@lru_cache(maxsize=256)  # each connection has the address of the bridge, and clients come again
def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Parse the address of a socket. Return None if the text is not an address.

    ``text`` is empty if the client left before its address was known.
    """
    try:
        address = ip_address(text.partition("%")[0])  # drop the interface of a link-local address
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def network_of(entry: str, *, key: str) -> IPv4Network | IPv6Network:
    """Parse an entry of a list of addresses and networks. ``key`` is the setting with the list.

    Raises:
        ConfigError: The entry is neither an address nor a network.
    """
    try:
        return ip_network(entry)
    except ValueError as err:
        raise ConfigError(
            f"{key}: {err}; allowed: an address or a network, such as 192.168.1.20, "
            "192.168.1.0/24 or fd00::/64"
        ) from err


def in_networks(address: str, networks: Iterable[str]) -> bool:
    """Return whether an address is in one of the networks, all of which must be valid."""
    known = parsed(address)
    return known is not None and any(known in ip_network(each) for each in networks)
