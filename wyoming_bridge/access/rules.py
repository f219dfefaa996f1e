"""The access rules: which clients may use the bridge, and why a client may not.

Clients on this machine, clients at listed addresses and clients that know the token get access.

No log line and no answer may contain a token.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..errors import AccessError, ConfigError, ErrorText, NotListedError
from .addresses import in_networks, network_of, parsed

__all__ = ["Access", "Verdict"]


class Verdict(StrEnum):
    """Whether a client may use the bridge, and if not, why."""

    ALLOWED = "allowed"
    """The client may use the bridge."""
    MISSING = "missing"
    """The client has not proved that it knows the token."""
    WRONG = "wrong"
    """The client has sent a wrong proof."""
    CLEAR = "clear"
    """The client sent a token in clear text, which is not accepted even if it is right."""
    NOT_LISTED = "not_listed"
    """The bridge has an allow list but no token, and the client's address is not on the list."""

    @property
    def error(self) -> AccessError:
        """The error for a client that may not use the bridge."""
        kind = NotListedError if self is Verdict.NOT_LISTED else AccessError
        return kind(_REASONS[self])


_REASONS: Final = {
    Verdict.MISSING: ErrorText.TOKEN_MISSING,
    Verdict.WRONG: ErrorText.TOKEN_WRONG,
    Verdict.CLEAR: ErrorText.TOKEN_IN_CLEAR,
    Verdict.NOT_LISTED: ErrorText.ADDRESS_NOT_LISTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The access rules of a bridge. An instance is always valid."""

    token: str | None = field(default=None, repr=False)
    """The token that clients must know, unless the rules below exempt their address. It is never
    sent, logged or shown."""
    allow: tuple[str, ...] = ()
    """Addresses and networks that need no token. If there are entries but no token, only these
    addresses are allowed, and loopback if ``trust_loopback`` is set."""
    trust_loopback: bool = True
    """Whether clients on this machine need no token and no entry in ``allow``."""

    def __post_init__(self) -> None:
        """Refuse invalid values.

        Raises:
            ConfigError: A value is invalid; the message names it and what is allowed.
        """
        if self.token is not None and not _is_plain(self.token):
            raise ConfigError("access_token: must be printable ASCII without spaces")
        for entry in self.allow:
            network_of(entry, key="allow")

    @property
    def is_open(self) -> bool:
        """Whether every client that can reach the bridge may use it."""
        return self.token is None and not self.allow

    def judge(self, address: str) -> Verdict:
        """Return whether a client at an address may use the bridge without a proof."""
        if self.is_open or self._lists(address):
            return Verdict.ALLOWED
        return Verdict.NOT_LISTED if self.token is None else Verdict.MISSING

    def _lists(self, address: str) -> bool:
        client = parsed(address)
        if client is None:
            return False
        if self.trust_loopback and client.is_loopback:
            return True
        return in_networks(address, self.allow)


def _is_plain(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
