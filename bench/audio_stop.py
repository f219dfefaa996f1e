"""Measure the time from audio-stop to the transcript, when the client ends the utterances.

Speakers send short pieces of recorded speech in real time, in chunks as short as Home Assistant's,
to the bridge and to a naive relay in turn. The service answers at once. So the measured time
consists of the wait until the server reads the audio-stop, and of the time that the server takes to
handle it.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from load import BRIDGE, NAIVE, Server, bridge_at
from processes import naive_command, pin_self, running, running_sink
from streams import BYTES_PER_MS, recordings, speak
from trees import add_tree_option

TARGET_MS: Final = 10.0
"""The longest median time from audio-stop to the transcript."""

_CHUNK_MS: Final = 10
_SHORTEST_MS, _LONGEST_MS = 300, 900
"""The duration of an utterance. It is random, so that the end of an utterance has no fixed place
between two reads of the server."""


async def one_speaker(port: int, pcm: bytes, *, utterances: int) -> list[float]:
    """Send utterances one after another; return the ms from audio-stop to each transcript.

    A missing transcript counts as infinitely late.
    """
    lags_ms = []
    for _ in range(utterances):
        size = random.randrange(_SHORTEST_MS, _LONGEST_MS, _CHUNK_MS) * BYTES_PER_MS
        await asyncio.sleep(random.random() * _CHUNK_MS / 1000)
        (answer,) = await speak(port, [pcm[:size]], chunk_ms=_CHUNK_MS)
        is_whole = answer.text.split()[:1] == [str(size)]
        lags_ms.append((answer.at_s - answer.sent_at_s[-1]) * 1000 if is_whole else float("inf"))
    return lags_ms


async def all_speakers(port: int, *, streams: int, utterances: int) -> list[float]:
    """Let several speakers send utterances at the same time; return all of their times."""
    speech = recordings(streams=streams, seconds=_LONGEST_MS / 1000)
    each = (one_speaker(port, pcm, utterances=utterances) for pcm in speech)
    return [lag_ms for lags_ms in await asyncio.gather(*each) for lag_ms in lags_ms]


def compare(servers: dict[str, Server], *, streams: int, utterances: int, repeats: int) -> bool:
    """Measure the servers in turn and print their rows.

    Return whether the bridge meets the target and no transcript is missing.
    """
    lags_ms: dict[str, list[float]] = {name: [] for name in servers}
    with ExitStack() as stack:
        ports = {
            name: stack.enter_context(running(each.new_command, server=True, tree=each.tree))[1]
            for name, each in servers.items()
        }
        for port in ports.values():
            asyncio.run(all_speakers(port, streams=streams, utterances=1))  # the warm-up
        each = -(-utterances // streams // repeats)
        for _ in range(repeats):
            for name, port in ports.items():
                lags_ms[name] += asyncio.run(all_speakers(port, streams=streams, utterances=each))
    for name, found in lags_ms.items():
        missing = found.count(float("inf"))
        print(
            f"| {streams} | {name} | {len(found)} | {median(found):.1f} "
            f"| {quantiles(found, n=10)[8]:.1f} | {missing or ''} |",
            flush=True,
        )
    all_found = [lag_ms for found in lags_ms.values() for lag_ms in found]
    return median(lags_ms[BRIDGE]) <= TARGET_MS and float("inf") not in all_found


def main() -> int:
    """Start the service, measure and print; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 20])
    parser.add_argument("--utterances", type=int, default=120, help="utterances of each server")
    parser.add_argument("--repeats", type=int, default=3, help="how often each server is measured")
    add_tree_option(parser)
    arguments = parser.parse_args()
    pin_self()
    with tempfile.TemporaryDirectory() as folder, running_sink() as url:
        bridge = bridge_at(Path(folder) / "bridge.yaml", url=url)
        servers = {
            BRIDGE: Server(new_command=bridge),
            **{str(tree): Server(new_command=bridge, tree=tree) for tree in arguments.tree},
            NAIVE: Server(new_command=lambda port: naive_command(port=port, url=url)),
        }
        print(
            "| streams | server | utterances | audio-stop to transcript, median ms | p90 ms "
            "| missing |"
        )
        met = [
            compare(
                servers,
                streams=streams,
                utterances=arguments.utterances,
                repeats=arguments.repeats,
            )
            for streams in arguments.streams
        ]
    print(f"target: at most {TARGET_MS:g} ms: {'met' if all(met) else 'MISSED'}")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
