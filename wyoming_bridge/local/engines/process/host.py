"""The server's end of the process that keeps the model of an engine in memory."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from ...engine import EngineError
from .wire import READY, VOICE

__all__ = ["Host", "Program"]

_LAUNCHER: Final = Path(__file__).with_name("launch.py")
"""The path of the script that the process runs. Python starts a script by its path, and so does not
import the package that contains it."""

_FOLDER: Final = Path(__file__).resolve().parents[len(__name__.split(".")) - 1]
"""The folder that contains the package."""

ANSWER_BYTES: Final = 4096
"""The size of a read. All answers of a host are smaller."""

_VARIABLES: Final = (
    "HOME",  # Python finds the libraries that a user has installed in this folder
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONUSERBASE",
)

_SILENT: Final = {"ORT_DISABLE_TELEMETRY": "1"}
"""onnxruntime 1.32 reports its use to its makers, with an id that it keeps in the home folder,
unless this variable is set."""

END_GRACE_S: Final = 0.5
"""The longest wait for the end of a host before it is killed: half of the second that an engine may
take to close. An idle host ends in milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What the process of an engine runs."""

    name: str
    """The engine's name, for errors."""
    worker: str
    """The module with the ``main`` of the process, relative to the folder of the engines.

    ``main`` gets the descriptor of the control socket, and then the arguments, all as text.
    """
    arguments: tuple[str, ...] = ()


class Host:
    """A process with a model in memory. It gets one socket for each voice."""

    def __init__(
        self, *, program: Program, process: asyncio.subprocess.Process, control: socket.socket
    ) -> None:
        self._program = program
        self._process = process
        self._control = control

    @classmethod
    async def start(cls, program: Program, *, limit_s: float) -> Self:
        """Start the process and wait until the model is loaded.

        Raises:
            EngineError: The start failed or took longer than ``limit_s`` seconds.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                process = await _spawn(program, theirs.fileno())
        except BaseException:
            ours.close()
            raise
        host = cls(program=program, process=process, control=ours)
        try:
            await host._greet(limit_s)
        except BaseException:
            await host.end()
            raise
        return host

    async def _greet(self, limit_s: float) -> None:
        loop = asyncio.get_running_loop()
        name = self._program.name
        try:
            async with asyncio.timeout(limit_s):
                answer = await loop.sock_recv(self._control, ANSWER_BYTES)
        except TimeoutError as err:
            raise EngineError(f"{name} did not start within {limit_s:g} s") from err
        except OSError as err:
            raise EngineError(f"{name} ended while it started: {err}") from err
        if answer != READY:
            reason = answer.decode(errors="replace") or "its process ended"
            raise EngineError(f"{name} cannot start: {reason}")

    @property
    def pid(self) -> int:
        """The id of the process, and of the process group with its voices."""
        return self._process.pid

    @property
    def gone(self) -> bool:
        """Whether the process has ended unexpectedly."""
        try:
            return self._control.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def connect(self, kind: bytes = VOICE) -> socket.socket:
        """Request one more voice, or a conversation of another kind, and return its socket.

        The caller owns the socket. If the process cannot begin, it closes the other end of the
        socket.

        Raises:
            EngineError: The process has ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [kind], [theirs.fileno()])
            except OSError as err:
                ours.close()
                raise EngineError(f"the {self._program.name} process has ended: {err}") from err
        return ours

    async def end(self) -> None:
        """End the process and the remaining voices, by force if necessary."""
        self._control.close()
        try:
            async with asyncio.timeout(END_GRACE_S):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            # No time limit is needed, because no process survives SIGKILL.
            await self._process.wait()


def _environment() -> dict[str, str]:
    """Return only the environment variables that Python needs to find its libraries.

    Other variables often contain tokens.
    """
    return {name: os.environ[name] for name in _VARIABLES if name in os.environ} | _SILENT


async def _spawn(program: Program, control: int) -> asyncio.subprocess.Process:
    engines = __name__.rsplit(".", 2)[0]
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # do not import from the script's folder: its modules have common names
            str(_LAUNCHER),
            str(_FOLDER),
            f"{engines}.{program.worker}",
            str(control),
            *program.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            pass_fds=(control,),
            env=_environment(),
            # The process has its own session, so that Ctrl-C in a terminal does not end it before
            # it has sent the last finals.
            start_new_session=True,
        )
    except OSError as err:
        raise EngineError(f"{program.name} cannot start: {err}") from err
