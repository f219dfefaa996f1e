"""Attacks on Home Assistant, which runs our client, by a program that pretends to be a bridge.

Devices of the network announce bridges, and Home Assistant connects to them before it trusts them.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from .campaign import BrokenError, attack
from .scene import Scene, Stage
from .wire import encode

__all__: list[str] = []

_LARGE_BYTES: Final = 2_090_000
"""The largest data of an event that our client accepts."""


def _with_data(data: bytes, *, kind: str = "info", claims: int | None = None) -> bytes:
    """Return an event whose data follow the header, which may claim another size."""
    size = len(data) if claims is None else claims
    return json.dumps({"type": kind, "data_length": size}).encode() + b"\n" + data


@asynccontextmanager
async def _hostile(
    begins: list[bytes], goes_on: list[bytes], *, pause_s: float = 0.0
) -> AsyncIterator[tuple[int, list[int]]]:
    """Listen as a bridge; yield the port, and a list with a number for each connection.

    Each connection takes the next entry of ``begins``, and gets these bytes once. After them it
    gets the bytes at the same index in ``goes_on``, again and again, with pauses. If those are
    empty, the connection stays silent. Nothing is read.
    """
    numbers = itertools.count()
    accepted: list[int] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        place = next(numbers) % len(begins)
        accepted.append(place)
        with suppress(OSError, asyncio.CancelledError):
            writer.write(begins[place])
            await writer.drain()
            while goes_on[place]:
                writer.write(goes_on[place])
                await writer.drain()
                await asyncio.sleep(pause_s)
            await asyncio.sleep(60)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], accepted
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()


async def _besieged(scene: Scene, port: int, accepted: list[int]) -> None:
    """Let Home Assistant call the hostile bridge while the bystander speaks to its own bridge."""
    await scene.start_server()
    await scene.start_bridge()
    relay = await scene.start(
        "relay", str(scene.bridge.port), str(port), module="bench.attack.relay"
    )
    await scene.start_bystander(port=relay.port)
    await asyncio.sleep(scene.seconds)
    if len(accepted) < 3:
        raise BrokenError(f"only {len(accepted)} connections arrived: nothing was attacked")
    if "ERROR" in relay.written():
        raise BrokenError(relay.written().partition("ERROR ")[2].splitlines()[0][:200])


@attack(point=6, stage=Stage.NOTHING, expected="others are served, and each call ends", limit_s=60)
async def bridge_floods_events(scene: Scene) -> None:
    """A bridge sends small events, pongs, or partial texts as fast as Home Assistant reads them."""
    partial = encode("transcript-partial", text="word")
    floods = [
        b'{"type":""}\n' * 20_000,
        encode("pong") * 5000,
        partial * 2000,
        encode("transcript-chunk", text="x") * 5000,
        b'{"type":"x","payload_length":1}\nx' * 5000,
    ]
    async with _hostile([b""] * len(floods), floods) as (port, accepted):
        await _besieged(scene, port, accepted)


@attack(point=6, stage=Stage.NOTHING, expected="others are served, and each call ends", limit_s=60)
async def bridge_sends_large_events(scene: Scene) -> None:
    """A bridge sends events of 2 MiB with empty objects, lists, or levels, again and again."""
    half = _LARGE_BYTES // 2
    events = [
        _with_data(b'{"asr":[' + b"{}," * (_LARGE_BYTES // 3 - 8) + b"{}]}", kind="x"),
        _with_data(b'{"asr":[' + b"[]," * (_LARGE_BYTES // 3 - 8) + b"{}]}"),
        _with_data(b'{"asr":[' + b'"ab",' * (_LARGE_BYTES // 5 - 8) + b"1]}", kind="x"),
        _with_data(b'{"a":' + b"[" * half + b"]" * half + b"}"),
        _with_data(b'{"a":' + b"9" * _LARGE_BYTES + b"}"),
    ]
    async with _hostile([b""] * len(events), events) as (port, accepted):
        scene.seconds = max(scene.seconds, 8)
        await _besieged(scene, port, accepted)


@attack(point=6, stage=Stage.NOTHING, expected="others are served, and each call ends", limit_s=90)
async def bridge_never_ends_an_event(scene: Scene) -> None:
    """A bridge sends endless lines, events that claim any size, a byte per 100 ms, or nothing."""
    begins = [
        b'{"type": "',
        _with_data(b"", claims=1 << 60),
        _with_data(b"{", claims=_LARGE_BYTES),
        b'{"type": "x", "payload_length": 1000000}\n',
        _with_data(b"{", claims=-1),
        b'{"type": "info", "data_length": 1e99}\n',
        b"HTTP/1.1 200 OK\r\n",
        b"",
    ]
    goes_on = [b"x" * 1000, b"x" * 1000, b" ", b"x", b"x", b"x", b"X: y\r\n", b""]
    async with _hostile(begins, goes_on, pause_s=0.1) as (port, accepted):
        scene.seconds = max(scene.seconds, 25)
        await _besieged(scene, port, accepted)
