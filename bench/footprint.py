"""Measure what an idle bridge takes: memory, start time, and the imports that cause both."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from processes import (
    bridge_command,
    cpu_ns,
    environment,
    free_port,
    naive_command,
    pin_self,
    rss_kib,
    spread,
    start,
    verdict,
    wait_for_port,
)
from trees import add_tree_option

TARGET_RSS_MIB: Final = 32.0
TARGET_START_S: Final = 0.4

_SETTLE_S: Final = 0.3
"""The wait between the open port and reading the memory. Meanwhile the bridge frees the memory that
only its start needed."""

_SHOWN_IMPORTS: Final = 12
_UNWANTED: Final = (
    "aiohttp",
    "numpy",
    "soxr",
    "rich",
    "pocketsphinx",
    "prometheus_client",
    "redis",
    "urllib.request",
)
"""Libraries that a bridge with remote services does not need."""

# The bridge does not connect before an utterance, so no server has to listen at this port.
_NOWHERE: Final = "ws://127.0.0.1:9"
_OPTIONS: Final = ("--provider", "reson8", "--url", _NOWHERE)

_CONFIG: Final = """\
profiles:
  one: {provider: reson8, token: made-up}
  two: {provider: elevenlabs, token: made-up}
  three: {provider: scriptix, token: made-up}
"""
"""Profiles with the services' own addresses, so that TLS is prepared."""

_STATUS: Final = "status: 127.0.0.1:0\n"

# Runs the command with its arguments, then prints the loaded modules.
_LOADED: Final = """\
import sys
from wyoming_bridge.cli import main
main(sys.argv[1:])
print(*sorted(sys.modules))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A way to start a server."""

    name: str
    new_command: Callable[[int], Sequence[str]]
    """Returns the command for a port."""
    tree: Path | None = None
    """The source tree that the bridge is imported from; None stands for this environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The measurements of one start."""

    rss_mib: float
    port_open_s: float
    cpu_s: float
    """CPU time until the port was open. It is more reliable than the clock on a busy machine."""


def measure(variant: Variant) -> Start:
    """Start a server, wait until it listens, measure it, and stop it."""
    port = free_port()
    begin = time.monotonic()
    process = start(variant.new_command(port), server=True, tree=variant.tree)
    try:
        wait_for_port(process, port)
        port_open_s = time.monotonic() - begin
        cpu_s = cpu_ns(process.pid) / 1e9
        time.sleep(_SETTLE_S)
        rss_mib = rss_kib(process.pid) / 1024
        return Start(rss_mib=rss_mib, port_open_s=port_open_s, cpu_s=cpu_s)
    finally:
        process.terminate()
        process.wait()


def variants(config: Path, watched: Path, trees: Sequence[Path]) -> list[Variant]:
    """Return the servers to measure. The last one is the reference."""
    made = []
    for tree in (None, *trees):
        name = str(tree or "bridge")
        for what, options in (
            ("one profile", _OPTIONS),
            ("3 profiles, TLS", ("--config", str(config))),
            ("the same with status", ("--config", str(watched))),
        ):
            made.append(
                Variant(
                    name=f"{name}, {what}",
                    new_command=lambda port, options=options: bridge_command(  # type: ignore[misc]
                        port=port, arguments=options
                    ),
                    tree=tree,
                )
            )
    naive = Variant(
        name="naive relay", new_command=lambda port: naive_command(port=port, url=_NOWHERE)
    )
    return [*made, naive]


def compare(measured: Sequence[Variant], repeats: int) -> None:
    """Start all variants in turn and print the table."""
    measured = [variant for variant in measured if _starts(variant)]
    starts: dict[str, list[Start]] = {variant.name: [] for variant in measured}
    for _ in range(repeats):
        for variant in measured:
            starts[variant.name].append(measure(variant))
    print(f"Median [min..max] of {repeats} starts")
    tables: list[tuple[str, Callable[[Start], float], float | None]] = [
        ("Idle memory (VmRSS), MiB", lambda each: each.rss_mib, TARGET_RSS_MIB),
        ("From exec to the open port, s", lambda each: each.port_open_s, TARGET_START_S),
        ("CPU until the port is open, s", lambda each: each.cpu_s, None),
    ]
    for title, value, target in tables:
        print(f"\n{title}")
        values = {name: [value(each) for each in done] for name, done in starts.items()}
        naive = values[measured[-1].name]
        for name, each in values.items():
            _row(name, each, naive, target)


