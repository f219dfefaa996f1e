"""Attacks on the PROXY header, by clients that are not balancers and through a balancer."""

import asyncio
import itertools
import struct
from typing import Final

from .campaign import BrokenError, attack
from .floods import crowd, drip, pour, repeat
from .scene import Scene, Stage
from .wire import BALANCER, STRANGER, encode

__all__: list[str] = []

_HEADER_S: Final = 5.0
"""How long the bridge waits for a header."""

_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
_ADDRESSES: Final = bytes([192, 0, 2, 7, 192, 0, 2, 1]) + struct.pack("!HH", 51234, 10300)

_PROXY, _LOCAL = 0x21, 0x20
_TCP4, _TCP6 = 0x11, 0x21


def _line(host: object, port: object = 51234) -> bytes:
    """Return a header of version 1."""
    return f"PROXY TCP4 {host} 192.0.2.1 {port} 10300\r\n".encode()


def _binary(
    content: bytes, *, command: int = _PROXY, family: int = _TCP4, claims: int | None = None
) -> bytes:
    """Return a header of version 2. ``claims`` is a wrong length; None for the true one."""
    size = len(content) if claims is None else claims
    return _SIGNATURE + struct.pack("!BBH", command, family, size) + content


def _tlv(kind: int, content: bytes, *, claims: int | None = None) -> bytes:
    size = len(content) if claims is None else claims
    return struct.pack("!BH", kind, size) + content


