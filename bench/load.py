"""Measure many concurrent streams: the bridge and its variants, and a naive relay.

Real-time streams of recorded speech go through each server in turn, all to the same minimal
service. Compare only ratios within one run: the milliseconds depend on the machine and its load.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from processes import (
    bridge_command,
    cpu_ns,
    naive_command,
    pin_self,
    rss_kib,
    running,
    running_sink,
    spread,
    verdict,
)
from streams import BYTES_PER_MS, Answer, recordings, speak
from trees import add_tree_option

RATIO_TARGETS: Final = {64: 1.1, 10: 0.6}
"""The highest ratio of the bridge's CPU time to that of the naive relay, by chunk length in ms."""

DETECTOR_TARGET_MS: Final = 10.0
"""The most CPU time of the detector for a second of audio."""

MEMORY_TARGET_KIB: Final = 100.0
"""The most memory per stream, without the audio that is kept for a replay."""

OVERHEAD_TARGETS_MS: Final = (2.0, 10.0)
"""The longest time from the service's final text to the transcript, with 50 concurrent streams:
median and p99."""

_CONFIG: Final = """\
profiles:
  relay:
    provider: reson8
    url: {url}
    source: client
    speculate_ms: {speculate_ms}
    silence_ms: 5000
"""
"""Only the client ends an utterance. So the service receives all bytes, and can count them."""

_STATUS: Final = "status: 127.0.0.1:0\n"

BRIDGE, _WITH, NAIVE = "bridge", "with detector", "naive relay"
_WATCHED = "with status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that is measured."""

    new_command: Callable[[int], Sequence[str]]
    """Returns the command for a port."""
    tree: Path | None = None
    """The source tree that the bridge is imported from; None stands for this environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The measurements of one run of a server."""

    cpu_ms: float
    """CPU time per second of audio."""
    memory_kib: float
    """Memory per stream, without the audio that the bridge keeps for a replay."""
    overheads_ms: Sequence[float]
    """The time from the service's final text to the transcript, of each stream."""
    missing: int
    """The number of transcripts that are missing, or that report fewer bytes than were sent."""


def overhead_ms(answer: Answer) -> float:
    """Return the ms from the time at which the service sent its final text to the transcript."""
    return (answer.at_s - float(answer.text.split()[1])) * 1000


async def run(pid: int, port: int, speech: Sequence[bytes], *, chunk_ms: int, keeps: bool) -> Run:
    """Run all streams at once, and measure them from connecting to the last answer.

    ``keeps`` says whether the server keeps the audio for a replay. That audio does not count as
    memory.
    """
    idle_kib = rss_kib(pid)
    cpu = cpu_ns(pid)
    peaks: list[int] = []
    watch = asyncio.create_task(_watch_memory(pid, peaks))
    answers = await speak(port, speech, chunk_ms=chunk_ms)
    watch.cancel()
    await asyncio.sleep(0.2)  # so that the CPU time includes closing the sessions
    seconds = sum(map(len, speech)) / BYTES_PER_MS / 1000
    whole = [
        answer
        for answer, pcm in zip(answers, speech, strict=True)
        if answer.text.split()[:1] == [str(len(pcm))]
    ]
    kept_kib = len(speech[0]) / 1024 if keeps else 0
    return Run(
        cpu_ms=(cpu_ns(pid) - cpu) / 1e6 / seconds,
        memory_kib=(max(peaks, default=idle_kib) - idle_kib) / len(speech) - kept_kib,
        overheads_ms=[overhead_ms(answer) for answer in whole],
        missing=len(speech) - len(whole),
    )


async def _watch_memory(pid: int, peaks: list[int]) -> None:
    while True:
        await asyncio.sleep(0.25)
        peaks.append(rss_kib(pid))


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(values, n=100)[98] if len(values) > 1 else values[0]


def compare(
    servers: dict[str, Server],
    *,
    streams: int,
    seconds: float,
    chunk_ms: int,
    repeats: int,
) -> bool:
    """Measure the servers in turn and print their rows; False if a transcript is missing."""
    speech = recordings(streams=streams, seconds=seconds)
    warm_up = recordings(streams=2, seconds=0.5)
    runs: dict[str, list[Run]] = {name: [] for name in servers}
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(running(each.new_command, server=True, tree=each.tree))
            for name, each in servers.items()
        }
        for process, port in started.values():
            asyncio.run(run(process.pid, port, warm_up, chunk_ms=chunk_ms, keeps=False))
        for _ in range(repeats):
            for name, (process, port) in started.items():
                measured = run(process.pid, port, speech, chunk_ms=chunk_ms, keeps=name != NAIVE)
                runs[name].append(asyncio.run(measured))
    missing = 0
    for name, done in runs.items():
        overheads = [each for one in done for each in one.overheads_ms]
        missing += sum(one.missing for one in done)
        print(
            f"| {streams} | {chunk_ms} | {name} | {spread([one.cpu_ms for one in done])} "
            # Later runs reuse the memory of the first, so only the first shows the growth.
            f"| {done[0].memory_kib:.0f} | {median(overheads):.2f} | {p99(overheads):.2f} "
            f"| {sum(one.missing for one in done) or ''} |",
            flush=True,
        )
    _judge(runs, streams=streams, chunk_ms=chunk_ms)
    return missing == 0


