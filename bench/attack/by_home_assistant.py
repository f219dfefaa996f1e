"""Attacks on the bridge by Home Assistant, or by a program that answers in its place.

The bridge reads the names of the house from Home Assistant's websocket API. The numbers of the
bridge's commands are known before it sends them, so this Home Assistant answers without reading.
"""

import asyncio
import itertools
import json
from typing import Final

from .campaign import BrokenError, attack
from .hostile_websockets import Behave, accept, message, server
from .scene import Scene, Stage

__all__: list[str] = []

_TOKEN: Final = "t0ken-of-home-assistant"  # noqa: S105 - made up

_SUBSCRIPTIONS: Final = 7
"""The first commands subscribe to events. The bridge treats an event as a change of the house."""

_CONFIG, _FLOORS, _AREAS, _DEVICES, _EXPOSED, _SENTENCES, _ENTRIES, _STATES = range(8, 16)
"""The numbers of the commands of the first fetch."""

_LARGE_BYTES: Final = 8_300_000
"""The size of the largest messages: a little less than the largest that the bridge accepts."""

_HELLO: Final = message('{"type": "auth_required"}') + message('{"type": "auth_ok"}')


def _result(number: int, result: object) -> bytes:
    return message(json.dumps({"id": number, "type": "result", "success": True, "result": result}))


def _event(number: int, event: object) -> bytes:
    return message(json.dumps({"id": number, "type": "event", "event": event}))


def _answers(results: dict[int, object]) -> bytes:
    """Return the answers to all commands of the first fetch. Those not in ``results`` are empty."""
    found = b"".join(_result(n, None) for n in range(1, _SUBSCRIPTIONS + 1))
    empty: dict[int, object] = {_CONFIG: {"language": "en", "state": "RUNNING"}}
    for number in range(_CONFIG, _STATES + 1):
        found += _result(number, results.get(number, empty.get(number)))
    return found


_SMALL: Final = _HELLO + _answers(
    {_EXPOSED: {"exposed_entities": {"light.a": {"conversation": True}}}}
)
_SMALL_HOUSE: Final = _SMALL + _event(_STATES, {"a": {"light.a": {"a": {"friendly_name": "A"}}}})
"""Everything up to the end of the first fetch, for a house with one light."""


