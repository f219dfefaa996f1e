"""Finds the proxy for a connection to a service, for websockets and for HTTP requests.

The rules are those of curl: ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``ALL_PROXY`` name proxies, and
``NO_PROXY`` names the hosts and networks that need no proxy. On macOS and Windows, the system's
settings apply if the environment sets nothing.
"""

import os
import re
import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from ..access.addresses import is_loopback, parsed
from ..errors import ErrorText, ProxySettingError

__all__ = ["Proxy", "bracketed", "proxy_for", "through"]

_VARIABLES: Final = {
    "wss": ("wss", "socks", "https", "all"),
    "ws": ("ws", "socks", "https", "http", "all"),
    "https": ("https", "socks", "all"),
    "http": ("http", "socks", "all"),
}
"""For each scheme of a URL, the names of the variables without ``_proxy``, in order of priority. A
websocket needs a tunnel, so RFC 6455, section 4.1, prefers a proxy for HTTPS to one for HTTP."""

_SYSTEM_HAS_SETTINGS: Final = sys.platform in {"darwin", "win32"}
"""Whether the system itself has settings for proxies. Python's ``urllib.request`` reads them. It is
not imported on other systems, where it only reads the environment and takes 1 MiB."""

_PORTS: Final = {"wss": 443, "https": 443, "ws": 80, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy."""

    host: str
    port: int
    setting: str
    """Where the proxy is configured: an environment variable, or the system's settings."""
    encrypted: bool = False
    """Whether the connection to the proxy itself uses TLS."""
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    """User name and password; None if the setting has no user name."""

    @property
    def place(self) -> str:
        """The host, the port and the setting, without the password."""
        return f"{bracketed(self.host)}:{self.port} ({self.setting})"

    def __str__(self) -> str:
        """Return a text for messages, without the password."""
        return f"the proxy {self.place}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers with user name and password for a request to the proxy; empty without them.

        RFC 7617 describes this "Basic" scheme.
        """
        if not self.credentials:
            return {}
        known = b64encode(":".join(self.credentials).encode()).decode()
        return {"Proxy-Authorization": f"Basic {known}"}


def through(proxy: Proxy | None, place: str) -> str:
    """Return the name of a place in errors, with the proxy through which it is connected to."""
    return f"{place} via {proxy.place}" if proxy else place


def proxy_for(
    url: str, *, provider: str, environment: Mapping[str, str] = os.environ
) -> Proxy | None:
    """Return the proxy for a URL; None for a direct connection.

    Raises:
        ProxySettingError: The configured proxy cannot be used. The message names the setting.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if is_loopback(host):
        return None
    found = _settings(environment)
    if _is_exempt(host, port, found.pop("no", "")):
        return None
    if environment is os.environ and _system_exempts(f"{bracketed(host)}:{port}"):
        return None
    name = next((each for each in _VARIABLES[parts.scheme] if each in found), None)
    if name is None:
        return None
    return _parse(found[name], setting=_named(name, environment), provider=provider)


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the values that are set, by the variables' names without ``_proxy``."""
    if environment is os.environ and _SYSTEM_HAS_SETTINGS:
        from urllib.request import getproxies  # includes the system's settings

        return {name: value.strip() for name, value in getproxies().items() if value.strip()}
    named = {
        name.lower().removesuffix("_proxy"): value.strip()
        for name, value in sorted(environment.items())  # lower case sorts last, so it wins
        if name.lower().endswith("_proxy")
    }
    return {name: value for name, value in named.items() if value}


def _system_exempts(place: str) -> bool:
    """Return whether the system's settings name a host that needs no proxy."""
    if not _SYSTEM_HAS_SETTINGS:
        return False
    from urllib.request import proxy_bypass

    return bool(proxy_bypass(place))


def _named(name: str, environment: Mapping[str, str]) -> str:
    """Return the variable's name as the user wrote it, or a name for the system's settings."""
    written = (f"{name}_proxy", f"{name}_proxy".upper())
    return next((each for each in written if environment.get(each)), "the system's settings")


def _parse(value: str, *, setting: str, provider: str) -> Proxy:
    """Read the address of a proxy.

    Raises:
        ProxySettingError: The address is not allowed. The message never contains the password.
    """
    shown = repr(re.sub(r"(?<=://).*@|^[^/]*@", "***@", value))

    def wrong(text: ErrorText) -> ProxySettingError:
        return ProxySettingError(text, provider=provider, setting=setting, value=shown)

    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname, parts.port
    except ValueError as err:
        raise wrong(ErrorText.PROXY_SETTING) from err
    if parts.scheme.startswith("socks"):
        raise wrong(ErrorText.PROXY_SOCKS)
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise wrong(ErrorText.PROXY_SETTING)
    return Proxy(
        host=host,
        port=port or _PORTS[parts.scheme],
        setting=setting,
        encrypted=parts.scheme == "https",
        credentials=_credentials(parts),
    )


def _credentials(parts: SplitResult) -> tuple[str, str] | None:
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def _is_exempt(host: str, port: int, no_proxy: str) -> bool:
    """Return whether ``NO_PROXY`` lists a host by its name, domain, address or network."""
    address = parsed(host)
    return any(
        entry == "*"
        or (_lists_address(entry, address, port) if address else _lists_name(entry, host, port))
        for entry in re.split(r"[,\s]+", no_proxy)
        if entry
    )


def _lists_name(entry: str, host: str, port: int) -> bool:
    name, _, listed_port = entry.partition(":")
    if listed_port and listed_port != str(port):
        return False
    domain = name.casefold().removeprefix("*").strip(".")
    name = host.casefold().rstrip(".")
    return bool(domain) and (name == domain or name.endswith(f".{domain}"))


def _lists_address(entry: str, address: IPv4Address | IPv6Address, port: int) -> bool:
    with_port = re.fullmatch(r"\[(.+)\](?::(\d+))?|([\d.]+):(\d+)", entry)
    if with_port:
        entry = with_port[1] or with_port[3]
        listed_port = with_port[2] or with_port[4]
        if listed_port and listed_port != str(port):
            return False
    try:
        return address in ip_network(entry, strict=False)
    except ValueError:
        return False


def bracketed(host: str) -> str:
    """Return a host as it is written before a port: an IPv6 address has brackets."""
    return f"[{host}]" if ":" in host else host
