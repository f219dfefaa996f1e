"""The process in which a decoder's worker runs, as its parent sees it."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final, Self

from .worker.messages import GROWN, HEADER, DecodingTask, Kind

__all__ = ["BUFFER_BYTES", "WorkerProcess"]

_LAUNCHER: Final = Path(__file__).with_name("worker") / "launch.py"
"""The worker's script. It is started by its path, so that it does not import this package."""

BUFFER_BYTES: Final = 64 * 1024
"""The most bytes that this process buffers for each pipe: a few seconds of encoded audio, or 2 s of
decoded audio."""


class WorkerProcess:
    """A worker that runs, its input, and the messages that it sends."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("stdin and stdout of the process must be pipes")
        self._process = process
        self.stdin: asyncio.StreamWriter = process.stdin
        """Takes the encoded audio."""
        self._stdout: asyncio.StreamReader = process.stdout

    @classmethod
    async def start(cls, task: DecodingTask) -> Self:
        """Start a worker.

        Raises:
            OSError: The process cannot be started.
        """
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-SP",  # import only from PYTHONPATH, and not from the script's folder
                str(_LAUNCHER),
                json.dumps(asdict(task)),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                limit=BUFFER_BYTES,
                env=_environment(),
                # The process has its own session, so that Ctrl-C in a terminal does not stop it.
                start_new_session=True,
            )
        )

    async def message(self) -> tuple[Kind, bytes]:
        """Return the next message.

        Raises:
            IncompleteReadError: The process has ended.
        """
        kind, size = HEADER.unpack(await self._stdout.readexactly(HEADER.size))
        return Kind(kind.decode()), await self._stdout.readexactly(size)

    def let_grow(self) -> None:
        """Answer ``Kind.GROW``: the worker may take all of its memory."""
        with suppress(ProcessLookupError):  # it has crashed, which ``message`` finds out
            self._process.send_signal(GROWN)

    def kill(self) -> None:
        """Kill the process, if it still runs."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> None:
        """Wait until the process has ended. It must have been killed, and its input closed."""
        await self._stdout.read()  # unread data would keep the pipe's transport open
        await self._process.wait()

    async def crash(self) -> str:
        """Return why the process ended, for a process that ended without ENDED or FAILED."""
        code = await self._process.wait()
        if code == -signal.SIGPROF:
            return "the decoder made no progress and was ended"
        return f"the decoder crashed ({_name_of(code)})"


def _name_of(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"


def _environment() -> dict[str, str]:
    """Return the variables that the process needs to find its libraries, and no secrets."""
    environment = {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT"):
        if name in os.environ:
            environment[name] = os.environ[name]
    return environment
