"""IP addresses as sockets give them: which are this machine, and which count as one client."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

__all__ = ["address_key", "host_of", "is_loopback", "parsed"]

_IPV6_SITE_BITS: Final = 64
"""One subscriber gets at least a /64, and a client can use any address in it (RFC 6177)."""


def is_loopback(host: str | None) -> bool:
    """Return whether a host is this machine alone: ``localhost``, ``127.0.0.0/8`` or ``::1``.

    Only programs on this machine reach such a host, and nothing that is sent to it can be seen on a
    network. Names are not resolved.
    """
    if host is not None and host.casefold() == "localhost":
        return True
    known = parsed(host) if host else None
    return known is not None and known.is_loopback


def host_of(address: str) -> str:
    """Return one spelling of an address: without interface, and IPv4 in IPv6 as IPv4.

    A text that is no address is returned unchanged.
    """
    known = parsed(address)
    return address if known is None else str(known)


def address_key(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network of an IPv6 address."""
    known = parsed(address)
    if isinstance(known, IPv6Address):
        return str(IPv6Network((known, _IPV6_SITE_BITS), strict=False))
    return host_of(address)


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an address that a socket gave; None if the client left before its address was known."""
    try:
        address = ip_address(text.partition("%")[0])  # without a link-local address's interface
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
