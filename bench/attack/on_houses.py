"""Attacks with houses: the names and sentences that a client sends with a request."""

import json
from collections.abc import Mapping
from itertools import count
from typing import Final

from .campaign import attack
from .floods import pour, repeat
from .scene import Scene
from .wire import encode

__all__: list[str] = []

_FORMAT: Final = {"rate": 16000, "width": 2, "channels": 1}
_AUDIO: Final = encode("audio-chunk", b"\1\2" * 160, **_FORMAT)
_STOP: Final = encode("audio-stop")


def _request(house: Mapping[str, object]) -> bytes:
    """Return a ``transcribe`` with a house."""
    context = {"wyoming_bridge": {"partials": True, "house": house}}
    data = json.dumps({"context": context}).encode()
    head = json.dumps({"type": "transcribe", "data_length": len(data)}).encode()
    return head + b"\n" + data


def _large_house(number: int) -> Mapping[str, object]:
    """Return a house with as many names as fit into one event."""
    entities = [
        {"name": f"{number} {n}", "domain": "light", "aliases": [f"{n} {m}" for m in range(10)]}
        for n in range(1_200)
    ]
    return {"language": "en", "entities": entities}


@attack(point=5, expected="others are served, in bounded memory")
async def large_houses(scene: Scene) -> None:
    """Four clients send `transcribe` with a house of 13,000 names, again and again."""
    await pour(scene, _request(_large_house(0)), first=encode("ping"))


_COSTLY: Final = (
    "set {0..100000000:value}",
    "set {-100000000..0,1:value} to {1..99999999:other}",
    f"({';'.join('a' * 20)})",
    f"({';'.join(f'[{letter}]' for letter in 'abcdefghijklmnopqrst')})",
    "([a]|[b]) " * 60 + "end",
    "[a x] [b y] [c z] " * 60,
    "(a|b|c|d|e|f|g|h|i|j) " * 80,
    "[{name}] [{area}] [{floor}] " * 60,
    "{any} a {words} " * 100,
    "(" * 900 + "a" + ")" * 900,
)
"""Sentence templates that stand for millions of texts, or for one text in millions of ways."""


@attack(point=5, expected="others are served, in bounded memory")
async def costly_sentences(scene: Scene) -> None:
    """Four clients speak again and again, with sentences that stand for millions of texts."""
    numbers = count(1)

    async def once() -> None:
        number = next(numbers)
        sentences = [_COSTLY[number % len(_COSTLY)], f"number {number}"]
        await _speak(scene, {"language": "xx", "sentences": sentences})

    await repeat(scene, once, tasks=4)


@attack(point=5, expected="others are served, in bounded memory")
async def new_houses(scene: Scene) -> None:
    """Eight clients speak again and again, each time with another large house."""
    numbers = count(1)
    await repeat(scene, lambda: _speak(scene, _large_house(next(numbers))), tasks=8)


async def _speak(scene: Scene, house: Mapping[str, object]) -> None:
    async with await scene.connect() as client:
        await client.send(encode("ping"))  # afterwards, the client's events may be large
        await client.answer("pong")
        await client.send(_request(house), _AUDIO, _STOP)
        await client.answer("transcript", "error")
