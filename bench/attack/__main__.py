"""The command ``script/attack``: tries all attacks and prints a table."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from wyoming_bridge.errors import alternatives

from .campaign import ATTACKS, SPEECH_S, tried
from .programs import ROOT
from .report import HEADER, Outcome, exit_code, in_page, origin, row, summary

MODULES: Final = (
    "on_events",
    "on_houses",
    "on_places",
    "on_access",
    "on_tls",
    "on_balancers",
    "on_status",
    "on_server",
    "on_page",
    "on_page_visits",
    "on_recognisers",
    "on_media",
    "by_media_servers",
    "by_services",
    "by_services_without_end",
    "by_home_assistant",
    "by_bridges",
    "on_machine",
)
"""The modules with attacks, in the order of the table."""


_PAGE: Final = ROOT / "docs" / "security.md"
"""The page with the table."""


def load_attacks() -> None:
    """Import all attacks."""
    for name in MODULES:
        import_module(f".{name}", __package__)


async def campaign(
    names: Sequence[str],
    *,
    seconds: float,
    minutes: float,
    judges: bool,
    logs: Path | None = None,
    load: list[float],
) -> tuple[list[Outcome], list[str]]:
    """Try the attacks one after another, and print a row for each.

    Return the outcomes, and the names of the attacks that were not tried within ``minutes``. Add
    the load average after each attack to ``load``.
    """
    ends_at = time.monotonic() + minutes * 60
    outcomes: list[Outcome] = []
    print(HEADER, flush=True)
    for at, name in enumerate(names):
        if time.monotonic() > ends_at:
            return outcomes, list(names[at:])
        outcomes.append(await tried(ATTACKS[name], seconds=seconds, judges=judges, logs=logs))
        print(row(outcomes[-1]), flush=True)
        load.append(os.getloadavg()[0])
    return outcomes, []


def main() -> int:
    """Try the attacks, and print the table.

    Return 0 if the programs withstood all attacks. Return 1 if an attack broke something, or if
    there was no time to try all of them.
    """
    load_attacks()
    parser = argparse.ArgumentParser(
        prog="script/attack",
        description="Attack the real programs on loopback, and print which attacks they withstood.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="attacks to try (default: all of them)"
    )
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--seconds", type=float, default=SPEECH_S, help="length of a flood")
    parser.add_argument(
        "--minutes", type=float, default=35.0, help="after this time, begin no more attacks"
    )
    parser.add_argument(
        "--no-limits",
        action="store_true",
        help="show the figures without judging them, on a machine that is busy",
    )
    parser.add_argument(
        "--docs",
        action="store_true",
        help="try all attacks, and replace the table in docs/security.md",
    )
    parser.add_argument("--logs", type=Path, metavar="DIR", help="keep the programs' logs there")
    options = parser.parse_args()
    if options.list:
        print("\n".join(ATTACKS))
        return 0
    unknown = [name for name in options.names if name not in ATTACKS]
    if unknown:
        others = alternatives(unknown[0], ATTACKS, rest="script/attack --list")
        parser.error(f"no attack named {unknown[0]!r}{others}")
    if options.docs and (options.names or options.no_limits):
        parser.error("--docs needs all attacks and their limits, so that the table is from one run")
    if options.logs:
        options.logs.mkdir(parents=True, exist_ok=True)
    began, load = time.monotonic(), [os.getloadavg()[0]]
    outcomes, not_tried = asyncio.run(
        campaign(
            options.names or list(ATTACKS),
            seconds=options.seconds,
            minutes=options.minutes,
            judges=not options.no_limits,
            logs=options.logs,
            load=load,
        )
    )
    if options.docs and not not_tried:
        said = origin(
            outcomes,
            minutes=(time.monotonic() - began) / 60,
            cores=os.cpu_count() or 1,
            load=load,
        )
        _PAGE.write_text(in_page(_PAGE.read_text(), outcomes, said=said))
    print(f"\n{summary(outcomes, not_tried=not_tried)}")
    return exit_code(outcomes, not_tried=not_tried)


if __name__ == "__main__":
    sys.exit(main())
