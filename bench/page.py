"""Measure the CPU time that open pages take while one satellite speaks.

The same speech goes through one bridge with 0, 1 and 3 viewers of its page in turn. Compare only
ratios within one run: the milliseconds depend on the machine and its load. The exit code is 1 if
the first viewer takes more than 2 % of a core.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from processes import bridge_command, cpu_ns, free_port, pin_self, running, spread
from streams import BYTES_PER_MS, recordings, speak
from websockets.asyncio.client import ClientConnection, connect

VIEWERS: Final = (0, 1, 3)

TARGET_PERCENT: Final = 2.0
"""The most CPU time that one viewer may take while someone speaks, in percent of a core."""

_CHUNK_MS: Final = 10
"""The chunks of Home Assistant."""

_SERVICE: Final = ("serve", "--engine", "scripted", "--port")

_CONFIG: Final = """\
page: 127.0.0.1:{page}
profiles:
  kitchen:
    provider: reson8
    url: {url}/reson8
    source: client
    speculate_ms: 5000
    silence_ms: 5000
"""
"""The detector runs, as it does for a satellite, but only the client ends an utterance."""


async def cpu_ms(pid: int, port: int, page: int, speech: bytes, *, viewers: int) -> float:
    """Return the bridge's CPU time for a second of audio, in ms.

    Raises:
        RuntimeError: There is no transcript, or a viewer was shown nothing.
    """
    pages = [await _open(page) for _ in range(viewers)]
    reading = [asyncio.create_task(_read(each)) for each in pages]
    before = cpu_ns(pid)
    (answer,) = await speak(port, [speech], chunk_ms=_CHUNK_MS)
    await asyncio.sleep(0.2)  # so that the CPU time includes closing the session
    used = cpu_ns(pid) - before
    for each in pages:
        await each.close()
    shown = await asyncio.gather(*reading)
    if not answer.text or not all(shown):
        raise RuntimeError(f"transcript: {answer.text!r}; messages that pages got: {shown}")
    return used / 1e6 / (len(speech) / BYTES_PER_MS / 1000)


async def _open(page: int) -> ClientConnection:
    """Open the page as a browser does, and wait for its first message."""
    place = f"127.0.0.1:{page}"
    viewer = await connect(f"ws://{place}/live", origin=f"http://{place}", proxy=None)
    await viewer.recv()
    return viewer


async def _read(viewer: ClientConnection) -> int:
    """Read all messages, and return how many there were."""
    return len([message async for message in viewer])


@contextmanager
def bridge(folder: Path) -> Iterator[tuple[int, int, int]]:
    """Run a service and a bridge. Yield the bridge's process, its port and the port of its page."""
    page = free_port()
    path = folder / "bridge.yaml"
    with ExitStack() as stack:
        _, service = stack.enter_context(running(_service_command, server=False))
        path.write_text(_CONFIG.format(page=page, url=f"ws://127.0.0.1:{service}"))

        def command(port: int) -> Sequence[str]:
            return bridge_command(port=port, arguments=("--config", str(path)))

        process, port = stack.enter_context(running(command, server=True))
        yield process.pid, port, page


def _service_command(port: int) -> Sequence[str]:
    program = Path(sys.executable).with_name("wyoming-bridge")
    return [str(program), *_SERVICE, str(port)]


def main() -> int:
    """Measure each number of viewers in turn, and print the table.

    Return 1 if the target is missed.
    """
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=6.0, help="length of the speech")
    parser.add_argument("--repeats", type=int, default=5, help="runs with each number of viewers")
    arguments = parser.parse_args()
    pin_self()
    (speech,) = recordings(streams=1, seconds=arguments.seconds)
    costs: dict[int, list[float]] = {viewers: [] for viewers in VIEWERS}
    with tempfile.TemporaryDirectory() as folder, bridge(Path(folder)) as (pid, port, page):
        asyncio.run(cpu_ms(pid, port, page, speech, viewers=1))  # so that all modules are loaded
        for _ in range(arguments.repeats):
            for viewers in VIEWERS:
                measured = asyncio.run(cpu_ms(pid, port, page, speech, viewers=viewers))
                costs[viewers].append(measured)
    print("| open pages | CPU, ms per s of audio | ratio | more, % of a core |")
    percent: dict[int, list[float]] = {}
    for viewers, values in costs.items():
        pairs = list(zip(values, costs[0], strict=True))
        percent[viewers] = [(more - none) / 10 for more, none in pairs]
        compared = (
            f"{spread([more / none for more, none in pairs])} | {spread(percent[viewers])}"
            if viewers
            else " | "
        )
        print(f"| {viewers} | {spread(values)} | {compared} |")
    met = median(percent[1]) <= TARGET_PERCENT
    print(f"target: at most {TARGET_PERCENT:g} % of a core: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
