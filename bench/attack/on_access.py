"""Attacks on the access token, by clients without it and by a program that poses as the bridge."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from wyoming_bridge.client import verify
from wyoming_bridge.errors import UnprovenError

from .campaign import BrokenError, attack
from .floods import pour, repeat
from .programs import ended
from .scene import Scene, Stage
from .wire import ACCESS, NONCE, Client, encode, proof_of

__all__: list[str] = []

_FORMAT: Final = {"rate": 16000, "width": 2, "channels": 1}
_AUDIO: Final = (
    encode("audio-start", **_FORMAT)
    + encode("audio-chunk", b"\1\2" * 1600, **_FORMAT)
    + encode("audio-stop")
)
_HELLO: Final = encode(ACCESS, version=1, nonce=NONCE)


@attack(point=6, stage=Stage.GUARDED, expected="others are served, and few proofs are checked")
async def wrong_proofs(scene: Scene) -> None:
    """Eight clients at one address send wrong proofs as fast as they can."""
    tries = await _guess(scene, lambda: "127.0.0.66")
    if tries > 20 * scene.seconds * 2:
        raise BrokenError(f"{tries} tokens were tried in {scene.seconds:g} s from one address")


@attack(point=6, stage=Stage.GUARDED, expected="others are served, and few proofs are checked")
async def wrong_proofs_from_many_addresses(scene: Scene) -> None:
    """Eight clients send wrong proofs, from 60,000 addresses in turn."""
    numbers = itertools.count(1)

    def source() -> str:
        number = next(numbers) % 60_000
        return f"127.7.{number // 250}.{number % 250 + 1}"

    tries = await _guess(scene, source)
    if tries > 40 * scene.seconds * 2:
        raise BrokenError(f"{tries} tokens were tried in {scene.seconds:g} s from many addresses")


async def _guess(scene: Scene, source: Callable[[], str]) -> int:
    tries = 0

    async def once() -> None:
        nonlocal tries
        async with await scene.connect(source=source()) as client:
            answer = await client.prove("wrong")
            tries += answer is not None and answer.data.get("code") == "access_denied"

    await repeat(scene, once, tasks=8)
    return tries


@attack(
    point=6, stage=Stage.GUARDED, expected="they are refused, and nothing is sent to the service"
)
async def requests_without_a_proof(scene: Scene) -> None:
    """Four clients send `describe`, requests and audio without the token, as fast as they can."""
    block = encode("describe") + encode("transcribe", name="house") + _AUDIO
    await pour(scene, block * 20)


@attack(point=6, stage=Stage.GUARDED, expected="they are refused, and the log stays short")
async def large_first_events(scene: Scene) -> None:
    """Four clients without the token send events of 60 kB."""
    await pour(scene, encode("describe", text="x" * 60_000))


@attack(
    point=6, stage=Stage.GUARDED, expected="none of them is allowed, and the token is never sent"
)
async def forged_proofs(scene: Scene) -> None:
    """A client sends the token, replays a proof, leaves out steps, and answers as a bridge does."""
    right = await _recorded_proof(scene)
    zero = "0" * 64
    messages: dict[str, list[dict[str, object]]] = {
        "the token in clear": [{"token": scene.token}],
        "the token and a nonce": [{"version": 1, "nonce": NONCE, "token": scene.token}],
        "a proof without a nonce": [{"version": 1, "proof": proof_of(scene.token, zero)}],
        "a replayed proof": [{"version": 1, "nonce": NONCE}, {"version": 1, "proof": right}],
        "a proof of zeros": [{"version": 1, "nonce": NONCE}, {"version": 1, "proof": zero}],
        "an empty proof": [{"version": 1, "nonce": NONCE}, {"version": 1, "proof": ""}],
        "a proof that is true": [{"version": 1, "nonce": NONCE}, {"version": 1, "proof": True}],
        "a long nonce": [{"version": 1, "nonce": NONCE * 100}],
        "another version": [{"version": 0, "nonce": NONCE}, {"version": True, "proof": right}],
        "its answer": [{"version": 1, "token": False}, {"version": 1, "proof": zero, "port": 1}],
    }
    for what, steps in messages.items():
        async with await scene.connect() as client:
            for step in steps:
                await client.send(encode(ACCESS, **step))
                await client.answer(ACCESS, "error", within_s=3)
            await _expect_no_access(client, what)
    await _expect_one_proof_per_nonce(scene)


async def _recorded_proof(scene: Scene) -> str:
    """Return a right proof that was already used, on a connection that is closed."""
    async with await scene.connect() as client:
        await client.send(_HELLO)
        challenge = await client.answer(ACCESS)
        if challenge is None:
            raise BrokenError("a client gets no nonce")
        proof = proof_of(scene.token, str(challenge.data["nonce"]))
        await client.send(encode(ACCESS, version=1, proof=proof))
        answer = await client.answer(ACCESS, "error")
        if answer is None or "proof" not in answer.data:
            raise BrokenError(f"a right proof is refused: {answer}")
        return proof


async def _expect_one_proof_per_nonce(scene: Scene) -> None:
    async with await scene.connect() as client:
        await client.send(_HELLO)
        challenge = await client.answer(ACCESS)
        nonce = str(challenge.data["nonce"]) if challenge else NONCE
        await client.send(encode(ACCESS, version=1, proof="0" * 64))
        await client.answer(ACCESS, "error")
        await client.send(encode(ACCESS, version=1, proof=proof_of(scene.token, nonce)))
        await client.answer(ACCESS, "error")
        await _expect_no_access(client, "a second proof for one nonce")


async def _expect_no_access(client: Client, what: str) -> None:
    await client.send(encode("ping"), _AUDIO)
    answer = await client.answer("pong", "transcript", "error", within_s=3)
    if answer is not None and answer.type != "error":
        raise BrokenError(f"{what} gives access")


@attack(point=6, stage=Stage.GUARDED, expected="it gets no access")
async def forwarded_proof(scene: Scene) -> None:
    """A program announces itself as the bridge, and forwards the proof of our client to it."""
    has_left = asyncio.Event()
    async with await scene.connect() as forwarded:

        async def answer(writer: asyncio.StreamWriter) -> None:
            while piece := await forwarded.read(within_s=30):
                writer.write(piece)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            answering = asyncio.create_task(answer(writer))
            while block := await reader.read(4096):
                await forwarded.send(block)
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
            writer.close()
            has_left.set()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with suppress(UnprovenError):
                await verify(host="127.0.0.1", port=port, token=scene.token, bridge_id="0" * 32)
                raise BrokenError("our client follows an announcement that is not the bridge's")
            await has_left.wait()
        await _expect_no_access(forwarded, "a forwarded proof")


@attack(point=6, stage=Stage.NOTHING, expected="it learns neither the token nor a word")
async def spoofed_bridge(scene: Scene) -> None:
    """A program pretends to be the bridge, with and without proofs, to our own client."""
    scene.secrets.add(scene.token)
    path = scene.folder / "access"
    path.write_text(scene.token)
    path.chmod(0o600)
    challenge = {"version": 1, "nonce": "5" * 64}
    answers: dict[str, list[dict[str, object]]] = {
        "asks for nothing": [{"version": 1, "token": False}],
        "is of an older version": [],
        "sends a wrong proof": [challenge, {**challenge, "proof": "0" * 64, "host": "", "port": 1}],
        "sends no proof": [challenge, {"version": 1}],
        "asks for the token": [{"version": 1, "token": True}, {"token": ""}],
        "reflects": [],
    }
    for what, said in answers.items():
        async with _posing(said, reflects=what == "reflects") as (port, heard):
            code, output = await ended(
                [
                    "transcribe",
                    "samples/goforward.wav",
                    "--uri",
                    f"tcp://127.0.0.1:{port}",
                    "--access-token-file",
                    str(path),
                ],
                folder=scene.folder,
                within_s=15,
            )
        if code is None:
            raise BrokenError(f"our client waits forever for a bridge that {what}")
        if code == 0 or "fooled" in output or "Traceback" in output:
            raise BrokenError(f"our client believes a bridge that {what}: {output[-200:]}")
        if scene.token.encode() in heard:
            raise BrokenError(f"our client sends the token to a bridge that {what}")
        more = set(re.findall(rb'"type": *"([^"]+)"', heard)) - {ACCESS.encode()}
        if more:
            raise BrokenError(f"our client sends {sorted(more)} to a bridge that {what}")


@asynccontextmanager
async def _posing(
    said: list[dict[str, object]], *, reflects: bool
) -> AsyncIterator[tuple[int, bytearray]]:
    """Pose as a bridge that sends ``said``. Yield the port, and the bytes that the client sends.

    With ``reflects``, it sends each line that follows back to the client unchanged.
    """
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rest = list(said)
        while line := await reader.readline():
            heard.extend(line)
            if rest:
                writer.write(encode(ACCESS, **rest.pop(0)))
            elif reflects:
                writer.write(line)
            elif b'"describe"' in line or b'"audio-stop"' in line:
                writer.write(encode("info", asr=[]) + encode("transcript", text="fooled"))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()
