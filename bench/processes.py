"""Starts server processes, pins them to a core, and measures their CPU time and memory."""

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Final

__all__ = [
    "BENCH",
    "POLL_S",
    "ProcessTree",
    "bridge_command",
    "cpu_ns",
    "environment",
    "free_port",
    "naive_command",
    "pin_self",
    "rss_kib",
    "running",
    "running_sink",
    "spread",
    "start",
    "verdict",
    "wait_for_port",
]

BENCH: Final = Path(__file__).resolve().parent

POLL_S: Final = 0.002
"""Time between two attempts to connect to a server that starts: the resolution of start times."""

_START_S: Final = 20.0
"""The longest start time of a server."""

_CORES: Final = sorted(os.sched_getaffinity(0))


def bridge_command(*, port: int, arguments: Sequence[str]) -> list[str]:
    """Return the command that runs this environment's bridge on a port."""
    program = Path(sys.executable).with_name("wyoming-bridge")
    return [str(program), "run", "--uri", f"tcp://127.0.0.1:{port}", *arguments]


def naive_command(*, port: int, url: str) -> list[str]:
    """Return the command that runs the naive relay on a port."""
    program = str(BENCH / "naive_relay.py")
    return [sys.executable, program, "--uri", f"tcp://127.0.0.1:{port}", "--url", url]


def environment(tree: Path | None = None) -> dict[str, str]:
    """Return the environment of a server. It has no token, and Python imports from ``tree``."""
    values = {name: value for name, value in os.environ.items() if name != "WYOMING_BRIDGE_TOKEN"}
    if tree:
        values["PYTHONPATH"] = str(tree.resolve())
    return values


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def pin_self() -> bool:
    """Pin this process and its children to a core that the measured servers do not use.

    Return False if there is only one core.
    """
    if len(_CORES) > 1:
        os.sched_setaffinity(0, {_CORES[1]})
    return len(_CORES) > 1


def start(
    command: Sequence[str], *, server: bool, tree: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a process: a measured server on the first core, any other program on our own core."""

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
        RuntimeError: The process ended, or does not listen within 20 s.
    """
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(POLL_S)
        else:
            return
    command = shlex.join(map(str, process.args))  # type: ignore[arg-type]
    raise RuntimeError(f"the process does not listen on port {port}: {command}")


@contextmanager
def running(
    new_command: Callable[[int], Sequence[str]], *, server: bool, tree: Path | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a process that listens on a free port, and stop it at the end."""
    port = free_port()
    process = start(new_command(port), server=server, tree=tree)
    try:
        wait_for_port(process, port)
        yield process, port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def running_sink() -> Iterator[str]:
    """Run the service that only counts bytes, and yield its base address."""
    command = [sys.executable, str(BENCH / "sink.py"), "--port"]
    with running(lambda port: [*command, str(port)], server=False) as (_, port):
        yield f"ws://127.0.0.1:{port}"


def cpu_ns(pid: int) -> int:
    """Return the CPU time of all live threads in ns.

    It is read from ``schedstat``, because the time in ``/proc/PID/stat`` has steps of 10 ms.
    """
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended meanwhile
            total += int((task / "schedstat").read_text().split()[0])
    return total


class ProcessTree:
    """The CPU time and the memory of a process and of all its descendants, including ended ones.

    Call ``look`` every 0.2 s or more often. CPU time that a process uses between the last call and
    its end is not counted.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu_ns: dict[int, int] = {}
        self.peak_rss_kib = 0
        """The most resident memory of all processes at once. Memory that several processes share
        counts several times."""

    @property
    def cpu_ns(self) -> int:
        """The CPU time of all processes so far, in ns."""
        return sum(self._cpu_ns.values())

    def look(self) -> None:
        """Read and add up the present values of all processes."""
        rss_kib_now = 0
        for pid in self.pids():
            try:
                self._cpu_ns[pid] = cpu_ns(pid)
                rss_kib_now += rss_kib(pid)
            except (FileNotFoundError, ProcessLookupError, StopIteration):
                continue  # the process has ended
        self.peak_rss_kib = max(self.peak_rss_kib, rss_kib_now)

    def pids(self) -> Iterator[int]:
        """Yield the ids of the processes that run now."""
        found, waiting = set(), [self._pid]
        while waiting:
            pid = waiting.pop()
            if pid in found:
                continue
            found.add(pid)
            yield pid
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    waiting += map(int, children.read_text().split())
                except (FileNotFoundError, ProcessLookupError):
                    continue


def rss_kib(pid: int) -> int:
    """Return the resident memory in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return median and range as text."""
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} [{low:.{digits}f}..{high:.{digits}f}]"


def verdict(values: Sequence[float], target: float) -> str:
    """Return "met" or "MISSED" for the median, and whether single values disagree."""
    met = median(values) <= target
    agreed = all((value <= target) is met for value in values)
    return ("met" if met else "MISSED") + ("" if agreed else " by the median, not by every run")
