"""Attacks on the local realtime server, by web pages and by programs on this machine."""

import asyncio
import itertools
import json
import re
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote

from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.service import LocalServer

from .campaign import BrokenError, attack
from .floods import at_once, connect_and_leave, crowd, drip, pour, repeat, send_without_end
from .scene import Scene, Stage
from .web import (
    RESON8,
    SCRIPTIX,
    UPGRADE,
    Socket,
    foreign_headers,
    frame,
    request,
    status_of,
    zstandard,
)
from .wire import Client

__all__: list[str] = []

_QUICK: Final = "request_timeout_s: 2\n"
_SHORT: Final = "audio_timeout_s: 2\n"
_FORBIDDEN: Final = 403

_PUBLIC: Final = [("GET", "/"), ("GET", "/nothing"), ("OPTIONS", "/")]
"""Requests that need no token."""


def _service_paths() -> list[tuple[str, str]]:
    """Return a request for each path of the server, so that a new path cannot be forgotten."""
    routes = LocalServer(engine=ScriptedEngine()).paths
    paths = [(method, re.sub(r"\{\w+\}", "x", path)) for method, path in routes]
    return [
        *paths,
        ("GET", "/v2/realtime?language=en"),
        ("GET", "/v2/client/x?url=http://192.0.2.1/"),
        ("GET", "/elevenlabs/v1/speech-to-text/realtime?model_id=x"),
    ]


@attack(
    point=4,
    stage=Stage.SERVER,
    expected="each is refused with HTTP 403 or 400, requests of programs are not",
)
async def web_pages(scene: Scene) -> None:
    """Web pages of other sites, and of a name that resolves to this machine, request each path."""
    port = scene.server.port
    foreign = foreign_headers(port)
    requests = itertools.product([*_PUBLIC, *_service_paths()], [(), UPGRADE])
    for (method, path), more in requests:
        for headers in foreign:
            sent = request(method, path, *headers, *more, port=port)
            status = await status_of(port, sent)
            if status not in {_FORBIDDEN, 400}:
                raise BrokenError(f"{method} {path} with {headers} is answered with {status}")
        status = await status_of(port, request(method, path, *more, port=port))
        if status == _FORBIDDEN:
            raise BrokenError(f"{method} {path} of a program is answered with {status}")
    absolute = request("GET", f"http://evil.example:{port}/", port=port)
    if await status_of(port, absolute) == 200:
        raise BrokenError("a request for another host in its target is answered")


@attack(point=4, stage=Stage.NOTHING, expected="each is refused, and none starts a recogniser")
async def private_server(scene: Scene) -> None:
    """Programs use the server that a bridge has started for itself, without its token."""
    path = scene.folder / "bridge.yaml"
    # PocketSphinx runs in processes of its own, so the attack can count the recognisers.
    path.write_text(
        "listen: tcp://127.0.0.1:0\nprofiles: {house: {provider: local, engine: pocketsphinx}}\n"
    )
    bridge = await scene.start("bridge", "run", "--config", str(path))
    ports = [port for port in listening_ports(bridge.pid) if port != bridge.port]
    if not ports:
        raise BrokenError("the port of the server is not found")
    before = len(bridge.children())
    for port in ports:
        for (method, path), more in itertools.product(_service_paths(), [(), UPGRADE]):
            for token in ((), ("Authorization: Bearer x", "xi-api-key: x")):
                sent = request(method, path, *token, *more, port=port)
                await _expect_no_session(port, sent, what=f"{method} {path}")
        if await status_of(port, request("GET", "/", "Origin: https://a.b", port=port)) != 403:
            raise BrokenError("a web page is answered")
    if len(bridge.children()) != before:
        raise BrokenError("a recogniser was started")


async def _expect_no_session(port: int, sent: bytes, *, what: str) -> None:
    async with await Client.connect(port) as client:
        await client.send(sent)
        answer = await client.head()
        if b" 101 " not in answer[:20]:
            if b" 200 " in answer[:20]:
                raise BrokenError(f"{what} is answered without a token")
            return
        heard = await Socket(client).rest(within_s=5)
        if b"rror" not in heard:
            raise BrokenError(f"{what} is served without a token: {heard[-80:]!r}")


