"""Who may use the bridge: its own machine, whomever the list names, and whoever has the token.

Wyoming has no authentication: a client that knows the bridge sends the token in an event of our
own. Neither a log nor an answer ever holds a token.
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

    ALLOWED = "welcome"
    """It may."""
    MISSING = "missing"
    """It sent no token."""
    WRONG = "wrong"
    """It sent another token."""
    NOT_LISTED = "not_listed"
    """There is no token, only a list of addresses, and its own is not on it."""

    @property
    def error(self) -> AccessError:
        """What a client is told that may not."""
        kind = NotListedError if self is Verdict.NOT_LISTED else AccessError
        return kind(_REASONS[self])


_REASONS: Final = {
    Verdict.MISSING: "this bridge needs an access token, and none was sent",
    Verdict.WRONG: "the access token is wrong",
    Verdict.NOT_LISTED: "this bridge is open to some addresses only, and this is none of them",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may use the bridge. Holding one means that it is legal."""

    token: str | None = field(default=None, repr=False)
    """What clients from elsewhere have to send. Never logged or shown."""
    allow: tuple[str, ...] = ()
    """Addresses and networks that need no token; without one, the only ones that are let in."""
    trust_loopback: bool = True
    """Whether programs on this machine need no token, and no place on the list."""

    def __post_init__(self) -> None:
        """Refuse what can never let anybody in.

        Raises:
            ConfigError: It names the value and what is allowed.
        """
        if self.token is not None and not _is_plain(self.token):
            raise ConfigError("access_token: must be printable ASCII without spaces")
        for entry in self.allow:
            _network(entry)

    @property
    def is_open(self) -> bool:
        """Whether everybody may who reaches the bridge."""
        return self.token is None and not self.allow

    def judge(self, address: str, token: str | None = None) -> Verdict:
        """Whether a client at an address may, with the token that it sent."""
        if self.is_open or self._lists(address):
            return Verdict.ALLOWED
        if self.token is None:
            return Verdict.NOT_LISTED
        if token is None:
            return Verdict.MISSING
        # JSON can write half a character, which has no bytes of its own.
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


def is_loopback(address: str) -> bool:
    """Whether only programs on this machine have the address, or reach it."""
    known = _address(address)
    return known is not None and known.is_loopback


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as a socket names it; None for a client that was gone before it had one."""
    try:
        address = ip_address(text.partition("%")[0])  # without the interface of a link-local one
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(entry)
    except ValueError as err:
        raise ConfigError(
            f"allow: {entry!r} is no address and no network ({err}); "
            "allowed are such as 192.168.1.20, 192.168.1.0/24 or fd00::/64"
        ) from err


def _is_plain(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
