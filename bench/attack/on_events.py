"""Attacks with Wyoming events on a bridge that everybody in the network may use."""

import asyncio
import json
from typing import Final

from .campaign import BrokenError, attack
from .floods import pour, repeat
from .scene import Scene
from .wire import Client, encode

__all__: list[str] = []

_FORMAT: Final = {"rate": 16000, "width": 2, "channels": 1}
_START: Final = encode("audio-start", **_FORMAT)
_STOP: Final = encode("audio-stop")


@attack(point=5, expected="others are served")
async def describe_flood(scene: Scene) -> None:
    """Four clients send `describe` as fast as the bridge answers."""
    await pour(scene, encode("describe") * 200)


@attack(point=5, expected="they are disconnected, and the answers take no memory")
async def describe_unread(scene: Scene) -> None:
    """Eight clients send `describe` and do not read the answers."""
    connects = await pour(scene, encode("describe") * 200, connections=8, reads=False)
    if connects <= 8:
        raise BrokenError("clients that read nothing keep their connections")


@attack(point=5, expected="others are served")
async def ping_flood(scene: Scene) -> None:
    """Four clients send `ping` as fast as the bridge answers."""
    await pour(scene, encode("ping", text="x" * 20) * 200)


@attack(point=5, expected="others are served, and the log stays short")
async def unknown_events(scene: Scene) -> None:
    """Four clients send events that do not exist, each with a different name."""
    await pour(scene, b"".join(encode(f"nothing-{n}", n=n) for n in range(400)))


@attack(point=5, expected="each is disconnected, and the log stays short")
async def garbage_lines(scene: Scene) -> None:
    """Clients connect again and again and send lines that are not events."""
    await pour(scene, b"GET / HTTP/1.1\r\nHost: bridge\r\n\r\n" * 100)


@attack(point=5, expected="others are served, and the log stays short")
async def connect_and_leave(scene: Scene) -> None:
    """Clients connect and leave at once, half of them with a reset."""

    async def once() -> None:
        (await scene.connect()).close()
        (await scene.connect()).reset()

    await repeat(scene, once, tasks=8)


@attack(point=5, expected="others are served")
async def events_in_single_bytes(scene: Scene) -> None:
    """Sixteen clients send their events byte by byte."""
    event = encode("describe")

    async def once() -> None:
        async with await scene.connect() as client:
            for byte in event * 50:
                await client.send(bytes([byte]))

    await repeat(scene, once, tasks=16)


@attack(point=5, expected="others are served")
async def tiny_chunks(scene: Scene) -> None:
    """Four clients send audio in chunks of one sample, and empty chunks between them."""
    sample = encode("audio-chunk", b"\1\1", **_FORMAT) + encode("audio-chunk", **_FORMAT)
    await pour(scene, sample * 200, first=_START)


@attack(point=5, expected="others are served, in bounded memory")
async def audio_flood(scene: Scene) -> None:
    """Eight clients send chunks of 1 MiB as fast as the bridge reads, without end."""
    await pour(scene, encode("audio-chunk", bytes(1 << 20), **_FORMAT), first=_START, connections=8)


@attack(point=5, expected="others are served, in bounded memory")
async def loud_audio_flood(scene: Scene) -> None:
    """Eight clients send noise in chunks of 32 kB as fast as the bridge reads."""
    noise = bytes(range(256)) * 125
    await pour(scene, encode("audio-chunk", noise, **_FORMAT), first=_START, connections=8)


@attack(point=5, expected="others are served, in bounded memory")
async def costly_formats(scene: Scene) -> None:
    """Eight clients send 8 channels at 192 kHz with 4 bytes each, without end."""
    format_ = {"rate": 192_000, "width": 4, "channels": 8}
    await pour(
        scene,
        encode("audio-chunk", bytes(range(256)) * 240, **format_),
        first=encode("audio-start", **format_),
        connections=8,
    )


@attack(point=5, expected="others are served, and the log stays short")
async def empty_utterances(scene: Scene) -> None:
    """Four clients begin and end utterances without audio, as fast as they are answered."""
    await pour(scene, (_START + _STOP) * 200)


@attack(point=5, expected="others are served, and the log stays short")
async def short_utterances(scene: Scene) -> None:
    """Eight clients send utterances of 10 ms, one after another."""

    async def once() -> None:
        async with await scene.connect() as client:
            audio = encode("audio-chunk", b"\1\2" * 160, **_FORMAT)
            await client.send(_START, audio, _STOP)
            await client.answer("transcript", "error")

    await repeat(scene, once, tasks=8)


@attack(point=5, expected="the sessions with the service end, and the log stays short")
async def reset_after_audio(scene: Scene) -> None:
    """Clients send a second of audio and reset their connections."""

    async def once() -> None:
        client = await scene.connect()
        await client.send(_START, encode("audio-chunk", b"\1\2" * 16_000, **_FORMAT))
        await asyncio.sleep(0.02)
        client.reset()

    await repeat(scene, once, tasks=8)


@attack(point=5, expected="others are served, in bounded memory")
async def large_requests(scene: Scene) -> None:
    """Four clients send `transcribe` with 10,000 names, again and again."""
    names = [f"name {n}" for n in range(10_000)]
    data = json.dumps({"transcript_names": names, "language": "en"}).encode()
    head = json.dumps({"type": "transcribe", "data_length": len(data)}).encode() + b"\n"
    await pour(scene, head + data, first=encode("ping"))


