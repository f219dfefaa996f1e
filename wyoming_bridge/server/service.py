"""Listens for Wyoming clients, and stops in good order."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ..errors import ConfigError, reason_of
from .connection import Connection
from .handler import Handler
from .info import Program, info_data

__all__ = ["Listener", "WyomingService"]

_log = logging.getLogger(__name__)

_GRACE_S: Final = 0.4
"""How long open utterances may take to end when the bridge stops: the whole stop has a second."""

_MAX_CLIENTS: Final = 256
"""At once. A house has a few; each may need two of the 1,024 files that a process may open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A place to listen at, and what is offered there."""

    host: str
    port: int
    """0: any free one."""
    programs: Sequence[Program]
    """The default first. Core's Wyoming integration sees only the first."""


class WyomingService:
    """All listeners of one bridge."""

    def __init__(self, listeners: Sequence[Listener], *, version: str) -> None:
        self._listeners = listeners
        self._version = version
        self._servers: list[asyncio.Server] = []
        self._clients: dict[Connection, Handler] = {}

    async def start(self) -> list[tuple[str, Listener]]:
        """Listen everywhere, or nowhere; gives the addresses as ``tcp://host:port``.

        Raises:
            ConfigError: An address cannot be had; the message names it and says why.
        """
        addresses = []
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            try:
                server = await loop.create_server(
                    partial(self._connection, listener),
                    host=listener.host,
                    port=listener.port,
                )
            except OSError as err:
                await self.stop()
                why = reason_of(err)
                raise ConfigError(
                    f"cannot listen at tcp://{listener.host}:{listener.port}: {why}"
                ) from err
            self._servers.append(server)
            port = server.sockets[0].getsockname()[1]
            host = f"[{listener.host}]" if ":" in listener.host else listener.host
            addresses.append((f"tcp://{host}:{port}", listener))
        return addresses

    async def stop(self) -> None:
        """Take no more clients; let open utterances end, for a moment; then disconnect."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        handlers = list(self._clients.values())
        for handler in handlers:
            handler.finish()
        try:
            async with asyncio.timeout(_GRACE_S):
                for handler in handlers:
                    await handler.done()
        except TimeoutError:
            _log.warning("not every open utterance ended in time")
        for connection, handler in list(self._clients.items()):
            handler.stop()
            connection.close()
        for handler in handlers:
            await handler.done()

    def _connection(self, listener: Listener) -> Connection:
        def new_handler(connection: Connection) -> Handler:
            handler = Handler(
                connection,
                programs=listener.programs,
                describe=lambda: info_data(listener.programs, version=self._version),
            )
            self._clients[connection] = handler
            return handler

        connection = Connection(new_handler=new_handler, on_lost=self._forget)
        if len(self._clients) > _MAX_CLIENTS:
            connection.turn_away()
        return connection

    def _forget(self, connection: Connection) -> None:
        self._clients.pop(connection, None)
