"""Two interfaces: a client that is not connected yet, and the object that prepares connections."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

from ..access import SocketAddress
from .handshakes import HandshakePacer

__all__ = ["Entrance", "EntryError", "Newcomer"]


class EntryError(Exception):
    """A client was refused, or left, before its connection was made."""


class Newcomer(asyncio.BaseProtocol):
    """The asyncio protocol of an accepted client. It is created before the client is connected.

    If the connection cannot be made, ``connection_lost`` is called without ``connection_made``.
    """

    peer = ""
    """The client's host; empty before it has connected, or if it left at once."""

    def enter(self, give_up: Callable[[], object]) -> None:
        """Note that the connection is being prepared. ``give_up`` ends the preparation."""

    def introduce(self, *, host: str, reached_at: SocketAddress) -> None:
        """Take the client's address, and the address at which it reached the bridge."""


class Entrance(Protocol):
    """Prepares connections before their first Wyoming byte."""

    @property
    def handshakes(self) -> HandshakePacer:
        """The limit of the TLS handshakes of all connections together."""

    async def prepare(self, sock: socket.socket, client: Newcomer) -> ssl.SSLContext | None:
        """Prepare an accepted connection, and return its TLS context, or None without encryption.

        Raises:
            EntryError: The client was refused, or has left. The reason of a refusal is logged.
        """

    def broke(self, host: str, error: OSError) -> None:
        """Note that a connection broke before it was made. ``host`` is the client's host."""
