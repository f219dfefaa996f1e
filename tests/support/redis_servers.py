"""A real Redis server on a Unix socket or a loopback port, without a file on disk."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from needed import fail_or_skip
from patience import PATIENCE_S

_SCRIPT = Path(__file__).parents[2] / "script" / "redis"


@cache
def program() -> str:
    """Return the path of the server, which may have to be installed first."""
    done = subprocess.run([str(_SCRIPT)], capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    if done.returncode:
        fail_or_skip(done.stderr.strip())
    return done.stdout.strip()


class RedisServer:
    """A server that a test can pause, or stop and start again; a stop loses everything."""

    def __init__(self, url: str, arguments: list[str]) -> None:
        self.url = url
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            "redis-server", *self._arguments, executable=program(), stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            async for line in self._process.stdout:
                if b"eady to accept connections" in line:
                    return
        raise AssertionError("the Redis server ended")

    async def stop(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.communicate()
            self._process = None

    def send_signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@asynccontextmanager
async def redis_server(url: str, *arguments: str) -> AsyncIterator[RedisServer]:
    """Run a server at ``url``. It keeps its data in memory; ``arguments`` are further options."""
    parts = urlsplit(url)
    own = ["--port", str(parts.port or 0), "--save", "", "--appendonly", "no"]
    if parts.scheme == "unix":
        own += ["--unixsocket", parts.path]
    server = RedisServer(url, [*own, *arguments])
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