def listening_ports(pid: int) -> list[int]:
    """Return the TCP ports at which a process listens on IPv4."""
    links = [link for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    own = {str(link.readlink()) for link in links}
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return [
        int(row[1].split(":")[1], 16)
        for row in rows
        if row[3] == "0A" and f"socket:[{row[9]}]" in own
    ]


@attack(
    point=4, stage=Stage.SERVER, serve=_QUICK, expected="they end after their timeout (2 s here)"
)
async def half_requests(scene: Scene) -> None:
    """400 programs send half a request each, and 40 of them go on with a byte per 100 ms."""
    port = scene.server.port
    half = request("GET", "/", port=port)[:-2]
    await drip(half, port=port, count=400, dripping=40, piece=b"X", within_s=6)


@attack(point=4, stage=Stage.SERVER, serve=_QUICK, expected="clients of the home still get places")
async def silent_connections(scene: Scene) -> None:
    """600 programs connect and send nothing."""
    async with crowd(600, port=scene.server.port):
        await asyncio.sleep(scene.seconds)


@attack(point=4, stage=Stage.SERVER, expected="others are served")
async def server_connect_and_leave(scene: Scene) -> None:
    """Programs connect and leave at once, as fast as they can."""
    await connect_and_leave(scene, port=scene.server.port)


@attack(point=4, stage=Stage.SERVER, expected="others are served, and the log stays short")
async def wrong_requests(scene: Scene) -> None:
    """Four programs send unknown paths, wrong methods and bytes that are not HTTP."""
    port = scene.server.port
    block = b"".join(
        [
            request("GET", "/" + "x" * 500, port=port),
            request("DELETE", "/v1/auth/token", port=port),
            request("POST", "/v1/auth/token", body=b"{" * 1000, port=port),
            request("GET", "/v1/custom-model/%00%ff/phrases", port=port),
        ]
    )
    await pour(scene, block * 10 + b"no HTTP\r\n\r\n", port=port)


@attack(point=4, stage=Stage.SERVER, serve=_QUICK, expected="they are refused, in bounded memory")
async def endless_bodies(scene: Scene) -> None:
    """Eight programs send requests with endless headers, endless bodies and deep JSON."""
    port = scene.server.port
    sent = [
        (b"GET / HTTP/1.1\r\n", b"X: " + b"x" * 8000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nX: ", b"x" * 32_000),
        (
            request("POST", "/v1/auth/token", "Content-Length: 99999999999", port=port),
            b"[" * 32_000,
        ),
        (
            request("POST", "/api/v4/realtime/initialize", "Transfer-Encoding: chunked", port=port),
            b"7D00\r\n" + b"[" * 32_000 + b"\r\n",
        ),
        (
            request(
                "POST", "/v1/speech-to-text/prerecorded", "Transfer-Encoding: chunked", port=port
            ),
            b"7D00\r\n" + b"\1\2" * 16_000 + b"\r\n",
        ),
    ]
    await send_without_end(scene, sent, port=port)


@attack(
    point=4,
    stage=Stage.SERVER,
    serve=_QUICK,
    expected="they are refused with HTTP 415, in bounded memory",
)
async def compressed_bodies(scene: Scene) -> None:
    """Eight programs send bodies of 2 kB, which unpack to 60 MiB, again and again."""
    port = scene.server.port
    body = zstandard(b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n', 60 << 20)
    sent = request(
        "POST",
        "/v1/audio/transcriptions",
        "Content-Encoding: zstd",
        "Content-Type: multipart/form-data; boundary=x",
        body=body,
        port=port,
    )

    async def once() -> None:
        status = await status_of(port, sent)
        if status != HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
            raise BrokenError(f"a compressed body was answered with {status or 'nothing'}")

    await repeat(scene, once, tasks=8)


@attack(
    point=4,
    stage=Stage.SERVER,
    serve=_QUICK,
    expected="they are refused with HTTP 413, in bounded memory",
)
async def large_forms(scene: Scene) -> None:
    """16 programs send forms of 10,000 fields with 1,000 characters each, and wait."""
    port = scene.server.port
    fields = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n%s\r\n' % (n % 100, b"a" * 1000)
        for n in range(10_000)
    )
    sent = request(
        "POST",
        "/v1/audio/transcriptions",
        "Content-Type: multipart/form-data; boundary=x",
        body=fields,
        port=port,
    )

    async def once() -> None:
        async with await Client.connect(port) as client:
            with suppress(ConnectionError):  # the answer may come before the whole form is sent
                await client.send(sent, within_s=20)
            answer = await client.read(within_s=20)
            if b" 413 " not in answer[:20]:
                raise BrokenError(f"a form of 10 MB was answered with {answer[:20]!r}")

    await at_once(once() for _ in range(16))


@attack(
    point=4, stage=Stage.SERVER, serve=_SHORT, expected="they end after their timeout (2 s here)"
)
async def sessions_without_audio(scene: Scene) -> None:
    """150 programs open a session each and send no audio, or empty audio."""
    port = scene.server.port
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(await Socket.open(port, target))
            for target in itertools.islice(itertools.cycle([RESON8, SCRIPTIX]), 150)
        ]
        for each in sockets[::3]:
            await each.send([b""])
        await at_once(_end_of(each) for each in sockets)


async def _end_of(each: Socket) -> None:
    try:
        await each.rest(within_s=8)
    except TimeoutError:
        raise BrokenError("a session without audio stays") from None


@attack(point=4, stage=Stage.SERVER, serve=_QUICK, expected="others are served, in bounded memory")
async def websocket_floods(scene: Scene) -> None:
    """Programs flood sessions with pings, empty messages, unknown messages and flush requests."""
    port = scene.server.port
    deep = b'{"type": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    blocks = [
        frame(b"x" * 100, first=0x89) * 200,
        frame(b"") * 500,
        frame(b'{"type": "nothing"}', first=0x81) * 200,
        frame(b'{"type": "flush_request"}', first=0x81) * 200,
        frame(deep, first=0x81),
        frame(b"\xff\xfe", first=0x81),
        frame(b"x", first=0x01) + frame(b"x" * 60_000, first=0x00) * 4,
        frame(bytes(60_000), claims=1 << 62),
    ]
    numbers = itertools.count()

    async def once() -> None:
        block = blocks[next(numbers) % len(blocks)]
        async with await Socket.open(port, RESON8) as each:
            reading = asyncio.create_task(each.rest(within_s=60))
            try:
                while scene.goes_on and not reading.done():
                    await each.client.send(block, within_s=1)
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    await repeat(scene, once, tasks=8)


