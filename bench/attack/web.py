"""HTTP requests and websockets that can break the rules of their protocols."""

import asyncio
import base64
import os
import re
import struct
from collections.abc import Sequence
from typing import Final, Self

from .wire import STRANGER, Client

__all__ = [
    "RESON8",
    "SCRIPTIX",
    "UPGRADE",
    "Socket",
    "answer_to",
    "foreign_headers",
    "frame",
    "request",
    "status_of",
    "zstandard",
]

RESON8: Final = "/reson8/v1/speech-to-text/realtime?encoding=auto&include_interim=true"
SCRIPTIX: Final = "/scriptix/v2/realtime?language=en"

_TEXT: Final = 0x81
_BINARY: Final = 0x82
_CLOSE: Final = 8

_HEAD_BYTES: Final = 2
_SHORT: Final = 126
"""From this value on, the length byte of a frame says that the size is in the following bytes."""


def request(method: str, target: str, *headers: str, body: bytes = b"", port: int) -> bytes:
    """Return an HTTP request. If ``headers`` has no ``Host``, the right one is added."""
    lines = [f"{method} {target} HTTP/1.1"]
    if not any(header.lower().startswith("host:") for header in headers):
        lines.append(f"Host: 127.0.0.1:{port}")
    lines += headers
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


UPGRADE: Final = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
)


def foreign_headers(port: int) -> list[list[str]]:
    """Return the headers of requests that web pages of other sites send.

    Some of these sites have a host name that resolves to this machine.
    """
    own = f"Origin: http://127.0.0.1:{port}"
    return [
        ["Origin: https://evil.example"],
        ["Origin: null"],
        [f"Origin: http://127.0.0.1:{port - 1}"],
        [f"Origin: http://127.0.0.1.evil.example:{port}"],
        [f"Origin: http://evil.example#127.0.0.1:{port}"],
        [f"Origin: http://127.0.0.1:{port}@evil.example"],
        [f"{own}, https://evil.example"],
        [own, "Origin: https://evil.example"],
        ["Sec-Fetch-Site: cross-site"],
        ["Host:"],
        ["Host:", own],
        ["Host: evil.example"],
        [f"Host: evil.example:{port}"],
        [f"Host: evil.example:{port}", own],
        [f"Host: evil.example:{port}", f"Origin: http://evil.example:{port}"],
        [f"Host: 127.0.0.1.evil.example:{port}"],
        [f"Host: 127.0.0.1:{port}", f"Host: evil.example:{port}"],
        [f"Host: 127.0.0.1:{port}", f"Host: evil.example:{port}", own],
        [
            f"Host: 127.0.0.1:{port}",
            "X-Forwarded-Host: evil.example",
            "Origin: http://evil.example",
        ],
    ]


def frame(content: bytes, *, first: int = _BINARY, claims: int | None = None) -> bytes:
    """Return a masked frame. ``claims`` is a wrong size for its header; None for the true size."""
    size = len(content) if claims is None else claims
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + bytes(4) + content  # a mask of zeros changes nothing


def zstandard(head: bytes, zeros: int) -> bytes:
    """Return a Zstandard frame of ``head`` and about ``zeros`` zeros. It claims a large window.

    A run of 128 KiB takes four bytes, and to unpack the frame takes 128 MiB (RFC 8878, 3.1.1).
    """
    run = 128 * 1024
    blocks = [(len(head) << 3).to_bytes(3, "little") + head]
    blocks += [(run << 3 | 2).to_bytes(3, "little") + b"\0"] * (zeros // run)
    return b"\x28\xb5\x2f\xfd\x00\x88" + b"".join(blocks) + b"\x01\0\0"


async def answer_to(
    port: int, sent: bytes, *, within_s: float = 5.0, source: str = STRANGER
) -> tuple[int, bytes]:
    """Send a request, and return the status and all bytes of the answer.

    The status is 0 without an answer.
    """
    received = b""
    async with await Client.connect(port, source=source) as client:
        try:
            await client.send(sent)
            while not _is_whole(received) and (piece := await client.read(within_s=within_s)):
                received += piece
        except OSError:
            return 0, received
    words = received.split(b" ", 2)
    return (int(words[1]) if len(words) > 2 and words[1].isdigit() else 0), received


def _is_whole(answer: bytes) -> bool:
    """Return whether an answer has all bytes that its head announces.

    The answer to an upgrade ends with its head.
    """
    head, has_end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return bool(has_end and (b" 101 " in head[:20] or (length and len(body) >= int(length[1]))))


async def status_of(port: int, sent: bytes, *, within_s: float = 5.0) -> int:
    """Send a request, and return the status of the answer; 0 without an answer."""
    async with await Client.connect(port) as client:
        try:
            await client.send(sent)
            answer = await client.read(within_s=within_s)
        except OSError:
            return 0
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 2 and words[1].isdigit() else 0


class Socket:
    """A websocket to the local server or the page."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @classmethod
    async def open(
        cls, port: int, target: str, *headers: str, receive_bytes: int | None = None
    ) -> Self:
        """Upgrade a connection.

        Raises:
            ConnectionError: The upgrade is refused.
        """
        client = await Client.connect(port, receive_bytes=receive_bytes)
        try:
            await client.send(request("GET", target, *UPGRADE, *headers, port=port))
            answer = await client.head()
        except BaseException:
            client.close()
            raise
        if b" 101 " not in answer[:20]:
            client.close()
            raise ConnectionError(f"the upgrade is refused: {answer[:80]!r}")
        return cls(client)

    async def __aenter__(self) -> Self:
        """Return the websocket, which is open already."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the connection without a close frame."""
        self.client.close()

    async def send(self, contents: Sequence[bytes], *, text: bool = False) -> None:
        """Send messages."""
        first = _TEXT if text else _BINARY
        await self.client.send(*(frame(content, first=first) for content in contents))

    async def rest(self, *, within_s: float) -> bytes:
        """Return the content of all frames until a close frame or the end of the connection.

        Raises:
            TimeoutError: Neither came in time.
        """
        received = bytearray()
        heard = bytearray()
        async with asyncio.timeout(within_s):
            while piece := await self.client.read(within_s=within_s):
                received += piece
                at = 0
                while (found := _frame_at(received, at)) is not None:
                    opcode, content, at = found
                    heard += content
                    if opcode == _CLOSE:
                        return bytes(heard)
                del received[:at]
        return bytes(heard)


def _frame_at(received: bytearray, at: int) -> tuple[int, bytes, int] | None:
    """Return opcode, content and end of the server's frame at ``at``; None if it is incomplete."""
    begin = at + _HEAD_BYTES
    if len(received) < begin:
        return None
    size = received[at + 1]
    if size >= _SHORT:
        width = 2 if size == _SHORT else 8
        size = int.from_bytes(received[begin : begin + width])
        begin += width
    if len(received) < begin + size:
        return None
    return received[at] & 0x0F, bytes(received[begin : begin + size]), begin + size
