"""Measure the time from the last sample of speech to the transcript, with slow services.

The same recorded command is sent repeatedly in real time to services that answer a flush after
different delays. It is sent through the bridge, and then by a direct client of the service. The
direct client flushes at the moment at which the bridge found the end of the speech.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from direct import PROTOCOLS, directly
from mixing import Take, clip
from processes import bridge_command, pin_self, running
from streams import BYTES_PER_MS, Answer, speak
from trees import add_tree_option

DELAYS_MS: Final = (0, 100, 300, 600)
TARGET_MS: Final = 20.0
"""The longest median time from the endpoint to the transcript, with services that delay their
answer by up to 300 ms."""

_CLIP: Final = "something"
_CHUNK_MS: Final = 10

_SERVICE: Final = """\
final_delay_ms: {delay_ms}
reson8: {{segment_silence_s: 0, max_segment_s: 0}}
openai: {{agreeing_partials: 1}}
"""
_BRIDGE: Final = """\
profiles:
  kitchen: {{{profile}}}
"""
_PROFILES: Final = {
    "reson8": 'provider: reson8, url: "{url}/reson8"',
    "openai": 'provider: openai, url: "{url}/openai"',
    "vllm": 'provider: openai, url: "{url}/vllm", model: any',
}
"""The profile for each protocol."""


async def through_bridge(port: int, take: Take, *, runs: int, at_once: int) -> list[Answer]:
    """Send the command through the bridge, in several streams that start at different times."""
    answers: list[Answer] = []
    while len(answers) < runs:
        now = [take.pcm] * min(at_once, runs - len(answers))
        answers += await speak(port, now, chunk_ms=_CHUNK_MS, details=True)
    return answers


def lag_ms(answer: Answer, take: Take) -> float:
    """Return the time from sending the last sample of speech to the transcript."""
    return (answer.at_s - answer.sent_at_s[take.end_ms // _CHUNK_MS - 1]) * 1000


async def measure(
    bridge: int, url: str, take: Take, *, runs: int, at_once: int, protocol: str
) -> list[float]:
    """Measure the bridge and the direct client, and print the row.

    Return the times from the bridge's endpoint to its transcript, in ms.
    """
    answers = await through_bridge(bridge, take, runs=runs, at_once=at_once)
    lost = [answer for answer in answers if not answer.text]
    if lost:
        raise SystemExit(f"{len(lost)} of {len(answers)} commands had no transcript")
    lags = [lag_ms(answer, take) for answer in answers]
    endpoints = [answer.audio_ms - take.end_ms for answer in answers]
    direct: list[float] = []
    for start in range(0, len(answers), at_once):
        direct += await asyncio.gather(
            *(
                directly(
                    url,
                    PROTOCOLS[protocol],
                    take.pcm,
                    flush_at_ms=answer.audio_ms,
                    end_ms=take.end_ms,
                )
                for answer in answers[start : start + at_once]
            )
        )
    beyond = [lag - endpoint for lag, endpoint in zip(lags, endpoints, strict=True)]
    print(
        f"{median(endpoints):.0f} | {_both(lags)} | {_both(direct)} | {_both(beyond)} |",
        flush=True,
    )
    return beyond


def _both(values: Sequence[float]) -> str:
    return f"{median(values):.0f} | {quantiles(values, n=100)[98]:.0f}"


def main() -> int:
    """Measure each delay and print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=50, help="runs of the command per delay")
    parser.add_argument("--at-once", type=int, default=10, help="number of concurrent streams")
    parser.add_argument("--protocol", choices=tuple(_PROFILES), default="reson8")
    parser.add_argument("--delay-ms", type=int, nargs="+", default=list(DELAYS_MS))
    add_tree_option(parser)
    arguments = parser.parse_args()
    pin_self()
    take = _without_room(clip(_CLIP))
    print(f"{_CLIP}.wav, {arguments.runs} runs, {arguments.at_once} at once; all in ms")
    print(
        "| tree | service's delay | endpoint's lag | bridge, median | p99 | direct client, median "
        "| p99 | bridge beyond its endpoint, median | p99 |"
    )
    met = True
    for delay_ms in arguments.delay_ms:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            url = _service(stack, Path(folder), delay_ms=delay_ms)
            # Only the last bridge, which is that of this environment, is judged.
            for tree in (*arguments.tree, None):
                profile = _PROFILES[arguments.protocol].format(url=url)
                bridge = _bridge(stack, Path(folder), profile=profile, tree=tree)
                print(f"| {tree or 'bridge'} | {delay_ms} | ", end="")
                beyond = asyncio.run(
                    measure(
                        bridge,
                        url,
                        take,
                        runs=arguments.runs,
                        at_once=arguments.at_once,
                        protocol=arguments.protocol,
                    )
                )
        if delay_ms <= 300:
            met &= median(beyond) <= TARGET_MS
    print(f"target: at most {TARGET_MS:g} ms beyond the endpoint: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def _without_room(take: Take) -> Take:
    """Replace room noise by digital silence, because the scripted engine finds words in noise."""
    pcm = take.pcm[: take.end_ms * BYTES_PER_MS] + bytes(2500 * BYTES_PER_MS)
    return replace(take, pcm=pcm)


def _service(stack: ExitStack, folder: Path, *, delay_ms: int) -> str:
    """Start a service that answers a flush after a delay, and return its URL."""
    config = folder / "service.yaml"
    config.write_text(_SERVICE.format(delay_ms=delay_ms))
    program = str(Path(sys.executable).with_name("wyoming-bridge"))
    options = ("--engine", "scripted", "--config", str(config))
    _, port = stack.enter_context(
        running(lambda port: [program, "serve", "--port", str(port), *options], server=False)
    )
    return f"ws://127.0.0.1:{port}"


def _bridge(stack: ExitStack, folder: Path, *, profile: str, tree: Path | None) -> int:
    """Start a bridge to the service, and return its port."""
    config = folder / "bridge.yaml"
    config.write_text(_BRIDGE.format(profile=profile))
    options = ("--config", str(config))
    _, port = stack.enter_context(
        running(lambda port: bridge_command(port=port, arguments=options), server=True, tree=tree)
    )
    return port


if __name__ == "__main__":
    sys.exit(main())
