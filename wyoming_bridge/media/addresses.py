"""Decides which addresses belong to the public internet, and which to this machine's network."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

__all__ = ["Allowed", "IPAddress", "Nearby", "address_of", "is_any", "is_nearby", "is_public"]

IPAddress = IPv4Address | IPv6Address

Allowed = Callable[[IPAddress], bool]
"""Returns whether a connection to an address is allowed."""

Nearby = Callable[[IPAddress, IPAddress], bool]
"""Returns whether the peer (second argument) is this machine or a device in its network. The first
argument is the address of this machine's end of the connection."""

_NETWORK_BITS: Final = 64
"""The length of the prefix that all devices in an IPv6 network share (RFC 4291, 2.5.4)."""

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All global unicast addresses, by IANA's registry of the IPv6 address space.

Other IPv6 addresses are refused, unless they stand for an IPv4 address. ``is_global`` of Python's
``ipaddress`` is not enough: it is true for addresses that no registry lists, such as the former
site-local ``fec0::/10`` (RFC 3879) and IPv4-compatible ``::7f00:1`` (RFC 4291, 2.5.5.1).
"""

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""An address in this network stands for the IPv4 address in its last four bytes (RFC 6052)."""

_REFUSED: Final = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments, RFC 6890
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
    IPv6Network("2001::/23"),  # protocol assignments, RFC 2928, among them Teredo
    IPv6Network("2001:db8::/32"),  # documentation, RFC 3849
    IPv6Network("2002::/16"),  # 6to4, which is out of use (RFC 7526), with an IPv4 address inside
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
)
"""Networks without public web servers. Python versions differ in ``is_global`` for them."""


def address_of(host: str) -> IPAddress | None:
    """Return a host's address without the interface (``%eth0``); None if the host is a name."""
    try:
        return ip_address(host.partition("%")[0].rstrip("."))
    except ValueError:
        return None


def is_public(address: IPAddress) -> bool:
    """Return whether an address is a public unicast address of the internet."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(address.packed[-4:]))
        if address not in _GLOBAL_UNICAST:
            return False
    if any(address in network for network in _REFUSED):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def is_nearby(own: IPAddress, peer: IPAddress) -> bool:
    """Return whether a peer is this machine itself, or a device in the same IPv6 network.

    With IPv6, the devices of a house have public addresses, so ``is_public`` cannot refuse them.
    ``own`` is the address of this machine's end of the connection.
    """
    own, peer = _unmapped(own), _unmapped(peer)
    if isinstance(own, IPv6Address) and isinstance(peer, IPv6Address):
        return peer in IPv6Network((own.packed, _NETWORK_BITS), strict=False)
    return own == peer


def _unmapped(address: IPAddress) -> IPAddress:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_any(_address: IPAddress) -> bool:
    """Allow every address, including this machine and private networks."""
    return True
