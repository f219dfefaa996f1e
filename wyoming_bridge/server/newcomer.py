"""Clients that are accepted and not connected yet, and what prepares their connections."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

from ..access import SocketAddress

__all__ = ["Entrance", "EntryError", "Newcomer"]


class EntryError(Exception):
    """A client did not get in."""


class Newcomer(asyncio.BaseProtocol):
    """A client's protocol, which exists before its connection is made.

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

    async def prepare(self, sock: socket.socket, client: Newcomer) -> ssl.SSLContext | None:
        """Prepare a connection that was accepted, and return the TLS context with which to go on.

        Raises:
            EntryError: The client does not get in. The reason is in the log.
        """

    def broke(self, host: str, error: OSError) -> None:
        """Note that the connection with a client at a host broke before it was made."""
