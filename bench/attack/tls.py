"""A TLS client that can stop in the middle of the handshake, and certificates for the bridge."""

import ssl
import sys
from pathlib import Path
from typing import Final, Self

from .programs import ROOT
from .wire import STRANGER, Client

sys.path.insert(0, str(ROOT / "tests" / "support"))

from certificates import RSA, self_signed

__all__ = ["RSA", "TlsClient", "client_hello", "self_signed", "trusting"]

_READ_BYTES: Final = 1 << 16


def trusting(certificate: Path) -> ssl.SSLContext:
    """Return the context of a client that trusts one certificate."""
    return ssl.create_default_context(cafile=certificate)


def client_hello() -> bytes:
    """Return the first message of a handshake, as a new client sends it."""
    outgoing = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="127.0.0.1")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise RuntimeError("the handshake ended without an answer")


class TlsClient(Client):
    """A connection that is encrypted after ``shake_hands``."""

    _tls: ssl.SSLObject | None = None

    @classmethod
    async def secure(
        cls,
        port: int,
        *,
        context: ssl.SSLContext,
        source: str = STRANGER,
        receive_bytes: int | None = None,
    ) -> Self:
        """Connect and encrypt the connection.

        Raises:
            OSError: The connection or the handshake failed.
        """
        client = await cls.connect(port, source=source, receive_bytes=receive_bytes)
        try:
            await client.shake_hands(context)
        except BaseException:
            client.close()
            raise
        return client

    async def shake_hands(self, context: ssl.SSLContext) -> None:
        """Encrypt the connection.

        Raises:
            OSError: The handshake failed.
        """
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="127.0.0.1")
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._push()
                if not await self._pull():
                    raise ConnectionError("the connection ended during the handshake") from None
            else:
                break
        await self._push()
        self._tls = tls

    async def _send_all(self, data: bytes) -> None:
        if self._tls is None:
            await super()._send_all(data)
        elif data:
            self._tls.write(data)
            await self._push()

    async def _receive(self) -> bytes:
        if self._tls is None:
            return await super()._receive()
        while True:
            try:
                return self._tls.read(_READ_BYTES)
            except ssl.SSLWantReadError:
                if not await self._pull():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    async def _push(self) -> None:
        await super()._send_all(self._outgoing.read())

    async def _pull(self) -> bool:
        """Receive encrypted bytes. Return whether there were any."""
        received = await super()._receive()
        self._incoming.write(received)
        return bool(received)
