"""Connects protocols of asyncio to hosts, with or without TLS.

Hard rule: when an attempt fails or is cancelled, its socket is closed at once. A transport that is
closed but not aborted would first send what is in its buffer, and wait up to 30 s for the other
side to confirm the end of TLS.
"""

import asyncio
import ssl
from collections.abc import Callable

from ..dial import dial
from .transport import ignore_accepted

__all__ = ["connect", "hand_over"]


async def connect(
    protocol: asyncio.Protocol,
    host: str,
    port: int,
    *,
    ssl_context: ssl.SSLContext | None,
    on_accepted: Callable[[], None] = ignore_accepted,
) -> asyncio.Transport:
    """Connect a protocol to a host, with TLS if there is a context.

    ``on_accepted`` is called when the host has accepted the connection, before the TLS handshake.

    Raises:
        OSError: The host cannot be reached, or the TLS handshake failed.
    """
    sock = await dial(host, port)
    on_accepted()
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=sock)
    return await hand_over(transport, protocol, host=host, ssl_context=ssl_context)


async def hand_over(
    transport: asyncio.Transport,
    protocol: asyncio.Protocol,
    *,
    host: str,
    ssl_context: ssl.SSLContext | None,
    received: bytes = b"",
    has_ended: bool = False,
) -> asyncio.Transport:
    """Give a connection to another protocol, after the TLS handshake if there is a context.

    Return the transport of the protocol. ``host`` is the name that the certificate must have.
    ``received`` is what was already read from the host. With TLS it is dropped: it did not come
    from inside the TLS connection, so anybody could have sent it. ``has_ended`` is whether the host
    sends nothing after that. asyncio does not tell the other protocol.

    Raises:
        OSError: The TLS handshake failed, or the connection is closed.
    """
    if has_ended and (ssl_context or not received or transport.is_closing()):
        transport.abort()
        raise ConnectionResetError
    early = _EarlyData(b"" if ssl_context else received)
    final = transport
    try:
        if ssl_context:
            # Not with ``protocol``: asyncio would report data and the end of the connection to it
            # before it knows its transport.
            final = await _secured(transport, early, host=host, ssl_context=ssl_context)
        final.set_protocol(protocol)
        protocol.connection_made(final)
        if early.data:  # later, because the protocol may have to send its request first
            asyncio.get_running_loop().call_soon(protocol.data_received, early.data)
        if has_ended:
            asyncio.get_running_loop().call_soon(_end, protocol, final)
    except BaseException:
        transport.abort()
        raise
    return final


def _end(protocol: asyncio.Protocol, transport: asyncio.Transport) -> None:
    """Tell a protocol that its host sends nothing more, as asyncio does."""
    if not protocol.eof_received():
        transport.close()


async def _secured(
    transport: asyncio.Transport,
    protocol: asyncio.Protocol,
    *,
    host: str,
    ssl_context: ssl.SSLContext,
) -> asyncio.Transport:
    try:
        secured = await asyncio.get_running_loop().start_tls(
            transport, protocol, ssl_context, server_hostname=host
        )
    except TypeError as err:
        # A flaw of asyncio, seen in Python 3.11.7: if a TLS handshake inside another TLS connection
        # fails, asyncio calls a function of its own with a wrong argument.
        if isinstance(err.__context__, OSError):
            raise err.__context__ from None
        raise
    if secured is None:  # the connection was closed without an error
        raise ConnectionResetError
    return secured


class _EarlyData(asyncio.Protocol):
    """Keeps what a host sends before its connection has the final protocol.

    A host that is overloaded may refuse each request before it reads it.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data

    def data_received(self, data: bytes) -> None:
        self.data += data
