"""CPU per second of audio: the bridge against a naive relay, both on the same cheap service.

Real-time streams of recorded speech go through each in turn, A B A B. What counts is the ratio
of neighbours; the milliseconds are those of the machine and the hour.
"""

import argparse
import asyncio
import sys
import wave
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from processes import (
    BENCH,
    bridge_command,
    cpu_ns,
    naive_command,
    pin_self,
    running,
    spread,
    verdict,
)
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient

TARGETS: Final = {64: 1.3, 10: 0.8}
"""By chunk length in ms: the bridge's share of the naive relay's CPU, at most."""

_RATE_HZ: Final = 16_000
_BYTES_PER_MS: Final = _RATE_HZ * 2 // 1000
_ANSWER_S: Final = 10.0
"""For a transcript to come; longer, and it is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What goes through a server in one run."""

    speech: Sequence[bytes]
    """Recordings, 16 kHz s16le mono, one a stream."""
    chunk_ms: int

    @property
    def audio_s(self) -> float:
        """Seconds of audio in all."""
        return sum(map(len, self.speech)) / _BYTES_PER_MS / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server under measurement."""

    name: str
    pid: int
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run gave."""

    cpu_ms_per_audio_s: float
    transcripts: int
    """Those that account for every byte of their stream."""


def recordings(*, streams: int, seconds: float) -> list[bytes]:
    """Speech for each stream: the samples one after another, each stream at another place."""
    spoken = b""
    for path in sorted((BENCH.parent / "samples").glob("*.wav")):
        with wave.open(str(path)) as recording:
            spoken += recording.readframes(recording.getnframes())
    size = int(seconds * 1000) * _BYTES_PER_MS
    starts = [index * len(spoken) // streams // 2 * 2 for index in range(streams)]
    endless = spoken * (size // len(spoken) + 2)
    return [endless[at : at + size] for at in starts]


async def stream(port: int, load: Load, index: int, begin: float) -> bool:
    """Speak in real time as Home Assistant does; tells whether the transcript was right."""
    speech = load.speech[index]
    loop = asyncio.get_running_loop()
    # Satellites are not in step: the streams' chunks are spread evenly over a chunk's time.
    begin += index / len(load.speech) * load.chunk_ms / 1000
    size = load.chunk_ms * _BYTES_PER_MS
    async with AsyncClient.from_uri(f"tcp://127.0.0.1:{port}") as client:
        await client.write_event(Transcribe(language="en").event())
        await client.write_event(AudioStart(rate=_RATE_HZ, width=2, channels=1).event())
        for number, at in enumerate(range(0, len(speech), size), start=1):
            await asyncio.sleep(begin + number * load.chunk_ms / 1000 - loop.time())
            audio = speech[at : at + size]
            chunk = AudioChunk(rate=_RATE_HZ, width=2, channels=1, audio=audio)
            await client.write_event(chunk.event())
        await client.write_event(AudioStop().event())
        return await _answer(client) == str(len(speech))


async def _answer(client: AsyncClient) -> str:
    try:
        async with asyncio.timeout(_ANSWER_S):
            while event := await client.read_event():
                if Transcript.is_type(event.type):
                    return Transcript.from_event(event).text
    except TimeoutError:
        pass
    return ""


async def run(server: Server, load: Load) -> Run:
    """One run: all streams at once; connecting and answering count too."""
    before = cpu_ns(server.pid)
    begin = asyncio.get_running_loop().time() + 0.1
    answers = await asyncio.gather(
        *(stream(server.port, load, index, begin) for index in range(len(load.speech)))
    )
    await asyncio.sleep(0.2)  # closing the sessions belongs to their cost
    cpu_ms = (cpu_ns(server.pid) - before) / 1e6
    return Run(cpu_ms_per_audio_s=cpu_ms / load.audio_s, transcripts=sum(answers))


async def compare(
    servers: Sequence[Server], speech: Sequence[bytes], *, chunk_ms: int, repeats: int
) -> bool:
    """Measure the servers in turn and print the table; tells whether all transcripts came.

    The last server is the one that the others are compared with.
    """
    load = Load(speech=speech, chunk_ms=chunk_ms)
    runs: dict[str, list[Run]] = {server.name: [] for server in servers}
    for _ in range(repeats):
        for server in servers:
            runs[server.name].append(await run(server, load))
    costs = {name: [each.cpu_ms_per_audio_s for each in done] for name, done in runs.items()}
    wanted = repeats * len(speech)
    print(f"\n{chunk_ms} ms chunks: CPU ms per second of audio, median [min..max] of {repeats}")
    *others, naive = servers
    complete = True
    for server in servers:
        got = sum(each.transcripts for each in runs[server.name])
        complete = complete and got == wanted
        missing = "" if got == wanted else f", {wanted - got} MISSING OR INCOMPLETE"
        print(f"  {server.name:14} {spread(costs[server.name]):24} {got} transcripts{missing}")
    for server in others:
        pairs = zip(costs[server.name], costs[naive.name], strict=True)
        ratios = [ours / theirs for ours, theirs in pairs]
        target = TARGETS.get(chunk_ms)
        judged = f", target <= {target}: {verdict(ratios, target)}" if target else ""
        print(f"  {server.name} / {naive.name}: {spread(ratios)}{judged}")
    return complete


async def measure(arguments: argparse.Namespace, servers: Sequence[Server]) -> bool:
    """Warm up, then measure each chunk length."""
    warm_up = Load(speech=recordings(streams=2, seconds=0.5), chunk_ms=64)
    for server in servers:
        await run(server, warm_up)
    speech = recordings(streams=arguments.streams, seconds=arguments.seconds)
    complete = True
    for chunk_ms in arguments.chunk_ms:
        complete &= await compare(servers, speech, chunk_ms=chunk_ms, repeats=arguments.repeats)
    return complete


def main() -> int:
    """Start sink and servers, measure, print; gives 1 if a transcript is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=20, help="streams at once")
    parser.add_argument("--seconds", type=float, default=6.0, help="length of each stream")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each server")
    parser.add_argument("--chunk-ms", type=int, nargs="+", default=[64, 10], help="chunk lengths")
    parser.add_argument(
        "--tree",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="also measure the bridge in this source tree; may be repeated",
    )
    arguments = parser.parse_args()
    pinned = pin_self()
    print(
        f"{arguments.streams} real-time streams of {arguments.seconds:g} s, "
        + ("server on one core, load and service on another" if pinned else "all on ONE core")
    )
    with ExitStack() as stack:
        sink = [sys.executable, str(BENCH / "sink.py"), "--port"]
        _, sink_port = stack.enter_context(running(lambda port: [*sink, str(port)], server=False))
        url = f"ws://127.0.0.1:{sink_port}"
        options = ("--provider", "reson8", "--url", url)
        bridge = partial(_bridge, options)
        servers = []
        named = [("bridge", None), *((tree.name, tree) for tree in arguments.tree)]
        for name, tree in named:
            process, port = stack.enter_context(running(bridge, server=True, tree=tree))
            servers.append(Server(name=name, pid=process.pid, port=port))
        process, port = stack.enter_context(
            running(lambda port: naive_command(port=port, url=url), server=True)
        )
        servers.append(Server(name="naive relay", pid=process.pid, port=port))
        return 0 if asyncio.run(measure(arguments, servers)) else 1


def _bridge(options: Sequence[str], port: int) -> list[str]:
    return bridge_command(port=port, arguments=options)


if __name__ == "__main__":
    sys.exit(main())
