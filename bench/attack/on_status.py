"""Attacks on the status server, while a probe asks for the status."""

import asyncio
import itertools
from typing import Final

from .campaign import BrokenError, attack
from .floods import connect_and_leave, crowd, drip, pour, repeat, send_without_end
from .scene import Scene, Stage
from .web import answer_to, foreign_headers, request, status_of
from .wire import Client

__all__: list[str] = []

_PATHS: Final = ("/livez", "/readyz", "/metrics")

_EXCHANGE_S: Final = 5.0
"""How long a request and its answer may take."""


@attack(point=10, stage=Stage.STATUS, expected="each is refused with HTTP 403 or 400")
async def status_foreign_requests(scene: Scene) -> None:
    """Web pages of other sites, and of a name that resolves to this machine, request each path."""
    port = scene.bridge.status_port
    own = f"Origin: http://127.0.0.1:{port}"
    for path, headers in itertools.product(_PATHS, [*foreign_headers(port), [own]]):
        status, answer = await answer_to(port, request("GET", path, *headers, port=port))
        if status not in {403, 400} or b"wyoming_bridge_" in answer:
            raise BrokenError(f"{path} with {headers} is answered with {status}")


@attack(
    point=10,
    stage=Stage.STATUS,
    expected="each is refused, and the probes are answered",
)
async def status_wrong_requests(scene: Scene) -> None:
    """Programs send wrong methods, paths, versions and lengths, and bytes that are not HTTP."""
    port = scene.bridge.status_port
    refused = [
        *(request(method, "/readyz", port=port) for method in ("POST", "PUT", "DELETE", "TRACE")),
        *(request("GET", path, port=port) for path in ("/", "/../readyz", "//readyz", "/%72eadyz")),
        request("CONNECT", "127.0.0.1:1", port=port),
        request("GET", "http://evil.example/readyz", port=port),
        request("PRI", "*", port=port),
        f"GET /readyz HTTP/1.0\r\nHost: evil.example:{port}\r\n\r\n".encode(),
        b"GET /readyz\r\n\r\n",
        b"GET /readyz HTTP/x\r\nHost: 127.0.0.1\r\n\r\n",
        request("GET", "/readyz", "Content-Length: -1", port=port),
        request("GET", "/readyz", "Content-Length: 1", "Content-Length: 2", port=port),
        request("GET", "/readyz", "Transfer-Encoding: x", port=port),
        request("GET", "/readyz", "X : y", port=port),
        request("GET", "/readyz", "X: \x00", port=port),
        request("GET", "/readyz", "X: " + "y" * 20_000, port=port),
        request("GET", "/" + "x" * 20_000, port=port),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"\xff" * 1000 + b"\r\n\r\n",
    ]
    for sent in refused:
        status, answer = await answer_to(port, sent)
        if status in {200, 500}:
            raise BrokenError(f"{sent[:40]!r} is answered with {status}: {answer[-60:]!r}")
    await pour(scene, b"".join(refused[:4]), port=port)


@attack(point=10, stage=Stage.STATUS, expected="the probes are answered")
async def status_silent_connections(scene: Scene) -> None:
    """600 programs connect and send nothing."""
    async with crowd(600, port=scene.bridge.status_port):
        await asyncio.sleep(scene.seconds)


@attack(
    point=10,
    stage=Stage.STATUS,
    expected="they end after 5 s, and the probes are answered",
    limit_s=40,
)
async def status_half_requests(scene: Scene) -> None:
    """400 programs send half a request each, and 40 of them go on with a byte per 100 ms."""
    port = scene.bridge.status_port
    half = request("GET", "/readyz", port=port)[:-2]
    await drip(half, port=port, count=400, dripping=40, piece=b"X", within_s=_EXCHANGE_S + 5)


@attack(point=10, stage=Stage.STATUS, expected="the probes are answered")
async def status_connect_and_leave(scene: Scene) -> None:
    """Programs connect and leave at once, as fast as they can."""
    await connect_and_leave(scene, port=scene.bridge.status_port)


@attack(point=10, stage=Stage.STATUS, expected="they are refused, in bounded memory")
async def status_endless_requests(scene: Scene) -> None:
    """Eight programs send endless headers, endless bodies, and lines without an end."""
    port = scene.bridge.status_port
    sent = [
        (b"GET /readyz HTTP/1.1\r\n", b"X: " + b"x" * 8000 + b"\r\n"),
        (b"GET /readyz HTTP/1.1\r\nX: ", b"x" * 32_000),
        (b"GET /readyz HTTP/1.1\r\n", b"a:\r\n" * 1000),
        (b"", b"\r\n" * 10_000),
        (request("POST", "/readyz", "Content-Length: 99999999999", port=port), b"x" * 32_000),
        (
            request("GET", "/readyz", "Transfer-Encoding: chunked", port=port),
            b"7D00\r\n" + b"x" * 32_000 + b"\r\n",
        ),
    ]
    await send_without_end(scene, sent, port=port)


@attack(point=10, stage=Stage.STATUS, expected="one answer per connection; the probes are answered")
async def status_pipelines(scene: Scene) -> None:
    """Programs send hundreds of requests at once on one connection, and keep it open."""
    port = scene.bridge.status_port
    block = request("GET", "/metrics", "Connection: keep-alive", port=port) * 500

    async def once() -> None:
        async with await Client.connect(port) as client:
            await client.send(block)
            answers = b""
            while piece := await client.read(within_s=_EXCHANGE_S + 3):
                answers += piece
        if answers.count(b"HTTP/1.1 200") > 1:
            raise BrokenError("a connection gets more than one answer")

    await repeat(scene, once, tasks=8)


@attack(point=10, stage=Stage.STATUS, expected="others are served, and the probes are answered")
async def status_flood(scene: Scene) -> None:
    """16 programs ask for the metrics as fast as they are answered."""
    port = scene.bridge.status_port
    sent = request("GET", "/metrics", port=port)

    async def once() -> None:
        await status_of(port, sent)

    await repeat(scene, once, tasks=16)


@attack(point=10, stage=Stage.STATUS, expected="the probes are answered, in bounded memory")
async def status_unread_answers(scene: Scene) -> None:
    """200 programs ask for the metrics again and again, and read no answer."""
    port = scene.bridge.status_port
    sent = request("GET", "/metrics", port=port)

    async def once() -> None:
        async with await Client.connect(port, receive_bytes=2048) as client:
            await client.send(sent)
            await asyncio.sleep(0.5)

    await repeat(scene, once, tasks=200)
