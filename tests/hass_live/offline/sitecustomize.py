"""Keeps a process off the network, and prints each host that the process tried to reach.

Python imports this module at its start if PYTHONPATH contains this folder.
"""

import errno
import ipaddress
import socket
import sys


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name == "localhost"
    return address.is_loopback or address.is_unspecified


def _host(event: str, arguments: tuple[object, ...]) -> object:
    """Return the host of an audit event; None for an event that sends nothing."""
    if event == "socket.getaddrinfo":
        return arguments[0]
    if event not in {"socket.connect", "socket.sendto"}:
        return None
    sock, address = arguments
    assert isinstance(sock, socket.SocketType)
    # Connecting a datagram socket sends nothing. Home Assistant finds its own address that way.
    is_silent = event == "socket.connect" and sock.type == socket.SOCK_DGRAM
    return address[0] if isinstance(address, tuple) and not is_silent else None


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    host = _host(event, arguments)
    if not _is_here(host):
        sys.stderr.write(f"offline: {event} {host!r} is refused\n")
        raise OSError(errno.ENETUNREACH, "This process is kept off the network")


sys.addaudithook(_refuse)
