"""Opens connections to remote bridges. With a token, the bridge must first prove its identity."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ..access.proxy_header import LOCAL_HEADER
from ..dial import dial
from ..errors import ConnectError, ConnectTimeoutError, ErrorText, UnprovenError
from .connection import BridgeConnection
from .proof import prove

__all__ = ["connected"]

_CONNECT_TIMEOUT_S: Final = 5.0
"""The longest wait for a connection. It is enough for a bridge at home, and for one that is reached
through a slow network link."""

_MAX_PORT: Final = 65535

_ADVICE: Final = "Check that the bridge runs, and that it listens at this address."


@asynccontextmanager
async def connected(
    host: str,
    port: int,
    *,
    token: str | None,
    tls: ssl.SSLContext | None = None,
    is_behind_balancer: bool = False,
    is_own_address: bool = False,
) -> AsyncIterator[BridgeConnection]:
    """Open a connection to a bridge. With a token, both sides prove that they know it.

    The proof is complete before the caller gets the connection. The token is never sent. With
    ``tls``, the connection is encrypted, and the context checks the bridge's certificate. A bridge
    behind a balancer accepts only connections that begin with a PROXY header. With
    ``is_behind_balancer``, the connection begins with the header of a balancer's health check. With
    ``is_own_address``, the address is that of the bridge itself, and not that of a proxy. Then a
    machine at this address that forwards the connection to the bridge gets no access.

    Raises:
        ConnectError: The bridge cannot be reached.
        UnprovenError: The bridge does not prove that it knows the token, or was reached at another
            address than its own.
        AccessError: The bridge does not accept the client's token or address.
        BridgeError: The bridge reported another error.
    """
    scheme = "tls" if tls else "tcp"
    uri = f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    header = LOCAL_HEADER if is_behind_balancer else b""
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            reader, writer = await _open(host, port, tls=tls, header=header)
    except TimeoutError as err:
        late = ConnectTimeoutError(
            ErrorText.NO_BRIDGE_ANSWERS, place=uri, seconds=f"{_CONNECT_TIMEOUT_S:g}"
        )
        raise late.advising(_ADVICE) from err
    except ConnectionRefusedError as err:
        raise ConnectError(ErrorText.NO_BRIDGE_LISTENS, place=uri).advising(_ADVICE) from err
    except OSError as err:
        from ..session.failures import unreachable  # imports websockets, which few clients need

        place = uri.partition("://")[2]
        error = unreachable(err, place=place, limit_s=_CONNECT_TIMEOUT_S)
        if error.advice == ConnectError.advice:  # the address of a service
            error = error.advising(_ADVICE)
        raise error from err
    except ValueError as err:
        raise ConnectError(ErrorText.INVALID_ADDRESS, place=uri) from err
    connection = BridgeConnection(reader, writer, uri=uri)
    try:
        if token is not None:
            expected_at = connection.peer if is_own_address else None
            proved_at = await prove(connection, token, expected_at=expected_at)
            if is_own_address and proved_at != connection.peer:
                raise UnprovenError(ErrorText.BRIDGE_IS_FORWARDED, place=uri)
        yield connection
    finally:
        await connection.close()


async def _open(
    host: str, port: int, *, tls: ssl.SSLContext | None, header: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, send the header if it is not empty, and then begin TLS if ``tls`` is set.

    Raises:
        OSError: The bridge cannot be reached, or TLS failed.
        ValueError: The host name or the port is not valid.
    """
    if "\0" in host or not 0 <= port <= _MAX_PORT:  # not every resolver refuses these
        raise ValueError("the host or the port is not valid")
    sock = await dial(host, port)
    if not header:
        return await asyncio.open_connection(
            sock=sock, ssl=tls, server_hostname=host if tls else None
        )
    reader, writer = await asyncio.open_connection(sock=sock)
    writer.write(header)
    if tls:
        await writer.start_tls(tls, server_hostname=host)
    return reader, writer
