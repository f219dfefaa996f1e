"""How a server of the tests stops to listen."""

import asyncio
import socket
from collections.abc import Iterable


async def stop_accepting(listening: Iterable[socket.socket]) -> None:
    """Accept no more connections, and let the connections that were just accepted begin.

    asyncio leaves a connection open for ever if its server is closed in the step of the event loop
    in which it was accepted.
    """
    loop = asyncio.get_running_loop()
    for each in listening:
        loop.remove_reader(each)
    await asyncio.sleep(0)
