"""Attacks on the TLS handshake of the bridge, and on connections that are encrypted."""

import asyncio
import itertools
import ssl
from asyncio.subprocess import PIPE, STDOUT
from contextlib import suppress
from typing import Final

from .campaign import BrokenError, attack
from .floods import crowd, drip, repeat
from .scene import Scene, Stage
from .tls import TlsClient, client_hello, trusting
from .wire import Client, encode

__all__: list[str] = []

_HANDSHAKE_S: Final = 10.0
"""How long the bridge waits for a handshake."""

_FORMAT: Final = {"rate": 16000, "width": 2, "channels": 1}

_HANDSHAKE, _ALERT, _DATA = 22, 21, 23
"""The types of records: RFC 8446, 5.1."""


def _record(kind: int, content: bytes, *, claims: int | None = None) -> bytes:
    """Return a record that is not encrypted. ``claims`` is a wrong size for its header."""
    size = len(content) if claims is None else claims
    return bytes([kind, 3, 3]) + size.to_bytes(2) + content


_GARBAGE: Final = (
    b"GET / HTTP/1.1\r\n\r\n",
    encode("describe") * 20,
    bytes(5000),
    b"\x80\x2e\x01\x00\x02" + bytes(60),  # a hello of SSL 2
    _record(_HANDSHAKE, b"x" * 16_384, claims=0xFFFF),
    _record(_HANDSHAKE, b"\x01\xff\xff\xff" + bytes(16_000)) * 8,  # a hello that claims 16 MiB
    _record(_HANDSHAKE, b"") * 200,
    _record(_HANDSHAKE, b"\x01") * 200,  # one byte of a hello in each record
    _record(_ALERT, b"\x01\x00") * 200,
    _record(_DATA, b"\xff" * 1000) * 20,
)


@attack(point=13, stage=Stage.TLS, expected="clients of the home still get places")
async def tls_silent_clients(scene: Scene) -> None:
    """600 clients connect and begin no handshake."""
    async with crowd(600, port=scene.bridge.port):
        await asyncio.sleep(scene.seconds)


@attack(
    point=13,
    stage=Stage.TLS,
    expected="they are disconnected within 10 s, and clients of the home still get places",
    limit_s=45,
)
async def tls_half_handshakes(scene: Scene) -> None:
    """400 clients send half of a hello, and 100 of them go on with a byte per 100 ms."""
    half = client_hello()[:100]
    await drip(
        half, port=scene.bridge.port, count=400, dripping=100, piece=b"x", within_s=_HANDSHAKE_S + 5
    )


@attack(
    point=13, stage=Stage.TLS, expected="clients of the home still get places, in bounded memory"
)
async def tls_unfinished_handshakes(scene: Scene) -> None:
    """600 clients send a hello each, and do not answer the certificate."""
    async with crowd(600, port=scene.bridge.port, say=client_hello()):
        await asyncio.sleep(scene.seconds)


@attack(point=13, stage=Stage.TLS, expected="each is disconnected, and the log stays short")
async def tls_garbage(scene: Scene) -> None:
    """Clients send other bytes than TLS, and empty, oversized and wrongly labelled records."""
    numbers = itertools.count()

    async def once() -> None:
        async with await Client.connect(scene.bridge.port) as client:
            await client.send(_GARBAGE[next(numbers) % len(_GARBAGE)])
            await client.read(within_s=2)

    await repeat(scene, once, tasks=8)


@attack(point=13, stage=Stage.TLS, expected="others are served, in bounded memory")
async def tls_handshake_flood(scene: Scene) -> None:
    """16 clients begin handshakes as fast as they can.

    Each leaves after the server's first reply, without answering it.
    """
    hello = client_hello()

    async def once() -> None:
        client = await Client.connect(scene.bridge.port)
        await client.send(hello)
        await client.read(within_s=2)
        client.reset()

    await repeat(scene, once, tasks=16)


@attack(point=13, stage=Stage.TLS, expected="others are served, in bounded memory")
async def tls_hellos_at_once(scene: Scene) -> None:
    """120 clients connect, wait, and then send their hellos all at once, repeatedly."""
    hello = client_hello()

    async def once() -> None:
        async with crowd(120, port=scene.bridge.port) as clients:
            await asyncio.sleep(0.2)  # so that the bridge has accepted them
            for client in clients:
                with suppress(OSError):
                    client.sock.send(hello)  # Client.send would wait for a turn of the event loop
            for client in clients:
                await client.read(within_s=2)

    await repeat(scene, once, tasks=1)


