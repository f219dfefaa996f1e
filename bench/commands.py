"""Measure how well spoken commands are understood, and how soon, with the house and without it.

Recorded and synthetic commands, unchanged and with a pause between two words, are sent in real time
to two bridges in turn. One has the defaults and knows the house. The other has no house, repairs no
commands, and ends none early. The takes are recognised by a service that knows their words in
advance, so that only the end of speech is measured, and by the offline engines.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from command_targets import ENGINES, KNOWN, targets_of
from known_words import KnownWords
from outcomes import HEADER, Cell, Judge, Outcome, Row, write_all
from processes import ProcessTree, bridge_command, running
from spoken import SAMPLES, Spoken, Take, read, recorded, spoken, synthetic
from streams import speak
from voices import FOLDER

from wyoming_bridge.config.home import load_house
from wyoming_bridge.house.language import HouseLanguage
from wyoming_bridge.house.understanding import Understanding

PAUSES_MS: Final = (0, 300, 600, 900)
SERVICE_DELAY_MS: Final = 100
"""The time from a flush to the final text of the service that knows the words."""

_AT_ONCE: Final = {KNOWN: 15, "moonshine": 3, "pocketsphinx": 1}
"""The number of concurrent streams, by engine. All streams together must take less than one core.
A single stream of PocketSphinx takes most of a core."""

_CHUNK_MS: Final = 10
_LOOK_S: Final = 0.2
_AREA: Final = "Living Room"
"""The area of the satellite. Commands that name no area, such as "pause", refer to this area."""

_PROFILES: Final = {
    "without": 'repair: "off", commands_end_early: false',
    "with": "",
}
_BRIDGE: Final = """\
{house}
profiles:
  kitchen: {{{backend}, {settings}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A running bridge."""

    port: int
    processes: ProcessTree


def cells_of(engine: str, *, quick: bool) -> Iterator[Cell]:
    """Yield the conditions under which an engine is measured."""
    conditions: list[tuple[str, int, float | None]]
    if engine == "pocketsphinx":
        conditions = [("recorded", 0, None)]
        if not quick:
            conditions += [("recorded", 900, None)]
    elif quick:
        conditions = [("recorded", 0, None), ("recorded", 900, None), ("free", 0, None)]
    else:
        conditions = [("recorded", pause_ms, None) for pause_ms in PAUSES_MS]
        conditions += [("recorded", 0, 20.0), ("recorded", 0, 10.0), ("recorded", 900, 10.0)]
        conditions += [("voice", 0, None), ("voice", 0, 10.0), ("free", 0, None)]
        if engine == KNOWN:
            conditions += [("voice", 900, None)]
    for source, pause_ms, snr_db in conditions:
        yield Cell(engine=engine, source=source, pause_ms=pause_ms, snr_db=snr_db)


def takes_of(cell: Cell, sentences: Sequence[Spoken]) -> Iterator[Take]:
    """Yield the takes of a condition.

    A pause is in a gap between two words. In a condition with pauses and with the service that
    knows the words, each recorded command has one take per gap. In all other conditions each
    command has one take. If that take has a pause, the first command pauses in its first gap, the
    second one in its second gap, and so on.
    """
    place = 0
    for each in sentences:
        is_free = not each.sentence.is_command
        if is_free != (cell.source == "free") or cell.source not in {"free", each.sentence.source}:
            continue
        if cell.engine == KNOWN and not each.words:
            continue
        gaps: Sequence[int] = range(each.gaps) if cell.pause_ms else (0,)
        if cell.pause_ms and gaps and (cell.engine, cell.source) != (KNOWN, "recorded"):
            gaps = (place % each.gaps,)
            place += 1
        for gap in gaps:
            yield each.take(pause_ms=cell.pause_ms, gap=gap, snr_db=cell.snr_db)


async def measure(
    cells: Sequence[Cell],
    sentences: Sequence[Spoken],
    bridges: Mapping[str, Bridge],
    *,
    service: KnownWords,
    judge: Judge,
    at_once: int,
) -> list[Row]:
    """Send the takes of each condition to the bridges in turn, and print the rows."""
    rows: list[Row] = []
    for cell in cells:
        takes = sorted(takes_of(cell, sentences), key=lambda take: len(take.pcm))
        if not takes:
            continue
        service.add(takes)
        outcomes: dict[str, list[Outcome]] = {house: [] for house in bridges}
        cpu_ns = dict.fromkeys(bridges, 0)
        for start in range(0, len(takes), at_once):
            batch = takes[start : start + at_once]
            for house, bridge in bridges.items():
                bridge.processes.look()
                before_ns = bridge.processes.cpu_ns
                pcm = [take.pcm for take in batch]
                answers = await speak(bridge.port, pcm, chunk_ms=_CHUNK_MS, details=True)
                bridge.processes.look()
                cpu_ns[house] += bridge.processes.cpu_ns - before_ns
                outcomes[house] += map(judge.of, batch, answers)
        for house, found in outcomes.items():
            cpu_s = cpu_ns[house] / 1e9 / len(takes)
            rows.append(Row(cell=cell, house=house, outcomes=found, cpu_s=cpu_s))
            print(rows[-1], flush=True)
    return rows


async def measure_engine(
    engine: str,
    sentences: Sequence[Spoken],
    *,
    quick: bool,
    judge: Judge,
    at_once: int,
    service_delay_ms: int,
) -> list[Row]:
    """Measure all conditions of an engine, and print its rows and the memory of the bridges."""
    service = KnownWords(flush_delay_s=service_delay_ms / 1000)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        async with service.listening() as url:
            backend = f"provider: local, engine: {engine}"
            if engine == KNOWN:
                backend = f'provider: reson8, url: "{url}"'
            bridges = {
                house: _bridge(stack, Path(folder), house=house, backend=backend)
                for house in _PROFILES
            }
            looking = asyncio.create_task(_look(bridges.values()))
            try:
                await _warm_up(bridges, sentences, service)
                rows = await measure(
                    list(cells_of(engine, quick=quick)),
                    sentences,
                    bridges,
                    service=service,
                    judge=judge,
                    at_once=at_once,
                )
            finally:
                looking.cancel()
                with suppress(asyncio.CancelledError):
                    await looking
    for house, bridge in bridges.items():
        mib = bridge.processes.peak_rss_kib / 1024
        print(f"memory of {engine} {house} the house, all processes: at most {mib:.0f} MiB")
    return rows


def _bridge(stack: ExitStack, folder: Path, *, house: str, backend: str) -> Bridge:
    config = folder / f"{house}.yaml"
    key = f"house: {SAMPLES / 'house.yaml'}" if house == "with" else ""
    config.write_text(_BRIDGE.format(house=key, backend=backend, settings=_PROFILES[house]))
    options = ("--config", str(config))
    process, port = stack.enter_context(
        running(lambda port: bridge_command(port=port, arguments=options), server=False)
    )
    return Bridge(port=port, processes=ProcessTree(process.pid))


async def _look(bridges: Collection[Bridge]) -> None:
    while True:
        for bridge in bridges:
            bridge.processes.look()
        await asyncio.sleep(_LOOK_S)


async def _warm_up(
    bridges: Mapping[str, Bridge], sentences: Sequence[Spoken], service: KnownWords
) -> None:
    """Send each bridge a command twice, without counting the answers.

    Otherwise the first takes would be slower, because a bridge prepares its house only after it has
    started.
    """
    take = sentences[0].take(pause_ms=0, gap=0, snr_db=30)
    service.add([take])
    for bridge in bridges.values():
        for _ in range(2):
            await speak(bridge.port, [take.pcm], chunk_ms=_CHUNK_MS)


def main() -> int:
    """Measure the engines, print the table and the targets; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer conditions; 7 min")
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--voices", type=Path, default=FOLDER, help="folder that voices.py wrote")
    parser.add_argument(
        "--outcomes", type=Path, help="also write the results of all takes to this file"
    )
    parser.add_argument("--service-delay-ms", type=int, default=SERVICE_DELAY_MS)
    arguments = parser.parse_args()
    house = load_house(SAMPLES / "house.yaml", key="house")
    judge = Judge(Understanding(house, area=_AREA), HouseLanguage(house))
    made = synthetic(arguments.voices)
    if not made:
        print(f"no synthetic voices in {arguments.voices}: run bench/voices.py to make them")
    sentences = [spoken(each) for each in (*recorded(), *made, *read())]
    print(HEADER, flush=True)
    rows: list[Row] = []
    for engine in arguments.engine:
        rows += asyncio.run(
            measure_engine(
                engine,
                sentences,
                quick=arguments.quick,
                judge=judge,
                at_once=_AT_ONCE[engine],
                service_delay_ms=arguments.service_delay_ms,
            )
        )
    if arguments.outcomes:
        write_all(arguments.outcomes, rows)
    print("\ntargets:")
    targets = list(targets_of(rows))
    for target, met in targets:
        print(f"  {target}: {'met' if met else 'MISSED'}")
    return 0 if all(met for _, met in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
