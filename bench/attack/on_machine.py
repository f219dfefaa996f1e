"""Attacks on limited resources of a process, such as open files, and on the health check."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from .campaign import BrokenError, attack
from .floods import at_once, crowd, pour, repeat
from .programs import ended
from .scene import Scene, Stage
from .wire import encode

__all__: list[str] = []

_FORMAT: Final = {"rate": 16000, "width": 2, "channels": 1}
_FEW_FILES: Final = 128


@attack(
    point=7,
    stage=Stage.NOTHING,
    expected="the limit is raised, and clients of the home still get places",
)
async def few_files(scene: Scene) -> None:
    """300 clients connect to a bridge that may open 128 files, and 5 begin utterances."""
    await scene.start_server()
    await scene.start_bridge(max_files=(64, _FEW_FILES))
    limits = scene.bridge.proc("limits")
    found = re.search(r"Max open files\s+(\d+)", limits)
    if found is None or int(found[1]) != _FEW_FILES:
        raise BrokenError(f"the limit of open files is {found and found[1]}")
    await scene.start_bystander()
    port = scene.bridge.port
    audio = encode("audio-start", **_FORMAT) + encode("audio-chunk", b"\1\2" * 160, **_FORMAT)
    async with crowd(300, port=port), crowd(5, port=port, say=audio):
        await asyncio.sleep(scene.seconds)


@attack(
    point=7,
    stage=Stage.NOTHING,
    expected="the log stays short, and clients of the home are served afterwards",
)
async def no_more_files(scene: Scene) -> None:
    """1,000 connections at once reach a bridge that may open 96 files."""
    await scene.start_server()
    await scene.start_bridge(max_files=(96, 96))
    async with crowd(1000, port=scene.bridge.port, say=encode("describe")):
        await asyncio.sleep(1)
    await asyncio.sleep(1.5)
    await scene.start_bystander()
    await asyncio.sleep(2)


@attack(point=5, expected="it stops with code 0 within 5 s of the second signal")
async def stopped_under_attack(scene: Scene) -> None:
    """The bridge is stopped while clients flood it, reset connections and read nothing."""
    audio = encode("audio-start", **_FORMAT) + encode("audio-chunk", b"\1\2" * 160, **_FORMAT)
    async with crowd(200, port=scene.bridge.port, say=audio) as clients:
        flood = asyncio.create_task(
            pour(scene, encode("describe") * 200, reads=False, connections=8)
        )
        await asyncio.sleep(1)
        await scene.dismiss_bystander()
        for client in clients[::2]:
            client.reset()
        problems = await asyncio.to_thread(scene.bridge.stop)
        flood.cancel()
        await asyncio.gather(flood, return_exceptions=True)
    if problems:
        raise BrokenError("; ".join(problems))


@attack(point=9, stage=Stage.NOTHING, expected="the check fails each time, within 15 s")
async def false_health(scene: Scene) -> None:
    """The health check connects to programs that stay silent, hang up, or are not a bridge."""
    answers = {
        "is silent": None,
        "hangs up": b"",
        "speaks HTTP": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "only sends pong": encode("pong"),
        "sends an error": encode("error", text="no", code="invalid_request"),
        "sends info without a service": encode("info", asr=[], tts=[]),
        "sends no JSON": b"{" * 100_000 + b"\n",
        "sends a terabyte": b'{"type": "info", "data_length": 1000000000000}\n',
    }
    for what, answer in answers.items():
        async with _answering(answer) as port:
            code, output = await ended(
                ["health", "--uri", f"tcp://127.0.0.1:{port}"], folder=scene.folder, within_s=15
            )
        if code in {None, 0}:
            raise BrokenError(f"the health check of a program that {what} exits with {code}")
        if "Traceback" in output:
            raise BrokenError(f"a traceback for a program that {what}")


@asynccontextmanager
async def _answering(answer: bytes | None) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
            await asyncio.sleep(0.5)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@attack(point=8, stage=Stage.NOTHING, expected="the log has a warning, and not the token")
async def readable_token_files(scene: Scene) -> None:
    """All users of the machine may read the files with tokens."""
    secret = "0123456789abcdef-readable"  # noqa: S105 - made up
    scene.secrets.add(secret)
    for name in ("access", "service"):
        (scene.folder / name).write_text(secret)
        (scene.folder / name).chmod(0o644)
    path = scene.folder / "readable.yaml"
    path.write_text(
        "listen: tcp://127.0.0.1:0\naccess_token_file: access\nprofiles:\n"
        "  one: {provider: reson8, url: 'ws://127.0.0.1:1', token_file: service}\n"
    )
    bridge = await scene.start("bridge", "run", "--config", str(path))
    log = bridge.log.read_text()
    for name in ("access", "service"):
        if not re.search(rf"every user of this machine can read \S+/{name},", log):
            raise BrokenError(f"there is no warning of the file {name}")
    if secret in bridge.proc("cmdline"):
        raise BrokenError("the token is in the list of processes")


@attack(point=5, expected="the bridge does not wait for it, and it continues afterwards")
async def stopped_process(scene: Scene) -> None:
    """The local server is paused for a second in the middle of the bystander's utterance."""
    await asyncio.sleep(0.5)
    os.kill(scene.server.pid, signal.SIGSTOP)
    await asyncio.sleep(1)
    os.kill(scene.server.pid, signal.SIGCONT)
    await asyncio.sleep(1.5)


@attack(
    point=5, expected="others are served, in bounded memory, and the log stays short", limit_s=90
)
async def everything_for_a_minute(scene: Scene) -> None:
    """Floods of requests, garbage, utterances, errors and connections at once, for a minute."""
    scene.seconds = 61
    start = encode("audio-start", **_FORMAT)
    audio = encode("audio-chunk", b"\1\2" * 160, **_FORMAT)
    blocks = [
        encode("describe") * 50,
        b"GET / HTTP/1.1\r\n\r\n" * 20,
        encode("transcribe", name="nothing") * 20,
        encode("audio-start", rate=1, width=2, channels=1) * 20,
        (start + encode("audio-stop")) * 20,
        start + audio + encode("audio-stop"),
        start + audio + b"{\n",
    ]

    async def once() -> None:
        client = await scene.connect()
        await client.send(start, audio)
        client.reset()

    await at_once(
        [
            *(pour(scene, block, connections=1) for block in blocks),
            pour(scene, encode("describe") * 50, connections=1, reads=False),
            repeat(scene, once, tasks=1),
        ]
    )