@attack(point=13, stage=Stage.TLS, expected="others are served, in bounded memory")
async def tls_connection_flood(scene: Scene) -> None:
    """Eight clients complete handshakes as fast as they can, and then send nothing."""
    context = _trusting(scene)
    clients: list[Client] = []

    async def once() -> None:
        clients.append(await TlsClient.secure(scene.bridge.port, context=context))
        for old in clients[:-500]:
            old.close()
        del clients[:-500]

    await repeat(scene, once, tasks=8)
    for client in clients:
        client.close()


@attack(
    point=13,
    stage=Stage.TLS,
    expected="they are disconnected, and the answers take no memory",
)
async def tls_unread_answers(scene: Scene) -> None:
    """Eight clients send `describe` over TLS and do not read the answers."""
    context = _trusting(scene)
    block = encode("describe") * 20

    async def once() -> None:
        secured = TlsClient.secure(scene.bridge.port, context=context, receive_bytes=4096)
        async with await secured as client:
            while scene.goes_on:
                await client.send(block, within_s=1)

    await repeat(scene, once, tasks=8)


@attack(point=13, stage=Stage.TLS, expected="others are served, in bounded memory")
async def tls_audio_flood(scene: Scene) -> None:
    """Eight clients send chunks of 1 MiB over TLS as fast as the bridge reads, without end."""
    context = _trusting(scene)
    start = encode("audio-start", **_FORMAT)
    block = encode("audio-chunk", bytes(1 << 20), **_FORMAT)

    async def once() -> None:
        async with await TlsClient.secure(scene.bridge.port, context=context) as client:
            await client.send(start)
            while scene.goes_on:
                await client.send(block, within_s=2)

    await repeat(scene, once, tasks=8)


@attack(point=13, stage=Stage.TLS, expected="each is disconnected, and the log stays short")
async def tls_broken_records(scene: Scene) -> None:
    """Clients complete the handshake, and then send records that are too large or not encrypted."""
    context = _trusting(scene)
    numbers = itertools.count()

    async def once() -> None:
        async with await TlsClient.secure(scene.bridge.port, context=context) as client:
            broken = Client(client.sock)
            await broken.send(_GARBAGE[next(numbers) % len(_GARBAGE)])
            while await broken.read(within_s=12):
                pass

    await repeat(scene, once, tasks=8)


@attack(point=13, stage=Stage.TLS, expected="none is renegotiated, and others are served")
async def tls_renegotiation(scene: Scene) -> None:
    """Clients renegotiate in TLS 1.2, and change their keys in TLS 1.3 as fast as they can."""
    old = _openssl(scene, "-tls1_2", command=b"R\n")
    new = [_openssl(scene, "-tls1_3", command=b"K\n") for _ in range(4)]
    told, *_ = await asyncio.gather(old, *new)
    if b"RENEGOTIATING" not in told:
        raise BrokenError(f"the client has not tried it: {told[-80:]!r}")
    if told.count(b"verify return") > told.partition(b"RENEGOTIATING")[0].count(b"verify return"):
        raise BrokenError("the bridge has renegotiated")


async def _openssl(scene: Scene, *arguments: str, command: bytes) -> bytes:
    """Run the TLS client of OpenSSL, give it one command again and again, and return its output."""
    process = await asyncio.create_subprocess_exec(
        "openssl",
        "s_client",
        "-connect",
        f"127.0.0.1:{scene.bridge.port}",
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
    )
    assert process.stdin is not None
    await asyncio.sleep(0.5)  # a command before the end of the handshake is sent as data
    while scene.goes_on and process.returncode is None:
        with suppress(ConnectionError):
            process.stdin.write(command)
            await process.stdin.drain()
        await asyncio.sleep(0.001)
    if process.returncode is None:
        process.kill()
    output, _ = await process.communicate()
    return output


def _trusting(scene: Scene) -> ssl.SSLContext:
    assert scene.certificate is not None
    return trusting(scene.certificate)