@attack(point=4, stage=Stage.SERVER, expected="others are served, in bounded memory")
async def audio_ahead(scene: Scene) -> None:
    """16 programs send audio as fast as the server reads, and do not read its words."""
    port = scene.server.port
    noise = frame(bytes(range(1, 251)) * 240)

    async def once() -> None:
        async with await Socket.open(port, RESON8, receive_bytes=4096) as each:
            while scene.goes_on:
                await each.client.send(noise * 4, within_s=1)

    await repeat(scene, once, tasks=16)


@attack(point=4, stage=Stage.SERVER, expected="others are served, in bounded memory")
async def audio_of_a_telephone(scene: Scene) -> None:
    """16 programs send messages of 4 MiB, each with 17 minutes of audio for the engine."""
    message = frame(bytes(range(1, 251)) * 16_700)
    target = RESON8.replace("encoding=auto", "encoding=mulaw&sample_rate=4000")

    async def once() -> None:
        async with await Socket.open(scene.server.port, target) as each:
            while scene.goes_on:
                await each.client.send(message, within_s=10)

    await repeat(scene, once, tasks=16)


@attack(point=4, stage=Stage.SERVER, expected="others are served, in bounded memory")
async def unfinished_messages(scene: Scene) -> None:
    """120 programs send 3 MiB of a message of 4 MiB each, and wait."""
    begin = frame(bytes(3 << 20), claims=(4 << 20) - 1)

    async def once() -> None:
        async with await Socket.open(scene.server.port, RESON8) as each:
            with suppress(TimeoutError):
                await each.client.send(begin, within_s=1)
            await asyncio.sleep(scene.seconds)

    await repeat(scene, once, tasks=120)


@attack(point=3, stage=Stage.SERVER, expected="they are refused at once")
async def costly_patterns(scene: Scene) -> None:
    """Programs request patterns that take seconds to compile, many patterns and long ones."""
    wrong = [
        "(?i)[\u0000-\uffff]" * 5,
        "[" + "\\U00000000-\\U0010ffff" + "]",
        "((a{1,200}){1,200}){1,200}",
        "(" * 60 + ")" * 60,
        "(a|a)*" * 10,
        "(?:" * 20 + "x" + "{1,99}" * 1 + ")" * 20,
        "x" * 10_000,
    ]
    many = "&".join(f"patterns=x{n}" for n in range(500))

    async def once() -> None:
        for text in [*(f"patterns={quote(json.dumps([each]))}" for each in wrong), many]:
            target = f"{RESON8}&{text}"[:60_000]
            async with await Client.connect(scene.server.port) as client:
                await client.send(request("GET", target, *UPGRADE, port=scene.server.port))
                await client.read()

    await repeat(scene, once, tasks=4)
