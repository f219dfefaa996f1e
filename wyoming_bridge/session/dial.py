"""Connects to the address of a host that answers first.

asyncio can do that too, but it loses sight of a connection that is made in the moment in which the
attempt is cancelled, as utterances are. aiohappyeyeballs closes it.
"""

import asyncio
import socket
from collections.abc import Sequence
from typing import Final

from aiohappyeyeballs import AddrInfoType, start_connection

__all__ = ["HAPPY_EYEBALLS_S", "dial", "dial_first"]

HAPPY_EYEBALLS_S: Final = 0.25
"""How long one address of a name has to answer before the next one is tried beside it: the
"Connection Attempt Delay" that RFC 8305, section 5, recommends."""


async def dial(host: str, port: int) -> socket.socket:
    """Resolve a host and connect to it.

    Raises:
        OSError: The name is unknown, or no address of it can be connected to.
    """
    loop = asyncio.get_running_loop()
    return await dial_first(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))


async def dial_first(addresses: Sequence[AddrInfoType]) -> socket.socket:
    """Connect to one of several addresses, of which there is at least one.

    Raises:
        OSError: No address can be connected to.
    """
    return await start_connection(addresses, happy_eyeballs_delay=HAPPY_EYEBALLS_S)
