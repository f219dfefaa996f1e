"""Measure how soon Home Assistant has the text: with our integration, and with its own for Wyoming.

Both run in the same Home Assistant, use the same scripted server and get the same recordings at
the same time. Home Assistant's own integration uses a bridge that leaves the end of speech to the
client. So Home Assistant's voice detection finds the end, with its default settings.

Then our integration gets commands that are complete in the house of that Home Assistant.
"""

import argparse
import asyncio
import sys
import tempfile
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Final

from endpointing import WORDS
from mixing import CLIPS, Take, clip, word
from trees import add_tree_option, run_in_trees, source_tree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "hass_live"))

from home_commands import complete_commands

from assist import AssistRun, create_pipeline, in_real_time, room_noise, speak
from hass_client import HassClient, mapping
from live_hass import LiveHass
from programs import LocalServer, bridge, free_port

_GAIN_TARGET_MS: Final = 500
_WORD_TARGET_MS: Final = 1200
_COMPLETE_TARGET_MS: Final = 400
_SET_UP_TARGET_MS: Final = 150

_INTEGRATION: Final = source_tree() / "custom_components" / "wyoming_bridge"

_TOKEN: Final = "bench"  # noqa: S105 - made up

_LONG_WAIT_S: Final = 16.0
"""The silence after a short word. It is longer than the 15 s for which Home Assistant waits for
speech."""

_CONFIG: Final = """\
listen: tcp://127.0.0.1:{port}
profiles:
  bench: {{provider: reson8, url: "{url}", token: {token}, source: client}}
"""


def main() -> int:
    """Run the benchmark; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--repeats", type=int, default=3, help="runs of each recording")
    add_tree_option(parser)
    arguments = parser.parse_args()
    if arguments.tree:
        return run_in_trees(arguments.tree)
    return asyncio.run(measure(repeats=arguments.repeats))


async def measure(*, repeats: int) -> int:
    """Start Home Assistant, the bridge and the server, and compare. Return the exit code."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        server, port = LocalServer(folder, engine="scripted", tokens=(_TOKEN,)), free_port()
        config = _CONFIG.format(port=port, url=server.url("reson8"), token=_TOKEN)
        hass = LiveHass(folder / "hass", integration=_INTEGRATION)
        async with server, bridge(folder, config=config), hass:
            return await compare(hass, server, port=port, repeats=repeats)


async def compare(hass: LiveHass, server: LocalServer, *, port: int, repeats: int) -> int:
    """Set up both integrations, send all recordings to both, and print the results.

    Return the exit code: 1 if a target is missed.
    """
    client = hass.client
    pipelines = [
        await create_pipeline(client, engine=await ours(client, server)),
        await create_pipeline(client, engine=await core(client, port=port)),
    ]
    commands = [clip(name) for name in CLIPS] * repeats
    print("ms from the end of speech to `stt-end`; both get the same recordings at the same time\n")
    print("| | our entity, median | max | Home Assistant's Wyoming, median | max |")
    print("| --- | --- | --- | --- | --- |")
    both = await lags(client, pipelines, commands, wait_s=0)
    row(f"{len(commands)} commands", both)
    words = [
        word(name, at_ms=WORDS[name][0][0], ms=WORDS[name][0][1], before_ms=1000) for name in CLIPS
    ]
    short = await lags(client, pipelines, words, wait_s=_LONG_WAIT_S)
    row(f"{len(words)} short words", short)
    gain = median(theirs - own for own, theirs in both)
    slowest = max(own for own, _ in short)
    complete = await complete_commands(hass, repeats=repeats)
    for source, found in complete.items():
        print(f"| {len(found)} complete, {source} | {median(found):.0f} | {max(found)} | | |")
    complete_ms = median(chain.from_iterable(complete.values()))
    await hass.restart()
    set_up_ms = await set_up(client)
    print(f"\nour entity is sooner by {gain:.0f} ms (median of pairs), target >= {_GAIN_TARGET_MS}")
    print(f"short words, slowest: {slowest} ms, target <= {_WORD_TARGET_MS}")
    print(f"complete commands: {complete_ms:.0f} ms (median), target <= {_COMPLETE_TARGET_MS}")
    print(f"the integration's set-up: {set_up_ms:.0f} ms, target <= {_SET_UP_TARGET_MS}")
    met = (
        gain >= _GAIN_TARGET_MS
        and slowest <= _WORD_TARGET_MS
        and complete_ms <= _COMPLETE_TARGET_MS
        and set_up_ms <= _SET_UP_TARGET_MS
    )
    print("met" if met else "MISSED")
    return 0 if met else 1


async def lags(
    client: HassClient, pipelines: list[str], takes: list[Take], *, wait_s: float
) -> list[tuple[int, int]]:
    """Return for each take the ms from the end of speech to the text, of both integrations."""
    found = []
    for take in takes:
        pcm = take.pcm + room_noise(wait_s)
        runs = await asyncio.gather(
            *(speak(client, pipeline, in_real_time(pcm)) for pipeline in pipelines)
        )
        own, theirs = (lag(run, take) for run in runs)
        found.append((own, theirs))
    return found


def lag(run: AssistRun, take: Take) -> int:
    """Return the ms from the end of speech to the answer, which is a text or an error."""
    kinds = [event for event in run.events if event.kind in {"stt-end", "error"}]
    return kinds[0].at_ms - take.end_ms


def row(title: str, both: list[tuple[int, int]]) -> None:
    """Print one row of the table."""
    own, theirs = ([pair[which] for pair in both] for which in (0, 1))
    numbers = (median(own), max(own), median(theirs), max(theirs))
    print(f"| {title} | {' | '.join(f'{number:.0f}' for number in numbers)} |", flush=True)


async def ours(client: HassClient, server: LocalServer) -> str:
    """Add our integration and return the id of its speech-to-text entity."""
    flow = await client.start_flow("wyoming_bridge")
    flow = await client.choose(flow, "local")
    url = f"ws://127.0.0.1:{server.port}"
    flow = await client.answer(flow, url=url, protocol="reson8", token=_TOKEN)
    return await entity_of(client, flow.entry_id)


async def core(client: HassClient, *, port: int) -> str:
    """Add Home Assistant's own integration and return the id of its speech-to-text entity."""
    flow = await client.start_flow("wyoming")
    flow = await client.answer(flow, host="127.0.0.1", port=port)
    return await entity_of(client, flow.entry_id)


async def entity_of(client: HassClient, entry_id: str) -> str:
    """Return the id of the speech-to-text entity of a config entry."""
    for entity in await client.entities(entry_id):
        if str(entity["entity_id"]).startswith("stt."):
            return str(entity["entity_id"])
    raise LookupError(f"entry {entry_id} has no speech-to-text entity")


async def set_up(client: HassClient) -> float:
    """Return the set-up time of the integration in ms, as Home Assistant reports it."""
    found = await client.command("integration/setup_info")
    assert isinstance(found, list)
    (seconds,) = (
        mapping(each)["seconds"] for each in found if mapping(each)["domain"] == "wyoming_bridge"
    )
    return float(str(seconds)) * 1000


if __name__ == "__main__":
    sys.exit(main())
