"""A Wyoming client that can send any bytes, and so break the rules of the protocol."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

__all__ = [
    "ACCESS",
    "BALANCER",
    "HOUSE",
    "NONCE",
    "STRANGER",
    "Client",
    "Event",
    "encode",
    "proof_of",
]

HOUSE: Final = "127.0.0.1"
"""The bystander's address."""

STRANGER: Final = "127.0.0.66"
"""The attacker's address. On Linux, all of 127.0.0.0/8 belongs to this machine."""

BALANCER: Final = "127.0.0.77"
"""The address of a balancer that passes on what attackers send."""

ACCESS: Final = "wyoming-bridge-access"

NONCE: Final = bytes(range(32)).hex()

_RESET: Final = struct.pack("ii", 1, 0)
_READ_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the bridge."""

    type: str
    data: Mapping[str, object]


def encode(kind: str, payload: bytes = b"", /, **data: object) -> bytes:
    """Return an event on the wire, with its data in the header line."""
    header: dict[str, object] = {"type": kind, "data": data}
    if payload:
        header["payload_length"] = len(payload)
    return json.dumps(header).encode() + b"\n" + payload


def proof_of(token: str, nonce: str, *, purpose: str = "client") -> str:
    """Return the proof of a client that knows the token, for ``NONCE`` and the bridge's nonce."""
    said = f"wyoming-bridge-access 1 {purpose}\n".encode() + bytes.fromhex(NONCE + nonce)
    return hmac.new(token.encode(), said, hashlib.sha256).hexdigest()


class Client:
    """One connection. Every wait has a time limit."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._received = bytearray()
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def connect(
        cls, port: int, *, source: str = STRANGER, receive_bytes: int | None = None
    ) -> Self:
        """Connect from an address of loopback.

        Raises:
            OSError: The connection is refused, or not made within 5 s.
        """
        sock = socket.socket()
        sock.setblocking(False)
        if receive_bytes is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        try:
            sock.bind((source, 0))
            async with asyncio.timeout(5):
                await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    async def __aenter__(self) -> Self:
        """Return the client, which is connected already."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the connection."""
        self.close()

    async def send(self, *parts: bytes, within_s: float = 5.0) -> None:
        """Send bytes.

        Raises:
            OSError: The connection is gone, or the other side does not read in time.
        """
        async with asyncio.timeout(within_s):
            await self._send_all(b"".join(parts))
            await asyncio.sleep(0)  # sock_sendall runs no other task if it can send at once

    async def read(self, *, within_s: float = 5.0) -> bytes:
        """Read some bytes. An empty result means that the connection was closed or reset.

        Raises:
            TimeoutError: Nothing came in time.
        """
        if self._received:
            received = bytes(self._received)
            self._received.clear()
            return received
        try:
            async with asyncio.timeout(within_s):
                await asyncio.sleep(0)
                return await self._receive()
        except ConnectionError:
            return b""

    async def head(self, *, within_s: float = 5.0) -> bytes:
        """Read up to the first empty line. ``read`` returns what follows.

        Raises:
            TimeoutError: No empty line came in time.
        """
        lines = []
        async with asyncio.timeout(within_s):
            while (line := await self._line()) is not None and line.strip():
                lines.append(line)
        return b"\n".join(lines)

    async def event(self, *, within_s: float = 5.0) -> Event | None:
        """Read the next event; None if the connection has ended.

        Raises:
            TimeoutError: Neither an event nor the end came in time.
        """
        async with asyncio.timeout(within_s):
            line = await self._line()
            if line is None:
                return None
            header = json.loads(line)
            data = dict(header.get("data") or {})
            if header.get("data_length"):
                data |= json.loads(await self._exactly(header["data_length"]))
            await self._exactly(header.get("payload_length") or 0)
            return Event(header["type"], data)

    async def events(self, *, within_s: float = 5.0) -> list[Event]:
        """Read until the connection ends.

        Raises:
            TimeoutError: The connection did not end in time.
        """
        found = []
        async with asyncio.timeout(within_s):
            while (event := await self.event(within_s=within_s)) is not None:
                found.append(event)
        return found

    async def answer(self, *kinds: str, within_s: float = 5.0) -> Event | None:
        """Read until an event of one of these types; None if the connection has ended.

        Raises:
            TimeoutError: Neither such an event nor the end came in time.
        """
        async with asyncio.timeout(within_s):
            while (event := await self.event(within_s=within_s)) is not None:
                if event.type in kinds:
                    return event
        return None

    async def prove(self, token: str) -> Event | None:
        """Prove that this client knows a token, and return the bridge's last answer."""
        await self.send(encode(ACCESS, version=1, nonce=NONCE))
        challenge = await self.answer(ACCESS, "error")
        if challenge is None or "nonce" not in challenge.data:
            return challenge
        nonce = str(challenge.data["nonce"])
        await self.send(encode(ACCESS, version=1, proof=proof_of(token, nonce)))
        return await self.answer(ACCESS, "error")

    def close(self) -> None:
        """Close the connection in the ordinary way."""
        self.sock.close()

    def reset(self) -> None:
        """Reset the connection."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.sock.close()

    async def _send_all(self, data: bytes) -> None:
        await self._loop.sock_sendall(self.sock, data)

    async def _receive(self) -> bytes:
        return await self._loop.sock_recv(self.sock, _READ_BYTES)

    async def _line(self) -> bytes | None:
        while (end := self._received.find(b"\n")) < 0:
            if not await self._more():
                return None
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    async def _exactly(self, size: int) -> bytes:
        while len(self._received) < size:
            if not await self._more():
                raise ConnectionError("the connection ended inside an event")
        piece = bytes(self._received[:size])
        del self._received[:size]
        return piece

    async def _more(self) -> bool:
        await asyncio.sleep(0)
        try:
            received = await self._receive()
        except ConnectionError:
            return False
        self._received += received
        return bool(received)
