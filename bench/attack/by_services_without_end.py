"""Attacks on the bridge by a speech service whose frames, pings and HTTP answers have no end."""

import asyncio
import itertools
import json
import zlib
from typing import Final

from .campaign import BrokenError, attack
from .hostile_services import ENDS_WITHIN_S, accepted, besieged, partial
from .hostile_websockets import accept, message
from .scene import Scene, Stage
from .wire import encode

__all__: list[str] = []

_FORMAT: Final = {"rate": 16000, "width": 2, "channels": 1}
_TALKING_S: Final = 8.0


@attack(
    point=9,
    stage=Stage.NOTHING,
    expected="other profiles work, and each utterance ends",
    limit_s=60,
)
async def service_never_ends_a_message(scene: Scene) -> None:
    """A service sends empty or small fragments of one message, or a byte of a frame per 100 ms."""
    begin = message(b" ", first=0x01)
    kinds = (
        (begin, message(b"", first=0x00) * 5000, 0.0),
        (begin, message(b" ", first=0x00) * 5000, 0.0),
        (message(b" ", claims=1 << 20), b" ", 0.1),
    )
    numbers = itertools.count()

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        await accepted(writer, head)
        first, more, pause_s = kinds[next(numbers) % len(kinds)]
        writer.write(first)
        while True:
            writer.write(more)
            await writer.drain()
            await asyncio.sleep(pause_s)

    await besieged(scene, behave)


@attack(
    point=9,
    stage=Stage.NOTHING,
    expected="other profiles work, and each utterance ends",
    limit_s=60,
)
async def service_sends_pings(scene: Scene) -> None:
    """A service sends pings and reads nothing while people speak for 8 s."""
    block = message(b"x" * 125, first=0x89) * 500

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        await accepted(writer, head)
        while True:
            writer.write(block)
            await writer.drain()

    async def talk(profile: str) -> None:
        async with await scene.connect() as client:
            start = encode("audio-start", **_FORMAT)
            await client.send(encode("transcribe", name=profile), start)
            for _ in range(int(_TALKING_S * 10)):
                await client.send(encode("audio-chunk", b"\1\2" * 1600, **_FORMAT))
                await asyncio.sleep(0.1)
            await client.send(encode("audio-stop"))
            try:
                answer = await client.answer("transcript", "error", within_s=ENDS_WITHIN_S)
            except TimeoutError:
                answer = None
            if answer is None:
                raise BrokenError(f"an utterance of {profile} has no end")

    await besieged(scene, behave, utterances=1, speak=talk)


@attack(point=9, stage=Stage.NOTHING, expected="other profiles work, in bounded memory", limit_s=60)
async def service_compresses(scene: Scene) -> None:
    """A service sends 1 MiB that would become 1 GiB, with and without agreeing on compression."""
    packer = zlib.compressobj(9, wbits=-15)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1 << 10)) + packer.flush()
    bomb = message(packed[: 1 << 20], first=0xC1)
    numbers = itertools.count()

    async def behave(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> None:
        agreed = b"Sec-WebSocket-Extensions: permessage-deflate"
        await accept(writer, head, *([agreed] if next(numbers) % 2 else []))
        writer.write(bomb)
        await writer.drain()
        await reader.read(1000)

    await besieged(scene, behave)


_COSTLY: Final = (
    "(" + "_" * 500 + "1",
    "(" * 500_000 + ")",
    "(a" * 250_000 + ")",
    " " * 1_000_000,
    "<title>" * 140_000,
    "retry " * 160_000,
    "1" * 1_000_000,
)
"""Texts that take long to search with a careless pattern."""


@attack(
    point=9,
    stage=Stage.NOTHING,
    expected="other profiles work, and each utterance ends",
    limit_s=60,
)
async def service_sends_costly_texts(scene: Scene) -> None:
    """A service sends texts, errors and refusals of 1 MiB that take long to search."""
    numbers = itertools.count()

    async def behave(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> None:
        number = next(numbers)
        text = _COSTLY[number // 3 % len(_COSTLY)]
        if number % 3 == 2:
            length = f"HTTP/1.1 400 No\r\nContent-Length: {len(text)}\r\n\r\n"
            writer.write(length.encode() + text.encode())
        else:
            await accepted(writer, head)
            error = {"message_type": "error", "type": "error", "error": text, "message": text}
            writer.write(message(json.dumps(error)) if number % 3 else partial(text[: 1 << 19]))
        await writer.drain()
        await asyncio.wait_for(reader.read(1000), 5)
        await asyncio.sleep(0.5)

    await besieged(scene, behave, utterances=6)


_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CHUNKED: Final = _OK + b"Transfer-Encoding: chunked\r\n\r\n"

_ENDLESS: Final = (
    (_OK + b"\r\n", b" " * 10_000, 0.0),
    (_CHUNKED, b"1\r\n \r\n" * 2000, 0.0),
    (_CHUNKED, b"1;" + b"x" * 10_000, 0.0),
    (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500, 0.0),
    (_OK, b"X: y\r\n" * 2000, 0.0),
    (b"HTTP/1.1 200 ", b"x", 0.1),
    (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", b"", 0.1),
    (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", b"\x1f\x8b" + bytes(5000), 0.0),
)
"""Answers to HTTP requests: the beginning, and what follows again and again, with a pause."""

_ASKING: Final = (
    "provider: openai, dialect: nim",
    "provider: scriptix, initialize: always",
)
"""The profiles that send an HTTP request before they open a websocket."""


@attack(
    point=9,
    stage=Stage.NOTHING,
    expected="other profiles work, and each utterance ends",
    limit_s=90,
)
async def service_answers_without_end(scene: Scene) -> None:
    """A service answers the HTTP requests before a session with endless headers and bodies."""
    numbers = itertools.count()

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _h: bytes) -> None:
        first, more, pause_s = _ENDLESS[next(numbers) % len(_ENDLESS)]
        writer.write(first)
        while more:
            writer.write(more)
            await writer.drain()
            await asyncio.sleep(pause_s)

    await besieged(scene, behave, utterances=4, profiles=_ASKING)
