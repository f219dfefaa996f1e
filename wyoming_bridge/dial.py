"""Connects to the first address of a host that answers.

aiohappyeyeballs is used because asyncio leaks a connection that succeeds at the moment in which the
attempt is cancelled. Utterances are often cancelled.
"""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from aiohappyeyeballs import AddrInfoType, start_connection

__all__ = ["dial", "dial_first"]

_HAPPY_EYEBALLS_S: Final = 0.25
"""How long to wait for one address of a name before the next address is tried in parallel. This is
the "Connection Attempt Delay" of RFC 8305, section 5."""


async def dial(host: str, port: int) -> socket.socket:
    """Resolve a host and connect to it.

    Raises:
        OSError: The name is unknown, or none of its addresses can be connected to.
    """
    return await dial_first(await _addresses(host, port))


async def _addresses(host: str, port: int) -> Sequence[AddrInfoType]:
    """Return the addresses of a host. Only a name is looked up, because that takes a thread."""
    numeric = socket.AI_NUMERICHOST
    with suppress(socket.gaierror):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=numeric)
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)


async def dial_first(addresses: Sequence[AddrInfoType]) -> socket.socket:
    """Connect to the first of several addresses that answers. The sequence must not be empty.

    Raises:
        OSError: No address can be connected to.
    """
    return await start_connection(addresses, happy_eyeballs_delay=_HAPPY_EYEBALLS_S)
