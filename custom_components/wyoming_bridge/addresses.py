"""Addresses as users enter them, and whether two of them are the same."""

from ipaddress import IPv6Address, ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL

from .bridge import ConfigError, ErrorText

_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}

_DEFAULT_PORTS: Final = {"ws": 80, "wss": 443}

_BRIDGE_SCHEMES: Final = frozenset({"tcp", "tls"})

_LOCALHOST: Final = "127.0.0.1"


def websocket_url(text: str) -> str:
    """Return the websocket URL for an address that a user has entered.

    ``http`` becomes ``ws``, ``https`` becomes ``wss``, and an address without a scheme gets ``ws``.
    Any other scheme stays in the URL, and the check of the settings refuses it later.
    """
    scheme, found, rest = text.strip().partition("://")
    if not found:
        scheme, rest = "ws", scheme
    return f"{_SCHEMES.get(scheme.lower(), scheme)}://{rest.rstrip('/')}"


def host_and_port(text: str) -> dict[str, Any]:
    """Parse the address of a bridge that a user has entered.

    Return the host. Also return the port and the encryption if the address contains them.

    Raises:
        ConfigError: The text is not the address of a bridge.
    """
    address = text.strip()
    if _is_ipv6(address):
        return {CONF_HOST: address}
    if "@" in address:  # do not show the text, which may contain a password
        raise ConfigError(ErrorText.URL_WITH_MORE, setting=CONF_HOST)
    problem = ConfigError(ErrorText.INVALID_BRIDGE_HOST, setting=CONF_HOST, value=repr(address))
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = parts.hostname, parts.port
    except ValueError as err:
        raise problem from err
    more = parts.path.strip("/") or {"?", "#"} & set(address)
    if (
        parts.scheme not in _BRIDGE_SCHEMES
        or more
        or not host
        or not host.isprintable()
        or " " in host
    ):
        raise problem
    encrypted: dict[str, Any] = {CONF_SSL: True} if parts.scheme == "tls" else {}
    return {CONF_HOST: host, **encrypted} | ({} if port is None else {CONF_PORT: port})


def canonical_url(url: str) -> str:
    """Return the same text for all spellings of a websocket URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    host = canonical_host(parts.hostname or "")
    port = _DEFAULT_PORTS.get(parts.scheme) if port is None else port
    return f"{parts.scheme}://[{host}]:{port}{parts.path.rstrip('/')}"


def canonical_host(host: str) -> str:
    """Return the same text for all spellings of a host name or an IP address."""
    name = host.strip().strip("[]").rstrip(".").lower()
    if name == "localhost":
        return _LOCALHOST
    try:
        address = ip_address(name)
    except ValueError:
        return _ascii(name)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def _ascii(name: str) -> str:
    """Encode the non-ASCII letters of a host name as the domain name system does (IDNA)."""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:  # not a valid name; the connection will fail
        return name


def _is_ipv6(text: str) -> bool:
    try:
        return isinstance(ip_address(text), IPv6Address)
    except ValueError:
        return False
