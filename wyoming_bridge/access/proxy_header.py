"""Decodes the PROXY header, by which a balancer reports the address of its client. It does no I/O.

The source is "The PROXY protocol, versions 1 and 2", ``doc/proxy-protocol.txt`` of HAProxy. The
header comes before all other bytes of a connection, and before TLS:

- Version 1 is a line: ``PROXY TCP4 192.0.2.7 192.0.2.1 51234 10300``, CR, LF.
- Version 2 is binary: a signature of 12 bytes, the version and command, the family and transport,
  the length of what follows, the addresses, and further values (TLVs), which are skipped.

The reader never asks for a byte after the header, because such a byte belongs to Wyoming or to TLS.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from .addresses import host_of, is_loopback
from .messages import SocketAddress

__all__ = [
    "LOCAL_HEADER",
    "MAX_HEADER_BYTES",
    "UNKNOWN_HOST",
    "ProxyHeader",
    "ProxyHeaderError",
    "ProxyHeaderReader",
]

_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
_VERSION_1: Final = b"PROXY "

_START_BYTES: Final = len(_SIGNATURE)
"""The number of bytes that show which version a header has. Each header of version 1 has at least
three more bytes."""

_PREFIX_BYTES: Final = 16
"""The size of the fixed part of version 2."""

_MAX_LINE_BYTES: Final = 107
"""The longest header of version 1, with its line end (section 2.1)."""

MAX_HEADER_BYTES: Final = 4096
"""The longest header of version 2 that is read. The addresses take at most 232 bytes. TLVs can
contain the name of a client's certificate and a unique id, which are much shorter than this
limit."""

_LOCAL: Final = 0x20
_PROXY: Final = 0x21

_TCP_OVER_IPV4: Final = 0x11
_TCP_OVER_IPV6: Final = 0x21
_UNUSED_FAMILIES: Final = frozenset({0x00, 0x12, 0x22, 0x31, 0x32})
"""The families of unspecified, UDP and Unix sockets. Headers with these families are valid, but
contain no address of a TCP client."""

_IP_BYTES: Final = {_TCP_OVER_IPV4: 4, _TCP_OVER_IPV6: 16}
_PORT_BYTES: Final = 2
_MAX_PORT: Final = 65535

UNKNOWN_HOST: Final = "an unknown address"
"""The host of a client whose address the balancer does not know. No access rule allows it."""

LOCAL_HEADER: Final = _SIGNATURE + bytes([_LOCAL, 0, 0, 0])
"""The header of a connection that the balancer opens for itself, such as for a health check."""


class ProxyHeaderError(ValueError):
    """A connection does not begin with a valid PROXY header. The client does not get the error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyHeader:
    """The content of a PROXY header: what a balancer reports about a connection."""

    is_local: bool = False
    """Whether the balancer opened the connection for itself, such as for a health check."""
    client: SocketAddress | None = None
    """The client's address; None if the balancer does not know it, or if ``is_local``."""
    reached_at: SocketAddress | None = None
    """The address at which the client reached the balancer; None if ``client`` is None."""

    def host(self, *, sent_from: str) -> str:
        """Return the host of the client. ``sent_from`` is the host of the balancer.

        A client with a loopback address is on the balancer's machine. If the balancer is not on
        this machine, return the balancer's host, because the access rules may trust loopback
        addresses.
        """
        if self.is_local:
            return sent_from
        if self.client is None:
            return UNKNOWN_HOST
        host = self.client.host
        return sent_from if is_loopback(host) and not is_loopback(sent_from) else host


