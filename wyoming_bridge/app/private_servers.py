"""The local realtime servers that run for the profiles of this process."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import LocalBackend
from ..errors import ErrorText, StoppingError

if TYPE_CHECKING:  # loaded only if a profile needs a server
    from .local_server import PrivateServer

__all__ = ["PrivateServers"]

_log = logging.getLogger(__name__)


class PrivateServers:
    """Starts a local server for each engine and model that a profile uses."""

    def __init__(self, *, on_started: Callable[["PrivateServer"], None]) -> None:
        """Start no server yet. ``on_started`` is called with each server that was started."""
        self._on_started = on_started
        self._servers: dict[tuple[str, str | None], PrivateServer] = {}
        self._starting = asyncio.Lock()
        self._is_stopped = False

    def reopen(self) -> None:
        """Allow servers to be started again after ``stop``."""
        self._is_stopped = False

    async def start(self, backend: LocalBackend) -> "PrivateServer":
        """Return the server of a backend, which is started if it does not run yet.

        Raises:
            BridgeError: The server cannot be started.
            StoppingError: ``stop`` was called.
        """
        async with self._starting:  # several profiles may be added at the same time
            if self._is_stopped:
                raise StoppingError(ErrorText.BRIDGE_STOPS)
            return self._servers.get(backend.server_key) or await self._start(backend)

    async def _start(self, backend: LocalBackend) -> "PrivateServer":
        from .local_server import PrivateServer

        model = Path(backend.model) if backend.model else None
        server = PrivateServer(engine=backend.engine, model=model)
        await server.start()
        self._servers[backend.server_key] = server
        self._on_started(server)
        _log.info("the local realtime server is listening at %s", server.url)
        return server

    def get(self, backend: LocalBackend) -> "PrivateServer":
        """Return the server of a backend, which must have been started."""
        return self._servers[backend.server_key]

    async def stop(self) -> None:
        """Stop all servers, including one that is being started. A second call does nothing.

        After this, no server can be started until ``reopen`` is called.
        """
        self._is_stopped = True
        async with self._starting:  # a start is under way for as long as an engine takes to load
            while self._servers:
                _, server = self._servers.popitem()
                await server.stop()
