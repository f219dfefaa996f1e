"""The server's end of the zygote, the process that keeps the model in memory."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from ...engine import EngineError
from .worker import READY

__all__ = ["Zygote"]

WORKER: Final = Path(__file__).with_name("worker.py")
"""The script's path. A start by path does not import the package that contains it."""

ANSWER_BYTES: Final = 4096
"""The size of a read. All answers of the zygote are smaller."""

_VARIABLES: Final = (
    "HOME",  # a user's libraries are in this folder
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONUSERBASE",
)

END_GRACE_S: Final = 0.5
"""Half of the second that an engine may take to close. An idle zygote ends in milliseconds."""


class Zygote:
    """A process with the model in memory. Each voice is a fork of it."""

    def __init__(self, *, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control

    @classmethod
    async def start(cls, *, limit_s: float) -> Self:
        """Start the process and wait until the model is loaded.

        Raises:
            EngineError: The start failed or took longer than ``limit_s`` seconds.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                process = await _spawn(theirs.fileno())
        except BaseException:
            ours.close()
            raise
        zygote = cls(process=process, control=ours)
        try:
            await zygote._greet(limit_s)
        except BaseException:
            await zygote.end()
            raise
        return zygote

    async def _greet(self, limit_s: float) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(limit_s):
                answer = await loop.sock_recv(self._control, ANSWER_BYTES)
        except TimeoutError as err:
            raise EngineError(f"pocketsphinx did not start within {limit_s:g} s") from err
        except OSError as err:
            raise EngineError(f"pocketsphinx ended while it started: {err}") from err
        if answer != READY:
            reason = answer.decode(errors="replace") or "its process ended"
            raise EngineError(f"pocketsphinx cannot start: {reason}")

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

    def fork(self) -> socket.socket:
        """Request one more voice. The caller owns its socket, which closes if the fork fails.

        Raises:
            EngineError: The process has ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"v"], [theirs.fileno()])
            except OSError as err:
                ours.close()
                raise EngineError(f"pocketsphinx cannot start a voice: {err}") from err
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
    return {name: os.environ[name] for name in _VARIABLES if name in os.environ}


async def _spawn(control: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the script's folder is not on the path, as its modules have common names
            str(WORKER),
            str(control),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            pass_fds=(control,),
            env=_environment(),
            # In its own session, Ctrl-C in a terminal does not end the process before its finals.
            start_new_session=True,
        )
    except OSError as err:
        raise EngineError(f"pocketsphinx cannot start: {err}") from err