_WRONG: Final = {
    "no header": encode("describe"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a line without an end": b"PROXY TCP4 " + b"1" * 5000,
    "a line of zeros": b"PROXY " + bytes(200) + b"\r\n",
    "a line with only LF": b"PROXY TCP4 192.0.2.7 192.0.2.1 51234 10300\n",
    "a line of another family": b"PROXY UDP4 192.0.2.7 192.0.2.1 51234 10300\r\n",
    "a line with too few words": b"PROXY TCP4 192.0.2.7 192.0.2.1\r\n",
    "a line with spaces": b"PROXY  TCP4  192.0.2.7  192.0.2.1  51234  10300\r\n",
    "a host in a line": _line("localhost"),
    "an IPv6 address for IPv4": _line("::1"),
    "an octal address": _line("0300.0.2.7"),
    "an address with a line end": _line("192.0.2.7\nERROR forged"),
    "an address with a terminal code": _line("\x1b[2J192.0.2.7"),
    "a port of 70,000": _line("192.0.2.7", 70_000),
    "a negative port": _line("192.0.2.7", -1),
    "a port of 90 digits": _line("192.0.2.7", "9" * 50),
    "a port in Arabic digits": _line("192.0.2.7", "\u0665\u0665"),
    "version 1 in the binary header": _binary(_ADDRESSES, command=0x11),
    "version 3": _binary(_ADDRESSES, command=0x31),
    "an unknown command": _binary(_ADDRESSES, command=0x2F),
    "an unknown family": _binary(_ADDRESSES, family=0x41),
    "an unknown transport": _binary(_ADDRESSES, family=0x13),
    "addresses that are too short": _binary(_ADDRESSES[:6]),
    "addresses of IPv4 for IPv6": _binary(_ADDRESSES, family=_TCP6),
    "no addresses": _binary(b""),
    "a length of 65,535": _binary(_ADDRESSES, claims=0xFFFF) + bytes(65_535),
    "a length beyond the limit": _binary(_ADDRESSES + bytes(5000)),
}
"""Headers after which the bridge must close the connection without an answer."""

_STRANGE: Final = {
    "an unknown value": _binary(_ADDRESSES + _tlv(0xEE, b"x" * 500)),
    "a value that claims more than there is": _binary(_ADDRESSES + _tlv(2, b"x", claims=60_000)),
    "half of a value": _binary(_ADDRESSES + b"\x02\x00"),
    "a value with a line end": _binary(_ADDRESSES + _tlv(2, b"x\nERROR forged\n")),
    "a thousand values": _binary(_ADDRESSES + _tlv(4, b"") * 1000),
    "a wrong checksum": _binary(_ADDRESSES + _tlv(3, b"\0\0\0\1")),
    "no address": _binary(b"", family=0),
    "an address of a Unix socket": _binary(b"/x".ljust(216, b"\0"), family=0x31),
    "a test of the balancer": _binary(b"x" * 100, command=_LOCAL),
    "an unknown client": b"PROXY UNKNOWN " + b"f" * 80 + b"\r\n",
}
"""Unusual headers that are valid. The bridge must answer the events that follow."""


@attack(
    point=13,
    stage=Stage.BALANCED,
    expected="wrong headers end the connection, strange ones do not, and no log line is forged",
)
async def wrong_headers(scene: Scene) -> None:
    """A balancer passes on 28 wrong headers, and 10 that are strange but valid."""
    for what, header in _WRONG.items():
        if await _answer(scene, header) is not None:
            raise BrokenError(f"{what} is answered")
    for what, header in _STRANGE.items():
        if await _answer(scene, header) != "info":
            raise BrokenError(f"{what} is not answered")


@attack(
    point=13,
    stage=Stage.BALANCED,
    expected="none is believed, and the log stays short",
)
async def forged_headers(scene: Scene) -> None:
    """Clients that are not balancers claim the addresses of this machine and of the house."""
    claims = itertools.cycle(
        [_line("127.0.0.1"), _line("192.0.2.7"), _binary(_ADDRESSES), _STRANGE["no address"]]
    )

    async def once() -> None:
        if await _answer(scene, next(claims), source=STRANGER) is not None:
            raise BrokenError("a header of a client that is not a balancer is believed")

    await repeat(scene, once, tasks=8)


async def _answer(scene: Scene, header: bytes, *, source: str = BALANCER) -> str | None:
    """Send a header and `describe`; return the type of the answer, or None if there is none."""
    async with await scene.connect(source=source) as client:
        try:
            await client.send(header, encode("describe"))
        except ConnectionError:
            return None
        event = await client.event()
    return event.type if event else None


@attack(point=13, stage=Stage.BALANCED, expected="clients of the home still get places")
async def silent_balancers(scene: Scene) -> None:
    """600 connections of a balancer and 600 of others send no header."""
    port = scene.bridge.port
    async with crowd(600, port=port, source=BALANCER), crowd(600, port=port):
        await asyncio.sleep(scene.seconds)


@attack(
    point=13,
    stage=Stage.BALANCED,
    expected="they are disconnected within 5 s, and clients of the home still get places",
    limit_s=40,
)
async def half_headers(scene: Scene) -> None:
    """400 clients of a balancer begin a header, and 100 of them go on with a byte per 100 ms."""
    port = scene.bridge.port
    line = drip(
        b"PROXY TCP4 1",
        port=port,
        count=200,
        dripping=50,
        piece=b"1",
        within_s=_HEADER_S + 5,
        source=BALANCER,
    )
    binary = drip(
        _binary(_ADDRESSES, claims=4000),
        port=port,
        count=200,
        dripping=50,
        piece=b"\0",
        within_s=_HEADER_S + 5,
        source=BALANCER,
    )
    await asyncio.gather(line, binary)


@attack(point=13, stage=Stage.BALANCED, expected="others are served, and the log stays short")
async def header_flood(scene: Scene) -> None:
    """Clients of a balancer send right and wrong headers as fast as they can, and leave."""
    numbers = itertools.count()
    wrong = list(_WRONG.values())

    async def once() -> None:
        number = next(numbers)
        right = _line(f"198.51.100.{number % 250 + 1}")
        large = _binary(_ADDRESSES + _tlv(2, b"x" * 4000))
        header = [right, large, wrong[number // 3 % len(wrong)]][number % 3]
        client = await scene.connect(source=BALANCER)
        await client.send(header)
        client.reset()

    await repeat(scene, once, tasks=8)


@attack(point=13, stage=Stage.BALANCED, expected="others are served")
async def flood_through_a_balancer(scene: Scene) -> None:
    """Four clients of a balancer send `describe` as fast as the bridge answers."""
    await pour(scene, encode("describe") * 200, first=_line("198.51.100.9"), source=BALANCER)


@attack(point=13, stage=Stage.BALANCED, expected="clients of the home still get places")
async def crowd_through_a_balancer(scene: Scene) -> None:
    """600 clients of a balancer send one `ping` each, and keep their connections."""
    say = _line("198.51.100.9") + encode("ping")
    async with crowd(600, port=scene.bridge.port, say=say, source=BALANCER):
        await asyncio.sleep(scene.seconds)