class ProxyHeaderReader:
    """Reads the header of one connection.

    The caller receives up to ``wanted`` bytes and passes them to ``feed``, until ``header`` is set.
    """

    def __init__(self) -> None:
        self.header: ProxyHeader | None = None
        """The header; None until it is complete."""
        self._received = b""
        self._size = _START_BYTES

    @property
    def wanted(self) -> int:
        """How many more bytes to read now."""
        return self._size - len(self._received)

    def feed(self, received: bytes) -> None:
        """Process received bytes, at most ``wanted``.

        Raises:
            ProxyHeaderError: The bytes are not a valid PROXY header.
        """
        self._received += received
        known = self._received[:_START_BYTES]
        if not _SIGNATURE.startswith(known) and not _is_line_start(known):
            raise ProxyHeaderError("the connection does not begin with a PROXY header")
        if self.wanted == 0:
            if known == _SIGNATURE:
                self._binary_received()
            else:
                self._line_received()

    def _line_received(self) -> None:
        if self._received.endswith(b"\n"):
            self.header = _line_header(self._received)
        elif self._size == _MAX_LINE_BYTES:
            raise ProxyHeaderError(f"the PROXY line is longer than {_MAX_LINE_BYTES} bytes")
        else:
            self._size += 1  # read byte by byte, because the length is not known

    def _binary_received(self) -> None:
        if self._size == _START_BYTES:
            self._size = _PREFIX_BYTES
            return
        size = _PREFIX_BYTES + int.from_bytes(self._received[14:16], "big")
        if size > MAX_HEADER_BYTES:
            raise ProxyHeaderError(
                f"the PROXY header must have at most {MAX_HEADER_BYTES} bytes, got {size}"
            )
        if self._size < size:
            self._size = size
        else:
            self.header = _binary_header(self._received)


def _is_line_start(known: bytes) -> bool:
    return known.startswith(_VERSION_1[: len(known)])


def _line_header(line: bytes) -> ProxyHeader:
    if not line.endswith(b"\r\n"):
        raise ProxyHeaderError("the PROXY line must end with CR and LF")
    words = line[:-2].decode("ascii", "replace").split(" ")
    match words:
        case ["PROXY", "UNKNOWN", *_]:
            return ProxyHeader()
        case ["PROXY", "TCP4" | "TCP6" as family, source, destination, source_port, port]:
            kind = IPv4Address if family == "TCP4" else IPv6Address
            return ProxyHeader(
                client=SocketAddress(_line_host(source, kind), _line_port(source_port)),
                reached_at=SocketAddress(_line_host(destination, kind), _line_port(port)),
            )
        case _:
            raise ProxyHeaderError(
                "the PROXY line must be PROXY UNKNOWN, or PROXY with TCP4 or TCP6, two addresses "
                f"and two ports, got {line!r:.80}"
            )


def _line_host(text: str, kind: type[IPv4Address] | type[IPv6Address]) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        address = None
    if not isinstance(address, kind) or "%" in text:
        version = 4 if kind is IPv4Address else 6
        raise ProxyHeaderError(
            f"an address in the PROXY line must be IPv{version}, got {text!r:.60}"
        )
    return host_of(text)


def _line_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and str(int(text)) == text) or int(text) > _MAX_PORT:
        raise ProxyHeaderError(f"a port in the PROXY line must be 0 to 65535, got {text!r:.60}")
    return int(text)


def _binary_header(header: bytes) -> ProxyHeader:
    command, family = header[12], header[13]
    if command == _LOCAL:
        return ProxyHeader(is_local=True)
    if command != _PROXY:
        raise ProxyHeaderError(
            f"version and command of the PROXY header must be 0x20 or 0x21, got {command:#04x}"
        )
    if family in _UNUSED_FAMILIES:
        return ProxyHeader()
    size = _IP_BYTES.get(family)
    if size is None:
        raise ProxyHeaderError(f"the PROXY header has the unknown family {family:#04x}")
    addresses = header[_PREFIX_BYTES:]
    if len(addresses) < 2 * (size + _PORT_BYTES):
        raise ProxyHeaderError("the PROXY header is too short for its addresses")
    source, destination = addresses[:size], addresses[size : 2 * size]
    ports = addresses[2 * size :]
    return ProxyHeader(
        client=SocketAddress(_binary_host(source), int.from_bytes(ports[:2], "big")),
        reached_at=SocketAddress(_binary_host(destination), int.from_bytes(ports[2:4], "big")),
    )


def _binary_host(packed: bytes) -> str:
    return host_of(str(ip_address(packed)))
