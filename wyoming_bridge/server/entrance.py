"""What comes before the first Wyoming byte of a connection: a balancer's PROXY header, and TLS."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ..access import Balancers, SocketAddress, host_of
from ..access.proxy_header import ProxyHeader, ProxyHeaderError, ProxyHeaderReader
from ..reading_time import reading_timeout
from .certificate import ServerCertificate
from .handshakes import HandshakePacer
from .newcomer import EntryError, Newcomer

__all__ = ["PreparingEntrance"]

_HEADER_S: Final = 5.0
"""How long a PROXY header may take. A balancer sends it at once. The time in which the bridge is
too busy to read does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparingEntrance:
    """Prepares the connections of a bridge that has balancers, a certificate, or both."""

    balancers: Balancers | None
    """The balancers that send a header; None if clients connect directly."""
    certificate: ServerCertificate | None
    """The certificate of encrypted connections; None if they are not encrypted."""
    refuse: Callable[[str, str], None]
    """Counts and logs a refused client. The arguments are its address and the reason."""
    handshakes: HandshakePacer = field(default_factory=HandshakePacer)
    """Limits the TLS handshakes of all connections together."""

    async def prepare(self, sock: socket.socket, client: Newcomer) -> ssl.SSLContext | None:
        """Read the balancer's header, and return the TLS context, or None without encryption.

        Raises:
            EntryError: The client was refused, or has left.
        """
        if self.balancers:
            await self._read_header(sock, client, balancers=self.balancers)
        return self.certificate.context() if self.certificate else None

    def broke(self, host: str, error: OSError) -> None:
        """Note a failed TLS handshake. A client that just leaves is not noted."""
        if isinstance(error, ssl.SSLError):
            why = error.reason or str(error)
        elif isinstance(error, ConnectionAbortedError):  # asyncio's timeout of a handshake
            why = "it took too long"
        else:
            return
        self.refuse(host, f"the TLS handshake failed: {why}")

    async def _read_header(
        self, sock: socket.socket, client: Newcomer, *, balancers: Balancers
    ) -> None:
        sock.setblocking(False)
        peer, own = _ends_of(sock)
        try:
            _check(peer, balancers)
            header = await _read_header(sock)
        except ProxyHeaderError as err:
            self.refuse(peer.host, str(err))
            raise EntryError from err
        except OSError as err:
            raise EntryError from err
        client.introduce(host=header.host(sent_from=peer.host), reached_at=header.reached_at or own)


def _check(peer: SocketAddress, balancers: Balancers) -> None:
    if not balancers.trust(peer.host):
        raise ProxyHeaderError("no balancer in proxy_from has this address")


def _ends_of(sock: socket.socket) -> tuple[SocketAddress, SocketAddress]:
    """Return the client's address and the bridge's own address of a connection.

    Raises:
        EntryError: The client has left already.
    """
    try:
        peer, own = sock.getpeername(), sock.getsockname()
    except OSError as err:
        raise EntryError from err
    return SocketAddress(host_of(peer[0]), peer[1]), SocketAddress(host_of(own[0]), own[1])


async def _read_header(sock: socket.socket) -> ProxyHeader:
    """Read the PROXY header, and no byte after it.

    Raises:
        ProxyHeaderError: The header is invalid, or is not complete in time.
        EntryError: The balancer sent no byte before it closed the connection, as in a health check.
        OSError: The connection broke.
    """
    reader = ProxyHeaderReader()
    has_begun = False
    try:
        async with reading_timeout(_HEADER_S):
            while reader.header is None:
                received = await asyncio.get_running_loop().sock_recv(sock, reader.wanted)
                if not received and has_begun:
                    raise ProxyHeaderError(
                        "the connection was closed before the PROXY header was complete"
                    )
                if not received:
                    raise EntryError
                has_begun = True
                reader.feed(received)
    except TimeoutError as err:
        raise ProxyHeaderError(f"no PROXY header was received within {_HEADER_S:g} s") from err
    return reader.header
