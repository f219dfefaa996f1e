"""Attacks on the page by devices that know the access token, and are logged in."""

import asyncio
import itertools
import json
from contextlib import AsyncExitStack, suppress
from typing import Final

from .campaign import BrokenError, attack
from .floods import repeat
from .page_access import CLOSE, log_in, own_origin, page_request
from .scene import Scene, Stage
from .web import Socket, answer_to, frame
from .wire import Client

__all__: list[str] = []

_CANARY: Final = "the-canary-of-the-house"

_TRAVERSALS: Final = (
    "../canary",
    "..%2fcanary",
    "%2e%2e%2fcanary",
    "%252e%252e%252fcanary",
    "..%5ccanary",
    "....//canary",
    "%2fetc%2fpasswd",
    "%2e",
    "%2e%2e",
    "*",
    "",
    "%00",
    "bystander-1%00.json",
    "bystander-1%2faudio.flac",
    "x" * 5000,
    "%f0%9f%94%8a",
    "%ff%fe",
    "~root",
    "%0d%0aSet-Cookie:%20a=b",
)


@attack(point=11, stage=Stage.PAGE, expected="nothing outside of the recordings is read or deleted")
async def page_paths(scene: Scene) -> None:
    """A visitor asks for, exports, marks and deletes recordings with ids that leave the folder."""
    port = scene.bridge.page_port
    cookie = await log_in(scene)
    canary = scene.folder / "canary"
    canary.mkdir()
    for name in ("recording.json", "audio.flac"):
        (canary / name).write_text(json.dumps({"id": "canary", "text": _CANARY}))
    requests = [
        ("GET", ""),
        ("GET", "/audio"),
        ("GET", "/export"),
        ("POST", "/truth"),
        ("POST", "/replay"),
        ("DELETE", ""),
    ]
    for each, (method, more) in itertools.product(_TRAVERSALS, requests):
        if method == "DELETE" and not each:
            continue  # this valid request deletes all recordings
        body = b'{"truth": "x", "profile": "house"}' if method == "POST" else b""
        target = f"/recordings/{each}{more}"
        sent = page_request(scene, method, target, cookie, CLOSE, body=body)
        status, answer = await answer_to(port, sent)
        what = f"{method} {target[:80]}"
        if _CANARY.encode() in answer or b"root:" in answer:
            raise BrokenError(f"{what} is answered with a file of the machine")
        if b"set-cookie: a=b" in answer.partition(b"\r\n\r\n")[0].lower():
            raise BrokenError(f"{what} adds a header")
        if status not in {400, 401, 404, 405, 414} and not (each == "" and status == 200):
            raise BrokenError(f"{what} is answered with {status}")
    if not (canary / "recording.json").exists() or not (scene.folder / "token").exists():
        raise BrokenError("a file outside of the recordings was deleted")


@attack(
    point=11, stage=Stage.PAGE, expected="each is closed or ignored, in bounded memory", limit_s=40
)
async def page_websocket_floods(scene: Scene) -> None:
    """Eight visitors flood the websockets with pings, texts, fragments and frames of any size."""
    cookie = await log_in(scene)
    began = frame(json.dumps({"profile": "house", "sample_rate_hz": 16000}).encode(), first=0x81)
    blocks = [
        frame(b"x" * 100, first=0x89) * 200,
        frame(b"") * 500,
        frame(b'{"kind": "nothing"}', first=0x81) * 200,
        frame(b'{"a":' * 1000 + b"1" + b"}" * 1000, first=0x81),
        frame(b"\xff\xfe", first=0x81),
        frame(b"x", first=0x01) + frame(b"x" * 60_000, first=0x00) * 40,
        frame(bytes(60_000), claims=1 << 62),
        frame(bytes(70_000)) * 10,
        frame(b"x" * 200, first=0x89),
        frame(b"x", first=0xF1),
        began + frame(b"\1\2" * 16_000) * 20,
        began + frame(b"\1") * 500,
        began + began,
        began + frame(b"end", first=0x81),
        frame(b'{"profile": "none", "sample_rate_hz": 1e308}', first=0x81),
        frame(b'{"profile": "house", "sample_rate_hz": -1}', first=0x81),
    ]
    targets = itertools.product(blocks, ("/live", "/microphone"))
    numbered = itertools.cycle(targets)

    async def once() -> None:
        block, target = next(numbered)
        async with await _opened(scene, target, cookie) as each:
            reading = asyncio.create_task(each.rest(within_s=60))
            try:
                until = asyncio.get_running_loop().time() + 0.5
                while not reading.done() and asyncio.get_running_loop().time() < until:
                    await each.client.send(block, within_s=1)
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    await repeat(scene, once, tasks=8)


async def _opened(
    scene: Scene, target: str, cookie: str, *, receive_bytes: int | None = None
) -> Socket:
    port = scene.bridge.page_port
    return await Socket.open(port, target, own_origin(scene), cookie, receive_bytes=receive_bytes)


@attack(point=11, stage=Stage.PAGE, expected="others see each word, in bounded memory", limit_s=40)
async def page_slow_visitors(scene: Scene) -> None:
    """12 visitors do not read the words, and 30 do not read the audio that they ask for."""
    cookie = await log_in(scene)
    recording = await _recording(scene, cookie)
    ask = page_request(scene, "GET", f"/recordings/{recording}/audio", cookie) * 200
    async with AsyncExitStack() as stack:
        for _ in range(12):
            await stack.enter_async_context(
                await _opened(scene, "/live", cookie, receive_bytes=4096)
            )
        for _ in range(30):
            client = await stack.enter_async_context(
                await Client.connect(scene.bridge.page_port, receive_bytes=4096)
            )
            with suppress(OSError):
                await client.send(ask, within_s=1)
        await asyncio.sleep(max(scene.seconds, 8.0))


@attack(
    point=11,
    stage=Stage.PAGE,
    expected="at most 4 replays and 8 microphones at once; others are served",
    limit_s=40,
)
async def page_busy_visitors(scene: Scene) -> None:
    """20 visitors replay a recording again and again, and 20 open the microphone."""
    cookie = await log_in(scene)
    port = scene.bridge.page_port
    began = json.dumps({"profile": "house", "sample_rate_hz": 16000}).encode()
    recording = await _recording(scene, cookie)
    body = json.dumps({"profile": "house"}).encode()
    numbers = itertools.count()

    async def replay() -> None:
        sent = page_request(
            scene, "POST", f"/recordings/{recording}/replay", cookie, CLOSE, body=body
        )
        status, _ = await answer_to(port, sent, within_s=10)
        if status not in {0, 200, 404, 429, 503}:
            raise BrokenError(f"a replay is answered with {status}")

    async def speak() -> None:
        async with await _opened(scene, "/microphone", cookie) as each:
            await each.send([began], text=True)
            await each.send([b"\1\2" * 8000])
            await each.send([b"end"], text=True)
            await each.rest(within_s=10)

    async def once() -> None:
        with suppress(OSError):
            await (replay() if next(numbers) % 2 else speak())

    await repeat(scene, once, tasks=40)


async def _recording(scene: Scene, cookie: str) -> str:
    """Return the id of a recording, as soon as there is one."""
    sent = page_request(scene, "GET", "/recordings", cookie, CLOSE)
    async with asyncio.timeout(10):
        while True:
            _, answer = await answer_to(scene.bridge.page_port, sent)
            if found := json.loads(answer.partition(b"\r\n\r\n")[2])["recordings"]:
                return str(found[0]["id"])
            await asyncio.sleep(0.1)