@attack(point=5, expected="others are served, and the log stays short")
async def refused_requests(scene: Scene) -> None:
    """Four clients ask for profiles, languages and settings that do not exist."""
    wrong = [
        encode("transcribe", name="x" * 1000),
        encode("transcribe", language="x" * 1000),
        encode("transcribe", context={"wyoming_bridge": {"partials": True, "endpointing": 3}}),
        encode("select-program", name="nothing"),
        _START,
        encode("audio-chunk", b"\1\1", **_FORMAT),
        _STOP,
    ]
    await pour(scene, b"".join(wrong) * 20)


@attack(point=5, expected="each is answered with an error, and no log line is forged")
async def forged_log_lines(scene: Scene) -> None:
    """Clients send names and texts with line ends, terminal codes and other writing directions."""
    forged = (
        "x\n2026-01-01 00:00:00 ERROR forged\r\x1b[2J\x1b]0;title\x07\u202egnirts\x85\u2028y\x00"
    )
    for data in (
        {"name": forged},
        {"language": forged},
        {"transcript_names": [forged] * 30, "transcript_terms": [forged]},
        {"context": {forged: forged, "wyoming_bridge": {forged: 1, "partials": forged}}},
        {"vad_sensitivity": forged},
    ):
        async with await scene.connect() as client:
            await client.send(
                encode("transcribe", **data),
                _START,
                encode("audio-chunk", b"\1\1" * 160, **_FORMAT),
                _STOP,
            )
            await client.answer("transcript", "error")
    for kind in (forged, f"transcribe{forged}"):
        async with await scene.connect() as client:
            await client.send(encode(kind, text=forged), forged.encode() + b"\n")
            await client.answer("error")


_FORMATS: Final[list[dict[str, object]]] = [
    {"rate": 0},
    {"rate": -16000},
    {"rate": 1},
    {"rate": 2**31},
    {"rate": 10**400},
    {"rate": 16000.5},
    {"rate": True},
    {"rate": "16000"},
    {"rate": None},
    {"rate": []},
    {"width": 0},
    {"width": -2},
    {"width": 5},
    {"width": 2**40},
    {"width": True},
    {"width": {}},
    {"channels": 0},
    {"channels": -1},
    {"channels": 9},
    {"channels": 10**9},
    {"channels": False},
    {"channels": "x"},
]


@attack(point=5, expected="each is answered with an error")
async def absurd_formats(scene: Scene) -> None:
    """Clients send audio with impossible rates, widths and numbers of channels."""
    for wrong in _FORMATS:
        async with await scene.connect() as client:
            format_ = _FORMAT | wrong
            await client.send(
                encode("audio-start", **format_),
                encode("audio-chunk", b"\1\2" * 160, **format_),
                _STOP,
            )
            answer = await client.answer("error", "transcript", within_s=3)
            if answer is None or answer.type != "error":
                raise BrokenError(f"{wrong} is answered with {answer}")


_BROKEN_EVENTS: Final = {
    "a header of 70 kB": b'{"type": "' + b"x" * 70_000,
    "data of a terabyte": b'{"type": "describe", "data_length": 1000000000000}\n',
    "data of negative length": b'{"type": "describe", "data_length": -1}\n',
    "data of length true": b'{"type": "describe", "data_length": true}\n',
    "data of length 1e400": b'{"type": "describe", "data_length": 1e400}\n',
    "data of length NaN": b'{"type": "describe", "data_length": NaN}\n',
    "a payload of a terabyte": b'{"type": "audio-chunk", "payload_length": 1000000000000}\n',
    "a payload of negative length": b'{"type": "audio-chunk", "payload_length": -5}\n',
    "a payload of length '5'": b'{"type": "audio-chunk", "payload_length": "5"}\n12345',
    "a number of 100,000 digits": b'{"type": "x", "data": ' + b"9" * 60_000 + b"}\n",
    "30,000 nested lists": b'{"type": "x", "data": ' + b"[" * 15_000 + b"]" * 15_000 + b"}\n",
    "100 nested objects": b'{"type": "x", "data": ' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}\n",
    "data that is a list": b'{"type": "describe", "data": [1]}\n',
    "a type that is a number": b'{"type": 5}\n',
    "no type": b"{}\n",
    "a list": b"[]\n",
    "null": b"null\n",
    "no JSON": b"describe\n",
    "no UTF-8": b'{"type": "\xff\xfe"}\n',
    "zeros": bytes(70_000),
}


@attack(point=5, expected="each is answered with `bad_event` and disconnected")
async def broken_events(scene: Scene) -> None:
    """Clients send headers, lengths and JSON that are too large, too deep or wrong."""
    for known in (b"", encode("ping")):
        for what, wrong in _BROKEN_EVENTS.items():
            async with await scene.connect() as client:
                if known:
                    await client.send(known)
                    await client.answer("pong")
                await _expect_refusal(client, what, wrong)


async def _expect_refusal(client: Client, what: str, wrong: bytes) -> None:
    try:
        await client.send(wrong)
    except ConnectionError:
        return  # the bridge refused the event before all of it was sent
    try:
        answers = await client.events(within_s=3)
    except TimeoutError:
        raise BrokenError(f"{what}: neither an answer nor an end") from None
    if [(each.type, each.data.get("code")) for each in answers] != [("error", "bad_event")]:
        raise BrokenError(f"{what}: answered with {answers}")