def _starts(variant: Variant) -> bool:
    """Start a server once, to fill the disk cache and to compile its modules.

    Return False if it does not start because an older source tree lacks a setting.
    """
    try:
        measure(variant)
    except RuntimeError as error:
        if variant.tree is None:
            raise
        print(f"left out: {variant.name}: {error}")
        return False
    return True


def _row(name: str, values: Sequence[float], naive: Sequence[float], target: float | None) -> None:
    parts = [f"  {name:28} {spread(values, 3):30}"]
    if values is not naive:
        ratios = [ours / theirs for ours, theirs in zip(values, naive, strict=True)]
        parts.append(f"x{median(ratios):.2f}")
    if target and values is not naive:
        parts.append(f"target <= {target:g}: {verdict(values, target)}")
    print("  ".join(parts).rstrip())


def import_times(tree: Path | None, repeats: int) -> dict[str, float]:
    """Return the median time in ms that each module's own code takes when the bridge starts."""
    times: dict[str, list[float]] = {}
    for _ in range(repeats):
        lines = _run_once(["-X", "importtime", "-m", "wyoming_bridge"], _OPTIONS, tree).stderr
        for line in lines.splitlines():
            match line.removeprefix("import time:").split("|"):
                case [own, _, name] if own.strip().isdigit():
                    times.setdefault(name.strip(), []).append(int(own) / 1000)
                case _:
                    pass
    return {name: median(values) for name, values in times.items()}


def unwanted(options: Sequence[str], names: Sequence[str], tree: Path | None) -> list[str]:
    """Return which of the modules in ``names`` a running bridge has loaded."""
    loaded = _run_once(["-c", _LOADED], options, tree).stdout.splitlines()[-1].split()
    assert "wyoming_bridge.cli.main" in loaded, "the output is not a list of modules"
    return [name for name in names if name in loaded]


def _run_once(
    how: Sequence[str], options: Sequence[str], tree: Path | None
) -> subprocess.CompletedProcess[str]:
    """Run the bridge until shortly after it listens, and return its output.

    Raises:
        RuntimeError: The bridge failed, so its output is incomplete.
    """
    # -P: use the requested tree, not the one in the current directory.
    command = [sys.executable, "-P", *how, "run", "--uri", "tcp://127.0.0.1:0", *options]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, env=environment(tree), stdout=subprocess.PIPE, stderr=errors, text=True
        )
        assert process.stdout
        first = process.stdout.readline()
        time.sleep(_SETTLE_S)  # the bridge handles signals only some time after its first line
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate()
        errors.seek(0)
        if process.returncode:
            raise RuntimeError(
                f"the bridge ended with {process.returncode}: {errors.read()[-500:]}"
            )
        return subprocess.CompletedProcess(command, process.returncode, first + rest, errors.read())


def report_imports(config: Path, tree: Path | None, repeats: int) -> None:
    """Print the imports, their time, and modules that should not be loaded."""
    times = import_times(tree, repeats)
    own = sum(value for name, value in times.items() if name.startswith("wyoming_bridge"))
    print(
        f"\nImports of {tree or 'the bridge'}: {len(times)} modules, {sum(times.values()):.0f} ms "
        f"under -X importtime, of which {own:.0f} ms in our own modules; the slowest modules:"
    )
    for name in sorted(times, key=times.__getitem__, reverse=True)[:_SHOWN_IMPORTS]:
        print(f"  {times[name]:6.2f} ms  {name}")
    for what, options, names in (
        ("one profile", _OPTIONS, (*_UNWANTED, "yaml")),
        ("configuration file", ("--config", str(config)), _UNWANTED),
    ):
        found = unwanted(options, names, tree)
        print(f"  loaded without need, {what}: {', '.join(found) or 'nothing'}")
        print(f"    (checked: {', '.join(names)})")


def main() -> int:
    """Measure the servers and the imports, and print the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5, help="starts of each server")
    add_tree_option(parser)
    arguments = parser.parse_args()
    pin_self()
    with tempfile.TemporaryDirectory() as folder:
        config, watched = Path(folder) / "bridge.yaml", Path(folder) / "status.yaml"
        config.write_text(_CONFIG)
        watched.write_text(_STATUS + _CONFIG)
        compare(variants(config, watched, arguments.tree), arguments.repeats)
        for tree in (None, *arguments.tree):
            report_imports(config, tree, arguments.repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
