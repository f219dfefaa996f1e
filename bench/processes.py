"""Server processes under measurement: started, pinned, waited for, asked what they cost."""

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

__all__ = [
    "BENCH",
    "POLL_S",
    "bridge_command",
    "cpu_ns",
    "environment",
    "free_port",
    "naive_command",
    "pin_self",
    "rss_kib",
    "running",
    "spread",
    "start",
    "verdict",
    "wait_for_port",
]

BENCH: Final = Path(__file__).resolve().parent

POLL_S: Final = 0.002
"""Between two attempts to connect to a starting server: the resolution of start times."""

_START_S: Final = 20.0
"""A server that does not listen by then never will."""

_CORES: Final = sorted(os.sched_getaffinity(0))


def bridge_command(*, port: int, arguments: Sequence[str]) -> list[str]:
    """``wyoming-bridge run`` of this environment, listening on a port."""
    program = Path(sys.executable).with_name("wyoming-bridge")
    return [str(program), "run", "--uri", f"tcp://127.0.0.1:{port}", *arguments]


def naive_command(*, port: int, url: str) -> list[str]:
    """The relay that the bridge is compared with."""
    program = str(BENCH / "naive_relay.py")
    return [sys.executable, program, "--uri", f"tcp://127.0.0.1:{port}", "--url", url]


def environment(tree: Path | None = None) -> dict[str, str]:
    """For a server: nobody's token, and the bridge from another tree if one is given."""
    values = {name: value for name, value in os.environ.items() if name != "WYOMING_BRIDGE_TOKEN"}
    if tree:
        values["PYTHONPATH"] = str(tree.resolve())
    return values


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def pin_self() -> bool:
    """Keep this process, and what it starts, off the servers' core; False on a single core."""
    if len(_CORES) > 1:
        os.sched_setaffinity(0, {_CORES[1]})
    return len(_CORES) > 1


def start(
    command: Sequence[str], *, server: bool, tree: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a program: a server under measurement on the first core, others on this one's."""

    def pin() -> None:
        if server:
            os.sched_setaffinity(0, {_CORES[0]})

    return subprocess.Popen(
        command,
        env=environment(tree),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=pin,  # noqa: PLW1509 - this process has no threads
    )


def wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a process listens.

    Raises:
        RuntimeError: It ended, or does not listen within 20 s.
    """
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(POLL_S)
        else:
            return
    raise RuntimeError(f"does not listen: {shlex.join(map(str, process.args))}")  # type: ignore[arg-type]


@contextmanager
def running(
    new_command: Callable[[int], Sequence[str]], *, server: bool, tree: Path | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process that listens on the port it was given; stopped in the end."""
    port = free_port()
    process = start(new_command(port), server=server, tree=tree)
    try:
        wait_for_port(process, port)
        yield process, port
    finally:
        process.terminate()
        process.wait()


def cpu_ns(pid: int) -> int:
    """CPU time of all threads that live, in nanoseconds; /proc/PID/stat counts in 10 ms."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


def rss_kib(pid: int) -> int:
    """Resident memory, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median and range."""
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} [{low:.{digits}f}..{high:.{digits}f}]"


def verdict(values: Sequence[float], target: float) -> str:
    """Whether the median is within a target, and whether every value agrees."""
    met = median(values) <= target
    agreed = all((value <= target) is met for value in values)
    return ("met" if met else "MISSED") + ("" if agreed else " by the median, not by every run")
