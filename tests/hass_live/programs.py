"""Processes that a test starts: the bridge, the local server and Home Assistant."""

import asyncio
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self, override

from patience import PATIENCE_S
from ports import free_port
from waiting import eventually

__all__ = [
    "FRONTEND",
    "OFFLINE",
    "WATCHED",
    "LocalServer",
    "Program",
    "Started",
    "bridge",
    "free_port",
    "run_bridge",
]

_COMMAND: Final = (sys.executable, "-m", "wyoming_bridge")

WATCHED: Final = str(Path(__file__).parent / "watched")
"""A folder for PYTHONPATH. A process with this folder prints a line that begins with ``loop
import:`` for each module that the integration imports in an event loop."""

FRONTEND: Final = [folder] if (folder := os.environ.get("WYOMING_BRIDGE_FRONTEND")) else []
"""A folder for PYTHONPATH with another release of Home Assistant's frontend, if one is to be used.
The folder must contain only its package ``hass_frontend``, because Home Assistant would otherwise
notice that the release is not the one that it requires."""

OFFLINE: Final = str(Path(__file__).parent / "offline")
"""A folder for PYTHONPATH. A process with this folder can reach only this machine. If the process
tries to reach another machine, it prints a line that begins with ``offline:``."""


class Started(ABC):
    """Something that runs during a ``with`` block."""

    @abstractmethod
    async def start(self) -> None:
        """Start the program, and wait until it is ready."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop the program, and wait until it has ended."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.stop()


class Program(Started):
    """A process that runs during a ``with`` block, and whose output is written to a file."""

    def __init__(
        self,
        *command: str,
        output: Path,
        ready: re.Pattern[str] | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._command: Sequence[str] = command
        self._ready = ready
        self._cwd = cwd
        self._env = {**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}
        self._process: asyncio.subprocess.Process | None = None
        self.output = output

    @override
    async def start(self) -> None:
        """Start the process, and wait until it has printed that it is ready."""
        with self.output.open("ab") as output:
            began = output.tell()
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._cwd,
                env=self._env,
            )
        if self._ready is not None:
            await self._printed(self._ready, began)

    async def _printed(self, pattern: re.Pattern[str], began: int) -> None:
        async def look() -> bool | None:
            self.check_running()
            printed = self.output.read_bytes()[began:].decode(errors="replace")
            return True if pattern.search(printed) else None

        try:
            await eventually(look, within_s=PATIENCE_S, what=f"/{pattern.pattern}/")
        except BaseException:
            await self.kill()
            raise

    def check_running(self) -> None:
        """Raise an error with the last output if the process has ended."""
        if self._process is not None and self._process.returncode is not None:
            raise RuntimeError(
                f"{self._command[0]} ended with {self._process.returncode}:\n{self.text()[-4000:]}"
            )

    def text(self) -> str:
        """Return the output so far."""
        return self.output.read_text("utf-8", errors="replace")

    @override
    async def stop(self) -> None:
        """Terminate the process and wait until it has ended.

        Raises:
            RuntimeError: The process ended with an error.
            TimeoutError: The process did not end in time, so it was killed.
        """
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
            raise
        if self._process.returncode != 0:
            raise RuntimeError(
                f"{self._command[0]} ended with {self._process.returncode}:\n{self.text()[-4000:]}"
            )

    async def ended(self) -> int:
        """Wait until the process has ended by itself, and return its exit code.

        Raises:
            RuntimeError: The process was not started.
            TimeoutError: The process did not end in time.
        """
        if self._process is None:
            raise RuntimeError(f"{self._command[0]} was not started")
        async with asyncio.timeout(PATIENCE_S):
            return await self._process.wait()

    async def kill(self) -> None:
        """Kill the process, so that it ends as abruptly as in a power failure."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


class LocalServer(Program):
    """A local realtime server, which keeps its port after a restart."""

    def __init__(
        self, folder: Path, *, engine: str, tokens: Sequence[str], behaviour: str = ""
    ) -> None:
        """
        Args:
            folder: The folder for the server's files.
            engine: The name of the speech recognition engine.
            tokens: The only tokens that the server accepts.
            behaviour: The behaviour of the emulated services, as YAML.
        """
        self.port = free_port()
        self._tokens = folder / f"tokens-{self.port}"
        self.accept(*tokens)
        config = folder / f"serve-{self.port}.yaml"
        config.write_text(behaviour or "{}")
        super().__init__(
            *_COMMAND,
            *("serve", "--port", str(self.port), "--engine", engine),
            *("--token-file", str(self._tokens), "--config", str(config)),
            output=folder / f"serve-{self.port}.log",
            ready=re.compile(r"^Serving ", re.MULTILINE),
        )

    def accept(self, *tokens: str) -> None:
        """Accept only these tokens from the next start on."""
        self._tokens.write_text("\n".join(tokens))

    def url(self, service: str) -> str:
        """Return the URL of an emulated service."""
        return f"ws://127.0.0.1:{self.port}/{service}"


def bridge(folder: Path, *, config: str) -> Program:
    """Return a bridge that uses ``config`` as its configuration. It is not started yet."""
    file = folder / "bridge.yaml"
    file.write_text(config)
    return run_bridge(folder, "--config", str(file))


def run_bridge(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Program:
    """Return a bridge with command-line arguments. Its files are in ``folder``."""
    return Program(
        *_COMMAND,
        "run",
        *arguments,
        output=folder / "bridge.log",
        ready=re.compile(r"^Listening at ", re.MULTILINE),
        env={"STATE_DIRECTORY": str(folder / "state"), **(env or {})},
    )