def _judge(runs: dict[str, list[Run]], *, streams: int, chunk_ms: int) -> None:
    def costs(name: str) -> list[float]:
        return [one.cpu_ms for one in runs[name]]

    pairs = list(zip(costs(BRIDGE), costs(NAIVE), strict=True))
    ratios = [ours / theirs for ours, theirs in pairs]
    more = [a - b for a, b in zip(costs(_WITH), costs(BRIDGE), strict=True)]
    target = RATIO_TARGETS.get(chunk_ms)
    for name, done in runs.items():
        if name not in {BRIDGE, _WITH, NAIVE}:
            beside = [a / b for a, b in zip(costs(BRIDGE), costs(name), strict=True)]
            print(f"    CPU of the bridge / {name}: {spread(beside)}")
            here = median([each for one in runs[BRIDGE] for each in one.overheads_ms])
            there = median([each for one in done for each in one.overheads_ms])
            print(f"    median overhead of the bridge / {name}: {here / there:.2f}")
    judged = f", target <= {target}: {verdict(ratios, target)}" if target else ""
    print(f"    bridge / naive relay: {spread(ratios)}{judged}")
    print(
        f"    the detector's CPU ms per second of audio: {spread(more)}, "
        f"target <= {DETECTOR_TARGET_MS:g}: {verdict(more, DETECTOR_TARGET_MS)}"
    )
    memory = runs[BRIDGE][0].memory_kib
    if streams >= 50:
        met = "met" if memory <= MEMORY_TARGET_KIB else "MISSED"
        print(f"    memory of a stream: {memory:.0f} KiB, target <= {MEMORY_TARGET_KIB:g}: {met}")
    if streams == 50:
        overheads = [each for one in runs[BRIDGE] for each in one.overheads_ms]
        found = (median(overheads), p99(overheads))
        met = all(a <= b for a, b in zip(found, OVERHEAD_TARGETS_MS, strict=True))
        print(
            f"    overhead: median {found[0]:.2f} ms, p99 {found[1]:.2f} ms, "
            f"targets {OVERHEAD_TARGETS_MS[0]:g} and {OVERHEAD_TARGETS_MS[1]:g}: "
            f"{'met' if met else 'MISSED'}"
        )


def main() -> int:
    """Start the service, measure and print; return 1 if a transcript is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 10, 50, 200])
    parser.add_argument("--seconds", type=float, default=6.0, help="length of each stream")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each server")
    parser.add_argument("--chunk-ms", type=int, nargs="+", default=[64, 10], help="chunk lengths")
    add_tree_option(parser)
    arguments = parser.parse_args()
    pinned = pin_self()
    print(
        f"real-time streams of {arguments.seconds:g} s, "
        + ("server on one core, load and service on another" if pinned else "all on ONE core")
    )
    with tempfile.TemporaryDirectory() as folder, running_sink() as url:
        without = bridge_at(Path(folder) / "without.yaml", url=url)
        servers = {
            BRIDGE: Server(new_command=without),
            **{str(tree): Server(new_command=without, tree=tree) for tree in arguments.tree},
            _WATCHED: Server(
                new_command=bridge_at(Path(folder) / "status.yaml", url=url, more=_STATUS)
            ),
            _WITH: Server(
                new_command=bridge_at(Path(folder) / "with.yaml", url=url, speculate_ms=5000)
            ),
            NAIVE: Server(new_command=lambda port: naive_command(port=port, url=url)),
        }
        print(
            "| streams | chunk, ms | server | CPU, ms per s of audio | memory of a stream, KiB "
            "| overhead, median ms | p99 ms | missing |"
        )
        complete = True
        for chunk_ms in arguments.chunk_ms:
            for streams in arguments.streams:
                complete &= compare(
                    servers,
                    streams=streams,
                    seconds=arguments.seconds,
                    chunk_ms=chunk_ms,
                    repeats=arguments.repeats,
                )
    return 0 if complete else 1


def bridge_at(
    path: Path, *, url: str, speculate_ms: int = 0, more: str = ""
) -> Callable[[int], Sequence[str]]:
    """Write the configuration of a bridge to a service; return the bridge's command for a port."""
    path.write_text(more + _CONFIG.format(url=url, speculate_ms=speculate_ms))
    return lambda port: bridge_command(port=port, arguments=("--config", str(path)))


if __name__ == "__main__":
    sys.exit(main())
