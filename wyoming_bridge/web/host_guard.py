"""Refuses the requests that other web pages send to a server.

Every web page that is open in a browser on this machine can send requests to the machine's loopback
addresses. ``Origin`` or ``Sec-Fetch-Site`` shows that such a request comes from a page of another
origin. An attacker can also let the name of a web page resolve to a loopback address (DNS
rebinding). Then the origin is the same, but ``Host`` has the name of that page.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..access import is_address, is_loopback, is_private
from ..errors import ConfigError
from ..options import shown

__all__ = ["FETCH_SITES", "HostGuard", "check_hosts", "host_in"]

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
"""A host with or without a port, as in the ``Host`` header."""

_HTTP_PORT: Final = 80

_DEFAULT_PORTS: Final = {"http": _HTTP_PORT, "https": 443}

_ORIGINS: Final = ("origin", "sec-websocket-origin")
"""The headers with the origin. The second name is from early versions of the websocket protocol."""

FETCH_SITES: Final = frozenset({"same-origin", "none"})
"""The allowed values of ``Sec-Fetch-Site``. Browsers send ``none`` if the user entered the URL."""


def check_hosts(hosts: Iterable[str]) -> None:
    """Refuse entries that are not a host with or without a port.

    Raises:
        ConfigError: An entry is invalid; the message names it and what is allowed.
    """
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ConfigError(f"hosts: must be host or host:port, got {shown(host)}")


def host_in(authority: str) -> str | None:
    """Return the host in a ``Host`` header, without the port; None if the header is invalid."""
    place = _place(authority, default_port=_HTTP_PORT)
    return place[0] if place else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostGuard:
    """Checks requests against the hosts under which a server can be reached."""

    port: int
    """The server's own port."""
    hosts: tuple[str, ...] = ()
    """Further hosts. An entry without a port allows any port."""
    in_network: bool = False
    """Whether the server can be reached from a network. Then the host may be any IP address, or any
    name that exists only in private networks, with any port. A name that an attacker lets resolve
    to this server is a public name, so it is refused."""

    def problem(self, headers: Mapping[str, Sequence[str]]) -> str | None:
        """Return the reason why a request is refused, or None if it is allowed.

        The names of the headers are in lower case. A header may have several values.
        """
        named = headers.get("host", ())
        if not named or not all(self._serves(each, default_port=_HTTP_PORT) for each in named):
            return f"Host: must be {self._allowed}, got {shown(', '.join(named))}"
        origins = [origin for name in _ORIGINS for origin in headers.get(name, ())]
        for origin in origins:
            if not self._is_own(origin):
                return (
                    f"Origin: must begin with http:// or https://, followed by {self._allowed}, "
                    f"got {shown(origin)}"
                )
        foreign = set(headers.get("sec-fetch-site", ())) - FETCH_SITES
        if foreign and not origins:
            return f"Sec-Fetch-Site: must be same-origin or none, got {shown(min(foreign))}"
        return None

    @property
    def _allowed(self) -> str:
        own = (
            "an IP address or a name of a private network"
            if self.in_network
            else (f"a loopback address with port {self.port}")
        )
        return own + "".join(f" or {host}" for host in self.hosts)

    def _is_own(self, origin: str) -> bool:
        scheme, separator, authority = origin.partition("://")
        default_port = _DEFAULT_PORTS.get(scheme.lower())
        return (
            bool(separator)
            and default_port is not None
            and self._serves(authority, default_port=default_port)
        )

    def _serves(self, authority: str, *, default_port: int) -> bool:
        place = _place(authority, default_port=default_port)
        if place is None:
            return False
        host, port = place
        if is_loopback(host) and port == self.port:
            return True
        if self.in_network and (is_address(host) or is_private(host)):
            return True
        return any(place == _place(each, default_port=port) for each in self.hosts)


def _place(authority: str, *, default_port: int) -> tuple[str, int] | None:
    """Return host and port, or None if the text is not a host."""
    match = _HOST.fullmatch(authority)
    if match is None:
        return None
    host, port = match.groups()
    return host.strip("[]").lower(), int(port) if port else default_port
