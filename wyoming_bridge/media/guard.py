"""Connects only to allowed addresses.

An address is checked three times. The resolver refuses a host name if any of its addresses is not
allowed, so that the error has a clear reason. The socket factory checks the address to which the
operating system will connect, however the URL spells it. When the connection is open, the peer's
address is checked before the request is sent.

The last two checks also refuse devices of this machine's own network. For this, they compare the
peer's address with the address from which this machine connects to it. The operating system knows
that address before it sends a packet.
"""

import socket
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from .addresses import Allowed, Nearby, address_of

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import AddrInfoType, Connection
    from aiohttp.tracing import Trace

__all__ = ["GuardedConnector", "is_refusal"]


class _RefusedError(OSError):
    """The address is not allowed. As an ``OSError``, it stays the cause of aiohttp's own error."""


def is_refusal(error: BaseException) -> bool:
    """Return whether the guard refused the request that failed with this error."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error.__cause__
    return isinstance(error, _RefusedError) or isinstance(cause, _RefusedError)


class GuardedConnector(aiohttp.TCPConnector):
    """Opens connections to allowed addresses for aiohttp."""

    def __init__(
        self,
        *,
        allowed: Allowed,
        nearby: Nearby | None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Create a connector that refuses peers that are not ``allowed``, or that are ``nearby``.

        Without ``nearby``, the peer is not compared with this machine's own address.
        """
        self._allowed = allowed
        self._nearby = nearby
        super().__init__(
            resolver=_GuardedResolver(resolver or aiohttp.ThreadedResolver(), allowed=allowed),
            use_dns_cache=False,
            socket_factory=self._new_socket,
        )

    async def connect(
        self,
        req: "ClientRequest",
        traces: "list[Trace]",
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> "Connection":
        """Open a connection, and check the address of the peer."""
        connection = await super().connect(req, traces, timeout)
        try:
            peer, own = (_address_at(connection, end) for end in ("peername", "sockname"))
            _check(peer, allowed=self._allowed)
            self._check_distance(own, peer)
        except _RefusedError:
            connection.close()
            raise
        return connection

    def _new_socket(self, addr_info: "AddrInfoType") -> socket.socket:
        family, kind, protocol, _, address = addr_info
        _check(str(address[0]), allowed=self._allowed)
        if own := _own_address(family, address):
            self._check_distance(own, str(address[0]))
        return socket.socket(family, kind, protocol)

    def _check_distance(self, own: str, peer: str) -> None:
        """Refuse a peer that is this machine or a device near it."""
        if self._nearby is None:
            return
        ends = address_of(own), address_of(peer)
        if ends[0] is None or ends[1] is None or self._nearby(ends[0], ends[1]):
            raise _RefusedError(f"{peer} is not an allowed address, because it is in this network")


class _GuardedResolver(AbstractResolver):
    """Resolves host names, and refuses those with an address that is not allowed."""

    def __init__(self, resolver: AbstractResolver, *, allowed: Allowed) -> None:
        self._resolver = resolver
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            _check(each["host"], allowed=self._allowed)
        return found

    async def close(self) -> None:
        await self._resolver.close()


def _address_at(connection: "Connection", end: str) -> str:
    """Return the address of one end of a connection; empty if the connection is lost."""
    found = connection.transport and connection.transport.get_extra_info(end)
    return str(found[0]) if found else ""


def _own_address(family: int, peer: tuple[object, ...]) -> str:
    """Return the address from which this machine would connect to a peer; empty if unknown.

    Connecting a UDP socket sends nothing. The kernel only chooses the route and the address.
    """
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(peer)
        except OSError:
            return ""  # no route, so the real connection fails too, or is checked then
        return str(probe.getsockname()[0])


def _check(host: str, *, allowed: Allowed) -> None:
    address = address_of(host)
    if address is None or not allowed(address):
        raise _RefusedError(f"{host or 'the peer'} is not an allowed address")
