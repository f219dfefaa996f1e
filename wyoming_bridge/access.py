"""Which clients may use the bridge: local programs, listed addresses, and holders of the token.

Wyoming has no authentication: a client that supports it sends the token in an extra event. No log
line and no answer ever holds a token.
"""

import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from .errors import AccessError, ConfigError, NotListedError

__all__ = ["Access", "Verdict", "is_loopback"]


class Verdict(StrEnum):
    """Whether a client may use the bridge, and if not, why."""

    ALLOWED = "allowed"
    """The client may use the bridge."""
    MISSING = "missing"
    """The client sent no token."""
    WRONG = "wrong"
    """The client sent a wrong token."""
    NOT_LISTED = "not_listed"
    """The bridge has an allow list but no token, and the client's address is not on the list."""

    @property
    def error(self) -> AccessError:
        """The error for a client that may not use the bridge."""
        kind = NotListedError if self is Verdict.NOT_LISTED else AccessError
        return kind(_REASONS[self])


_REASONS: Final = {
    Verdict.MISSING: "this bridge requires an access token, and none was sent",
    Verdict.WRONG: "the access token is wrong",
    Verdict.NOT_LISTED: "the client's address is not on the allow list of this bridge",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The access rules of a bridge. An instance is always valid."""

    token: str | None = field(default=None, repr=False)
    """Token that other clients must send. Never logged or shown."""
    allow: tuple[str, ...] = ()
    """Addresses and networks that need no token. If there is no token, no others are allowed."""
    trust_loopback: bool = True
    """Whether programs on this machine need no token and no entry in ``allow``."""

    def __post_init__(self) -> None:
        """Refuse invalid values.

        Raises:
            ConfigError: A value is invalid; the message names it and what is allowed.
        """
        if self.token is not None and not _is_plain(self.token):
            raise ConfigError("access_token: must be printable ASCII without spaces")
        for entry in self.allow:
            _network(entry)

    @property
    def is_open(self) -> bool:
        """Whether every client that can reach the bridge may use it."""
        return self.token is None and not self.allow

    def judge(self, address: str, token: str | None = None) -> Verdict:
        """Return whether a client at an address may use the bridge with the token that it sent."""
        if self.is_open or self._lists(address):
            return Verdict.ALLOWED
        if self.token is None:
            return Verdict.NOT_LISTED
        if token is None:
            return Verdict.MISSING
        # JSON can hold a lone surrogate, which strict UTF-8 cannot encode.
        sent = token.encode("utf-8", "surrogatepass")
        same = hmac.compare_digest(sent, self.token.encode())
        return Verdict.ALLOWED if same else Verdict.WRONG

    def _lists(self, address: str) -> bool:
        client = _address(address)
        if client is None:
            return False
        if self.trust_loopback and client.is_loopback:
            return True
        return any(client in _network(entry) for entry in self.allow)


def is_loopback(host: str | None) -> bool:
    """Return whether a host is this machine alone: ``localhost``, ``127.0.0.0/8`` or ``::1``.

    Only programs on this machine reach such a host, and nothing that is sent to it can be seen on a
    network. Names are not resolved.
    """
    if host is not None and host.casefold() == "localhost":
        return True
    known = _address(host) if host else None
    return known is not None and known.is_loopback


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an address that a socket gave; None if the client left before its address was known."""
    try:
        address = ip_address(text.partition("%")[0])  # without a link-local address's interface
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(entry)
    except ValueError as err:
        raise ConfigError(
            f"allow: {err}; allowed: an address or a network, such as 192.168.1.20, "
            "192.168.1.0/24 or fd00::/64"
        ) from err


def _is_plain(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
