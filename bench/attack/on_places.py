"""Attacks that try to use up the places of the bridge, the limited number of its connections."""

import asyncio
import contextlib
from typing import Final

from .campaign import BrokenError, attack
from .floods import at_once, crowd
from .scene import Scene, Stage
from .wire import Client, encode

__all__: list[str] = []

_FORMAT: Final = {"rate": 16000, "width": 2, "channels": 1}
_START: Final = encode("audio-start", **_FORMAT)
_PIECE: Final = encode("audio-chunk", b"\1\2" * 160, **_FORMAT)
"""10 ms of audio."""


@attack(point=5, expected="clients of the home still get places")
async def silent_strangers(scene: Scene) -> None:
    """600 clients connect and send nothing."""
    async with crowd(600, port=scene.bridge.port):
        await asyncio.sleep(scene.seconds)


@attack(point=5, expected="clients of the home still get places")
async def half_events(scene: Scene) -> None:
    """600 clients send 15 kB of an event without its end."""
    async with crowd(600, port=scene.bridge.port, say=b'{"type": "' + b"x" * 15_000):
        await asyncio.sleep(scene.seconds)


@attack(point=5, expected="clients of the home still get places")
async def idle_clients(scene: Scene) -> None:
    """600 clients send one `ping` each, and keep their connections."""
    async with crowd(600, port=scene.bridge.port, say=encode("ping")):
        await asyncio.sleep(scene.seconds)


@attack(point=5, expected="clients of the home still get places")
async def utterances_without_audio(scene: Scene) -> None:
    """600 clients begin an utterance each and send no audio, or empty chunks only."""
    say = _START + encode("audio-chunk", **_FORMAT)
    async with crowd(600, port=scene.bridge.port, say=say):
        await asyncio.sleep(scene.seconds)


@attack(point=5, stage=Stage.NOTHING, expected="after 2 s clients of the home still get places")
async def utterances_of_10_ms(scene: Scene) -> None:
    """600 clients begin an utterance each with 10 ms of audio, and send no more."""
    await scene.start_server()
    await scene.start_bridge()
    async with crowd(600, port=scene.bridge.port, say=_START + _PIECE):
        await asyncio.sleep(2.5)
        await scene.start_bystander()
        await asyncio.sleep(scene.seconds)


@attack(
    point=5,
    expected="strangers are disconnected within 10 s, and utterances when their audio is 10 s late",
    limit_s=40,
)
async def slow_clients(scene: Scene) -> None:
    """For 14 s, 40 clients send 10 ms of audio per second, and 40 send a byte of an event."""

    async def trickle(client: Client, *, piece: bytes, first: bytes = b"") -> None:
        reading = asyncio.create_task(client.answer("error", "transcript", within_s=14))
        await client.send(first)
        while not reading.done():
            with contextlib.suppress(ConnectionError):
                await client.send(piece)
            await asyncio.wait({reading}, timeout=1)
        try:
            event = await reading
        except TimeoutError:
            raise BrokenError(f"a client that sends {piece[:15]!r} per second stays") from None
        if event is None or event.data.get("code") != "invalid_request":
            raise BrokenError(f"a client that sends {piece[:15]!r} per second got {event}")

    async with (
        crowd(40, port=scene.bridge.port) as talkers,
        crowd(40, port=scene.bridge.port) as strangers,
    ):
        await at_once(
            [trickle(client, first=_START, piece=_PIECE) for client in talkers]
            + [trickle(client, piece=b" ") for client in strangers]
        )


@attack(point=5, expected="their places are free again at once")
async def crowds_that_leave(scene: Scene) -> None:
    """Crowds of 250 clients begin utterances and reset their connections, again and again."""
    while scene.goes_on:
        async with crowd(250, port=scene.bridge.port, say=_START + _PIECE) as clients:
            for client in clients:
                client.reset()
