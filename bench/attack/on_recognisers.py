"""Attacks on the recognisers of the local realtime server: their processes, rights and memory."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from .campaign import BrokenError, attack
from .floods import at_once
from .programs import ROOT, Program
from .report import Limits
from .scene import Scene, Stage
from .web import RESON8, Socket

__all__: list[str] = []

_SAMPLE: Final = ROOT / "samples" / "goforward.wav"
_FLUSH: Final = b'{"type":"flush_request"}'
_CONFIRMATION: Final = b'"flush_confirmation"'


@attack(
    point=8,
    stage=Stage.NOTHING,
    expected="only sessions with audio have a process, which has neither secrets nor rights",
    limit_s=60,
    limits=Limits(memory_mib=270.0),  # 70 MiB more than other attacks, for the bystander's voice
)
async def recogniser_processes(scene: Scene) -> None:
    """20 programs open sessions. One of them sends audio, and its recogniser is inspected."""
    server, secret = await _server_with_secrets(scene, engine="pocketsphinx")
    before = len(server.children())
    async with _sessions(server.port, 20) as opened:
        await asyncio.sleep(0.3)
        if len(server.children()) != before:
            raise BrokenError("a session without audio has a process")
        await opened[0].send([_speech()])
        for _ in range(100):
            if len(server.children()) > before:
                break
            await asyncio.sleep(0.05)
        _expect_few_rights(server, secret)
        await _start_bystander(scene)
        await asyncio.sleep(scene.seconds)


@attack(
    point=8,
    stage=Stage.NOTHING,
    expected="the process has neither secrets nor rights",
    limit_s=60,
    limits=Limits(memory_mib=300.0),  # server 55 MiB, model 200, the rest for audio
)
async def recogniser_of_the_default(scene: Scene) -> None:
    """15 programs send audio to the default engine, whose model takes much memory."""
    server, secret = await _server_with_secrets(scene, engine="auto")
    await _start_bystander(scene)
    async with _sessions(server.port, 15) as opened:  # one voice is left for the bystander
        for each in opened:
            await each.send([_speech()])
            await each.send([_FLUSH], text=True)
        # The recogniser has its full size only after it has decoded the audio of all sessions.
        await asyncio.gather(*(_confirmation(each) for each in opened))
        _expect_few_rights(server, secret)


@attack(
    point=8,
    stage=Stage.NOTHING,
    expected="they lose their voices after the timeout (2 s here), and others are transcribed",
    limit_s=60,
    limits=Limits(memory_mib=300.0),  # for the same parts as above
)
async def voices_without_use(scene: Scene) -> None:
    """16 programs use all sessions of a recogniser, and send two audio samples per second."""
    server = await scene.start_server("audio_timeout_s: 2\n", engine="auto")
    await _start_bystander(scene)
    async with _sessions(server.port, 16) as opened:
        for each in opened:
            await each.send([bytes(1000)])
        async with _sessions(server.port, 1) as (late,):
            await late.send([_speech()])
            if b"TOO_MANY_REQUESTS" not in await late.rest(within_s=10):
                raise BrokenError("the programs do not have all voices")
        await at_once(_use_nothing(each) for each in opened)
    async with _sessions(server.port, 1) as (house,):
        await house.send([_speech()])
        await house.send([_FLUSH], text=True)
        await _confirmation(house)


async def _start_bystander(scene: Scene) -> None:
    """Start a bridge, and a bystander whose utterances the attacked recogniser has to hear."""
    await scene.start_bridge()
    await scene.start_bystander(asks_server=True, recording=_SAMPLE)


async def _use_nothing(session: Socket) -> None:
    reading = asyncio.create_task(session.rest(within_s=10))
    while not reading.done():
        with contextlib.suppress(ConnectionError):
            await session.send([bytes(2)])
        await asyncio.wait({reading}, timeout=0.5)
    try:
        await reading
    except TimeoutError:
        raise BrokenError("a session that sends a sample per half second stays") from None


@asynccontextmanager
async def _sessions(port: int, count: int) -> AsyncIterator[list[Socket]]:
    """Hold several open sessions."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(await Socket.open(port, RESON8)) for _ in range(count)
        ]


async def _server_with_secrets(scene: Scene, *, engine: str) -> tuple[Program, str]:
    """Start a server with a secret in its environment. Return the server and the secret."""
    secret = "secret-in-the-environment"  # noqa: S105 - made up
    scene.secrets.add(secret)
    server = await scene.start(
        *("server", "serve", "--port", "0", "--engine", engine),
        WYOMING_BRIDGE_TOKEN=secret,
        OTHER_API_KEY=secret,
    )
    return server, secret


async def _confirmation(session: Socket) -> None:
    """Wait for the confirmation of a flush, which follows the text of all audio before the flush.

    Raises:
        BrokenError: The session ends before the confirmation.
    """
    received = b""
    while _CONFIRMATION not in received:
        piece = await session.client.read(within_s=30)
        if not piece:
            raise BrokenError("the recogniser does not answer")
        received += piece


def _speech() -> bytes:
    """Return a second of recorded speech."""
    return _SAMPLE.read_bytes()[44:32_044]


def _expect_few_rights(server: Program, secret: str) -> None:
    children = server.children()
    if not children:
        raise BrokenError("there is no recogniser")
    inherited = {each.readlink() for each in Path(f"/proc/{server.pid}/fd").iterdir()}
    sockets = {str(each) for each in inherited if str(each).startswith("socket:")}
    for pid in children:
        if secret.encode() in Path(f"/proc/{pid}/environ").read_bytes():
            raise BrokenError("the recogniser has the token in its environment")
        status = Path(f"/proc/{pid}/status").read_text()
        if not re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE):
            raise BrokenError("the recogniser may gain privileges")
        held = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()} & sockets
        listening = {name for name in held if _is_listening(name)}
        if listening:
            raise BrokenError("the recogniser has the server's sockets")


def _is_listening(name: str) -> bool:
    inode = name.removeprefix("socket:[").removesuffix("]")
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[9] == inode for row in rows)
