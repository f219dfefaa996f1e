"""What comes before the first Wyoming byte of a connection: the PROXY header of a balancer."""

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..access import (
    Balancers,
    ProxyHeader,
    ProxyHeaderError,
    ProxyHeaderReader,
    SocketAddress,
    host_of,
)
from .quiet_log import QuietLog

__all__ = ["Client", "Entrance", "EntryError"]

_HEADER_S: Final = 5.0
"""How long a header may take. A balancer sends it at once."""


class EntryError(Exception):
    """A client did not get in."""


class Client(asyncio.BaseProtocol):
    """A client's protocol, which exists before its connection is made.

    If the connection cannot be made, ``connection_lost`` is called without ``connection_made``.
    """

    def enter(self, give_up: Callable[[], object]) -> None:
        """Note that the connection is being prepared. ``give_up`` ends this."""

    def introduce(self, *, host: str, reached_at: SocketAddress) -> None:
        """Take the client's address, and the address at which it reached the bridge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The preparation of all connections of one bridge."""

    balancers: Balancers
    """The balancers that send a header."""
    log: QuietLog

    async def prepare(self, sock: socket.socket, client: Client) -> None:
        """Read what comes before the Wyoming bytes of a connection that was accepted.

        Raises:
            EntryError: The client does not get in. The reason is in the log.
        """
        sock.setblocking(False)
        peer, own = _ends_of(sock)
        try:
            self._check(peer)
            header = await _read_header(sock)
        except ProxyHeaderError as err:
            self.log.log(logging.INFO, "refused a connection from %s: %s", peer.host, err)
            raise EntryError from err
        except OSError as err:
            raise EntryError from err
        client.introduce(
            host=self.balancers.client_of(header, sent_from=peer.host),
            reached_at=self.balancers.reached_at(header, own=own),
        )

    def _check(self, peer: SocketAddress) -> None:
        if not self.balancers.trust(peer.host):
            raise ProxyHeaderError("no balancer in proxy_from has this address")


def _ends_of(sock: socket.socket) -> tuple[SocketAddress, SocketAddress]:
    """Return both ends of a connection.

    Raises:
        EntryError: The client has left already.
    """
    try:
        peer, own = sock.getpeername(), sock.getsockname()
    except OSError as err:
        raise EntryError from err
    return SocketAddress(host_of(peer[0]), peer[1]), SocketAddress(host_of(own[0]), own[1])


async def _read_header(sock: socket.socket) -> ProxyHeader:
    """Read the header and not one byte more.

    Raises:
        ProxyHeaderError: The header is invalid, or is not complete in time.
        EntryError: The balancer has closed the connection without a byte, as a test of the port.
        OSError: The connection broke.
    """
    reader = ProxyHeaderReader()
    has_begun = False
    try:
        async with asyncio.timeout(_HEADER_S):
            while reader.header is None:
                received = await asyncio.get_running_loop().sock_recv(sock, reader.wanted)
                if not received and has_begun:
                    raise ProxyHeaderError("the connection was closed within the PROXY header")
                if not received:
                    raise EntryError
                has_begun = True
                reader.feed(received)
    except TimeoutError as err:
        raise ProxyHeaderError(f"no PROXY header was received within {_HEADER_S:g} s") from err
    return reader.header