async def _besieged(scene: Scene, behave: Behave, *, connections: int = 2) -> None:
    """Let a bridge read the names of the house from a hostile server while a bystander speaks."""
    accepted = 0

    async def count(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> None:
        nonlocal accepted
        accepted += 1
        await accept(writer, head)
        await behave(reader, writer, head)

    async with server(count) as port:
        scene.secrets.add(_TOKEN)
        (scene.folder / "home-token").write_text(_TOKEN)
        (scene.folder / "home-token").chmod(0o600)
        await scene.start_server()
        await scene.start_bridge(
            settings=f"home_assistant: {{url: 'http://127.0.0.1:{port}', token_file: home-token}}"
        )
        await scene.start_bystander()
        await asyncio.sleep(scene.seconds)
        if accepted < connections:
            raise BrokenError(f"only {accepted} connections arrived: the bridge was not attacked")


def _of_size(size: int, entry: str) -> bytes:
    """Return a message of about ``size`` bytes, with a list of many equal entries."""
    return message('{"type": "x", "result": [' + f"{entry}," * (size // (len(entry) + 1)) + "1]}")


@attack(point=9, stage=Stage.NOTHING, expected="others are served, in bounded memory", limit_s=60)
async def home_assistant_sends_large_answers(scene: Scene) -> None:
    """Home Assistant sends 8 MiB of empty lists, objects, texts or levels in each message."""
    kinds = (
        _of_size(_LARGE_BYTES, "{}"),
        _of_size(_LARGE_BYTES, "[]"),
        _of_size(_LARGE_BYTES, '"ab"'),
        _of_size(_LARGE_BYTES, "1e9"),
        message('{"type": ' + "[" * (_LARGE_BYTES // 2) + "]" * (_LARGE_BYTES // 2) + "}"),
        message('{"id": ' + "9" * _LARGE_BYTES + "}"),
    )
    numbers = itertools.count()

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes) -> None:
        writer.write(_HELLO)
        for _ in range(3):
            writer.write(kinds[next(numbers) % len(kinds)])
            await writer.drain()
        await asyncio.sleep(0.2)

    scene.seconds = max(scene.seconds, 8)
    await _besieged(scene, behave, connections=3)


@attack(point=9, stage=Stage.NOTHING, expected="others are served, in bounded memory", limit_s=60)
async def home_assistant_repeats_large_events(scene: Scene) -> None:
    """Home Assistant sends one event of 8 MiB after another, each of them allowed."""
    states = {f"light.l{n}": {"a": {"friendly_name": "x" * 300}} for n in range(22_000)}
    large = _event(_STATES, {"a": states})

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes) -> None:
        writer.write(_SMALL_HOUSE)
        while True:
            writer.write(large)
            await writer.drain()

    scene.seconds = max(scene.seconds, 8)
    await _besieged(scene, behave, connections=1)


@attack(point=9, stage=Stage.NOTHING, expected="others are served, in bounded memory", limit_s=60)
async def home_assistant_floods(scene: Scene) -> None:
    """Home Assistant sends events and unknown messages as fast as the bridge reads them."""
    block = b"".join(
        _event(1, {}) + _event(_STATES, {"c": {"light.a": {"+": {"a": {"x": 1}}}}}) + message("{}")
        for _ in range(300)
    )

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes) -> None:
        writer.write(_SMALL_HOUSE)
        while True:
            writer.write(block)
            await writer.drain()

    await _besieged(scene, behave, connections=1)


@attack(point=9, stage=Stage.NOTHING, expected="others are served, in bounded memory", limit_s=60)
async def home_assistant_sends_pings(scene: Scene) -> None:
    """Home Assistant sends pings as fast as the bridge reads, and does not read the answers."""
    block = message(b"x" * 125, first=0x89) * 500

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes) -> None:
        writer.write(_SMALL_HOUSE)
        while True:
            writer.write(block)
            await writer.drain()

    scene.seconds = max(scene.seconds, 8)
    await _besieged(scene, behave, connections=1)


@attack(point=9, stage=Stage.NOTHING, expected="others are served, in bounded memory", limit_s=60)
async def home_assistant_never_ends_a_message(scene: Scene) -> None:
    """Home Assistant sends empty and small fragments of one message, and 7 MiB of a frame."""
    numbers = itertools.count()
    blocks = (message(b"", first=0x00) * 5000, message(b" ", first=0x00) * 5000)

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes) -> None:
        number = next(numbers)
        writer.write(_SMALL_HOUSE)
        if number % 3 == 2:
            writer.write(message(bytes(7 << 20), claims=8 << 20))
            await asyncio.sleep(2)
            return
        writer.write(message(b" ", first=0x01))
        while True:
            writer.write(blocks[number % 3])
            await writer.drain()

    scene.seconds = max(scene.seconds, 8)
    await _besieged(scene, behave, connections=2)


@attack(point=9, stage=Stage.NOTHING, expected="others are served, in bounded memory", limit_s=90)
async def home_assistant_has_a_huge_house(scene: Scene) -> None:
    """Home Assistant lists 30,000 entities and the longest names and sentences, again and again."""
    numbers = itertools.count()

    async def behave(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes) -> None:
        writer.write(_HELLO + await asyncio.to_thread(_huge, next(numbers)))
        await writer.drain()
        await asyncio.sleep(3)

    scene.seconds = max(scene.seconds, 8)
    await _besieged(scene, behave, connections=1)


def _huge(number: int) -> bytes:
    """Return the answers of a house that is as large as possible. Each number is another house."""
    ids = [f"light.l{n}" for n in range(30_000)]

    def names(of: int) -> list[str]:
        return [f"{of} {alias} {number} " + "lamp " * 17 for alias in range(20)]

    alternatives = "(" + "|".join(f"w{n}" for n in range(50)) + ") "
    return _answers(
        {
            _CONFIG: {"language": "en", "state": "RUNNING"},
            _FLOORS: [
                {"floor_id": str(n), "name": f"f{n}", "aliases": names(n)} for n in range(999)
            ],
            _AREAS: [{"area_id": str(n), "name": f"a{n}", "aliases": names(n)} for n in range(999)],
            _DEVICES: [{"id": str(n), "name": "x" * 90} for n in range(9_999)],
            _EXPOSED: {"exposed_entities": {each: {"conversation": True} for each in ids}},
            _SENTENCES: {"trigger_sentences": [f"{n} {alternatives * 9}" for n in range(999)]},
            _ENTRIES: {
                each: {"aliases": names(n), "area_id": str(n % 200)}
                for n, each in enumerate(ids[:3000])
            },
        }
    ) + _event(_STATES, {"a": {each: {"a": {"friendly_name": each * 5}} for each in ids[:9000]}})
