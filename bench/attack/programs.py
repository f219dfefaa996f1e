"""Runs the bridge and the local server as they are installed, and measures them from outside."""

import asyncio
import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

__all__ = ["ROOT", "Program", "ended", "program"]

ROOT: Final = Path(__file__).resolve().parent.parent.parent

_START_S: Final = 30.0
_DRAIN_S: Final = 1.0
"""How long a program may take to end after the first signal, before it gets the second."""

_STOP_S: Final = 5.0
_SAMPLE_S: Final = 0.05
"""Time between two looks at the children, which may live for less than a second."""

_KIB: Final = 1024


class Program:
    """A program that runs. Its standard output and its log are one file."""

    def __init__(self, process: subprocess.Popen[bytes], *, name: str, log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log
        self.port = 0
        self.page_port = 0
        self.status_port = 0
        self._log_begin = 0
        self._children_kib = 0
        self._has_ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    @property
    def pid(self) -> int:
        """The process id of the program itself."""
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Whether the program still runs."""
        return self.process.poll() is None

    @property
    def is_stopped(self) -> bool:
        """Whether ``stop`` was called."""
        return self._has_ended.is_set()

    @property
    def memory_mib(self) -> float:
        """The highest resident memory of the program so far, plus that of its children.

        Memory that children share with other processes counts only in part.
        """
        return (_status_kib(self.pid, "VmHWM") + self._children_kib) / _KIB

    @property
    def log_kb(self) -> float:
        """How much the log grew since ``begin``, in kB."""
        return (self.log.stat().st_size - self._log_begin) / 1000

    def written(self) -> str:
        """Return what the program wrote since ``begin``."""
        return self.log.read_bytes()[self._log_begin :].decode(errors="backslashreplace")

    def proc(self, name: str) -> str:
        """Return the content of a file in the program's folder of ``/proc``."""
        return Path(f"/proc/{self.pid}/{name}").read_bytes().decode(errors="backslashreplace")

    def children(self) -> list[int]:
        """Return the process ids of all descendants that run."""
        return list(_descendants(self.pid))

    def begin(self) -> None:
        """Begin to measure."""
        self._log_begin = self.log.stat().st_size
        self._sampler.start()

    def wait_until_listening(self, *, has_page: bool = False, has_status: bool = False) -> None:
        """Wait for the lines that say where the program, its page and its status listen.

        Raises:
            RuntimeError: The program has ended, or takes too long.
        """
        self.port = self._port_in(rb"(?:Listening|Serving) ")
        if has_page:
            self.page_port = self._port_in(rb"Page ")
        if has_status:
            self.status_port = self._port_in(rb"the status is at ")

    def _port_in(self, line_begin: bytes) -> int:
        pattern = re.compile(line_begin + rb".*://127\.0\.0\.1:(\d+)")
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.is_running:
            if found := pattern.search(self.log.read_bytes()):
                return int(found[1])
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not listen: {self.log.read_text(errors='replace')}")

    def stop(self) -> list[str]:
        """Stop the program, and return what is wrong with how it ended.

        A bridge drains after the first signal. The second one ends the utterances of attackers.
        """
        self._has_ended.set()
        if self._sampler.is_alive():
            self._sampler.join()
        code = self.process.poll()
        if code is not None:
            return [f"{self.name} ended by itself with code {code}"]
        left = self.children()
        self.process.terminate()
        allowed = {0}
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_DRAIN_S)
            if self.process.poll() is None:
                self.process.terminate()
                allowed.add(-signal.SIGTERM)  # just before a program ends, it handles no signals
            code = self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return [f"{self.name} did not stop within {_STOP_S:g} s"]
        problems = [] if code in allowed else [f"{self.name} stopped with code {code}"]
        time.sleep(0.05)
        orphans = [pid for pid in left if _is_alive(pid)]
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if orphans:
            problems.append(f"{self.name} left {len(orphans)} processes")
        return problems

    def _sample(self) -> None:
        while not self._has_ended.wait(_SAMPLE_S):
            self._children_kib = max(
                self._children_kib, sum(map(_share_kib, _descendants(self.pid)))
            )


@contextlib.contextmanager
def program(
    name: str,
    arguments: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str] | None = None,
    max_files: tuple[int, int] | None = None,
    module: str = "wyoming_bridge",
) -> Iterator[Program]:
    """Start ``wyoming-bridge`` or another module, and kill it at the end if it still runs."""

    def limit_files() -> None:
        if max_files:
            resource.setrlimit(resource.RLIMIT_NOFILE, max_files)

    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment(folder) | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=limit_files,  # noqa: PLW1509 - it only sets a limit
        )
    running = Program(process, name=name, log=log)
    try:
        yield running
    finally:
        running.stop()


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a program: no token, no proxy, and a state folder of its own."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("WYOMING_BRIDGE") and not key.lower().endswith("_proxy")
    }
    return kept | {"PYTHONUNBUFFERED": "1", "STATE_DIRECTORY": str(folder)}


async def ended(
    arguments: Sequence[str], *, folder: Path, within_s: float, **variables: str
) -> tuple[int | None, str]:
    """Run ``wyoming-bridge`` with arguments, and return its exit code and output.

    The code is None if the command did not end within ``within_s``.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "wyoming_bridge",
        *arguments,
        cwd=ROOT,
        env=environment(folder) | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(within_s):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None, ""
    return process.returncode, output.decode(errors="backslashreplace")


def _descendants(pid: int) -> Iterator[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(each) for task in tasks for each in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from _descendants(child)


def _status_kib(pid: int, field: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), 0)


def _share_kib(pid: int) -> int:
    """Return the resident memory of a process. A page shared by n processes counts as 1/n."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]
    except OSError:
        return False
    return state != "Z"
