"""Attacks on the bridge by a speech service, or by a program that answers in its place."""

import asyncio
import itertools
import json
import struct
from typing import Final

from .campaign import attack
from .floods import repeat
from .hostile_services import FORMAT, PROFILE, SPEECH, accepted, besieged, partial
from .hostile_websockets import message, server
from .scene import Scene, Stage
from .wire import Client, encode

__all__: list[str] = []


@attack(point=9, stage=Stage.NOTHING, expected="other profiles work, and each utterance ends")
async def service_floods_partials(scene: Scene) -> None:
    """A service sends partial texts as fast as the bridge reads them."""
    block = b"".join(partial(f"word {n}") for n in range(500))

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        await accepted(writer, head)
        while True:
            writer.write(block)
            await writer.drain()

    await besieged(scene, behave)


@attack(point=9, stage=Stage.NOTHING, expected="other profiles work, and each utterance ends")
async def service_floods_frames(scene: Scene) -> None:
    """A service sends pings, pongs, empty frames and unknown messages without end."""
    block = message(b"x" * 100, first=0x89) + message(b"", first=0x8A) + message(b"") * 3
    block += message("[]") + message('{"type": "nothing", "message_type": "nothing"}')

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        await accepted(writer, head)
        while True:
            writer.write(block * 100)
            await writer.drain()

    await besieged(scene, behave)


_LARGE: Final = 1_040_000


@attack(point=9, stage=Stage.NOTHING, expected="other profiles work, in bounded memory")
async def service_sends_large_messages(scene: Scene) -> None:
    """A service sends texts and word lists of 1 MiB, each of them allowed, again and again."""
    long = partial("x" * (_LARGE // 2))
    words = message(
        json.dumps(
            {
                "type": "transcript",
                "message_type": "committed_transcript_with_timestamps",
                "text": "x",
                "is_final": True,
                "words": [{"text": "x", "start_ms": n, "start": n} for n in range(20_000)],
            }
        )
    )
    numbers = itertools.count()

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        await accepted(writer, head)
        mine = (long, words)[next(numbers) % 2]
        for _ in range(30):
            writer.write(mine)
            await writer.drain()
            await asyncio.sleep(0.05)

    await besieged(scene, behave, utterances=2)


_WRONG: Final = (
    message('{"type": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    message('{"a":' * 1000 + "1" + "}" * 1000),
    message('{"text": ' + "9" * 500_000 + "}"),
    message('{"type": "transcript", "text": "' + "\\ud83d" * 1000 + '", "is_final": true}'),
    message(b"\xff\xfe\xfd"),
    message(bytes(1000), first=0x82),
    message(bytes(_LARGE * 2)),
    struct.pack("!BBQ", 0x81, 127, (1 << 63) - 1) + bytes(1000),
    message(b"x", first=0xF1),
    message(b"x" * 200, first=0x89),
    message(b"x", first=0x01) + message(b"x" * 60_000, first=0x00) * 40,
    message(struct.pack("!H", 1), first=0x88),
    message(struct.pack("!H", 1008) + b"\x1b[31m\nforged" + b"x" * 80, first=0x88),
    message(
        '{"message_type": "error", "type": "error", "error": "' + "x\\n\\u001b[2J" * 50_000 + '"}'
    ),
    message('{"message_type": "auth_error", "error": "t0ken-of-the-house is wrong"}'),
    bytes(1000),
)


@attack(
    point=9,
    stage=Stage.NOTHING,
    expected="other profiles work, each utterance ends, and no log line is forged",
    limit_s=60,
)
async def service_sends_rubbish(scene: Scene) -> None:
    """A service sends deep, huge, broken and forged messages, frames and close reasons."""
    numbers = itertools.count()

    async def behave(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> None:
        await accepted(writer, head)
        writer.write(_WRONG[next(numbers) % len(_WRONG)])
        await writer.drain()
        await reader.read(1000)
        await asyncio.sleep(0.3)

    await besieged(scene, behave, utterances=6)


@attack(point=9, stage=Stage.NOTHING, expected="other profiles work, and each utterance ends")
async def service_never_closes(scene: Scene) -> None:
    """A service accepts sessions, reads nothing, answers nothing and never closes."""

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        await accepted(writer, head)
        await asyncio.sleep(60)

    await besieged(scene, behave, utterances=8)


_LONG_HEADERS: Final = b"HTTP/1.1 503 No\r\n" + b"X: " + b"y" * 500_000 + b"\r\n\r\n"
_FORGED: Final = b"\x1b[2J\r\n2026-01-01 00:00:00 ERROR forged"


@attack(
    point=9,
    stage=Stage.NOTHING,
    expected="other profiles work, each utterance ends, and no log line is forged",
    limit_s=60,
)
async def service_refuses_strangely(scene: Scene) -> None:
    """A service answers upgrades with huge headers and bodies, redirects, wrong keys, or slowly."""
    page = b"<html><title>" + _FORGED + b"</title>" + b"x" * 900_000
    length = str(len(page)).encode()
    answers = (
        _LONG_HEADERS,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000,
        b"HTTP/1.1 403 No\r\nContent-Length: " + length + b"\r\n\r\n" + page,
        b"HTTP/1.1 500 \x1b[2J forged\r\nContent-Length: 99999999999\r\n\r\n" + page,
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\x1b[2J\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 No\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 No\r\nRetry-After: -1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
        b"HTTP/1.1 401 No\r\nX-Error-Message: " + b"x" * 5000 + b"\r\nContent-Length: 0\r\n\r\n",
        bytes(range(256)) * 100,
        b"",
    )
    numbers = itertools.count()

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes) -> None:
        answer = answers[next(numbers) % len(answers)]
        if not answer:
            for byte in itertools.repeat(b"H", 600):
                writer.write(byte)
                await writer.drain()
                await asyncio.sleep(0.1)
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(0.2)

    await besieged(scene, behave, utterances=4)


@attack(point=8, stage=Stage.NOTHING, expected="other profiles work, and the log stays short")
async def service_hangs_up(scene: Scene) -> None:
    """Eight clients speak without end to a service that resets each connection."""

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes) -> None:
        writer.transport.abort()

    async with server(behave) as port:
        scene.secrets.add("t0ken-of-the-house")
        await scene.start_server()
        await scene.start_bridge(
            profiles=PROFILE.format(name="evil", begin="provider: reson8", port=port)
        )
        await scene.start_bystander()

        async def once() -> None:
            async with await Client.connect(scene.bridge.port) as client:
                await client.send(
                    encode("transcribe", name="evil"),
                    encode("audio-start", **FORMAT),
                    encode("audio-chunk", SPEECH[:3200], **FORMAT),
                )
                await asyncio.sleep(0.05)

        await repeat(scene, once, tasks=8)
