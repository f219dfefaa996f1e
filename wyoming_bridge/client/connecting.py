"""Opens connections to remote bridges. With a token, the bridge must first prove its identity."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ..errors import ConnectError, ConnectTimeoutError, reason_of
from .connection import BridgeConnection
from .proof import prove

__all__ = ["connected"]

_CONNECT_TIMEOUT_S: Final = 5.0
"""Enough for a bridge at home, or behind one slow network link."""


@asynccontextmanager
async def connected(host: str, port: int, *, token: str | None) -> AsyncIterator[BridgeConnection]:
    """Open a connection to a bridge. With a token, both sides prove that they know it.

    Then the proof is complete when the caller gets the connection. The token is never sent.

    Raises:
        ConnectError: The bridge cannot be reached.
        UnprovenError: The bridge does not prove that it knows the token.
        AccessError: The bridge does not accept the client's token or address.
        BridgeError: The bridge reported another error.
    """
    uri = f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
    except TimeoutError as err:
        raise ConnectTimeoutError(f"no bridge answers at {uri} in time") from err
    except OSError as err:
        raise ConnectError(f"no bridge answers at {uri}: {reason_of(err)}") from err
    except (ValueError, OverflowError) as err:  # an invalid host name, or a port above 65535
        raise ConnectError(f"{uri} is not an address: {err}") from err
    connection = BridgeConnection(reader, writer, uri=uri)
    try:
        if token is not None:
            connection.proved_at = await prove(connection, token)
        yield connection
    finally:
        await connection.close()
