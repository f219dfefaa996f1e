"""Listens for Wyoming clients, and stops in good order."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ..access import Access, is_loopback
from ..errors import ConfigError, reason_of
from .access_attempts import AccessAttempts
from .access_gate import AccessGate
from .connection import Connection, EventHandler
from .handler import Handler
from .info import Program, info_data
from .read_pacer import ReadPacer

__all__ = ["Bound", "Listener", "WyomingService"]

_log = logging.getLogger(__name__)

_GRACE_S: Final = 0.4
"""How long open utterances may take to end when the bridge stops: the whole stop has a second."""

_KEEPALIVE: Final = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", socket.TCP_KEEPINTVL)): 5,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 5,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 3,
}
"""Of each client, as the socket that listens hands it on. One whose cable is pulled is noticed
after 20 s, and its session ended: it is paid for by time. macOS names the first of the times
otherwise, and keeps its own."""

_MAX_CLIENTS: Final = 256
"""At once. A house has a few; each may need two of the 1,024 files that a process may open."""

_READ_BYTES: Final = 64 * 1024
"""At most at once; without a place of ours each chunk of audio is read into 256 KiB of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A place to listen at, and what is offered there."""

    host: str
    port: int
    """0: any free one."""
    programs: Sequence[Program]
    """The default first. Core's Wyoming integration sees only the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A place that is listened at."""

    listener: Listener
    uri: str
    """``tcp://host:port``, with the host as it was asked for."""
    port: int
    hosts: tuple[str, ...]
    """The addresses of its sockets: a name can stand for several."""

    @property
    def network_hosts(self) -> tuple[str, ...]:
        """The addresses that others can reach."""
        return tuple(host for host in self.hosts if not is_loopback(host))


class WyomingService:
    """All listeners of one bridge."""

    def __init__(
        self, listeners: Sequence[Listener], *, version: str, access: Access | None = None
    ) -> None:
        """Prepare; without ``access`` everybody may who reaches the bridge."""
        self._listeners = listeners
        self._version = version
        self._attempts = AccessAttempts(access or Access())
        self._servers: list[asyncio.Server] = []
        self._clients: dict[Connection, Handler] = {}
        self._read_into = bytearray(_READ_BYTES)
        self._read_pacer = ReadPacer()

    async def start(self) -> list[Bound]:
        """Listen everywhere, or nowhere.

        Raises:
            ConfigError: An address cannot be had; the message names it and says why.
        """
        places = []
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            try:
                server = await loop.create_server(
                    partial(self._connection, listener),
                    host=listener.host,
                    port=listener.port,
                    start_serving=False,
                )
                self._servers.append(server)
                for plug in server.sockets:
                    for option, value in _KEEPALIVE.items():
                        plug.setsockopt(*option, value)
                await server.start_serving()
            except OSError as err:
                await self.stop()
                why = reason_of(err)
                raise ConfigError(
                    f"cannot listen at tcp://{listener.host}:{listener.port}: {why}"
                ) from err
            names = [plug.getsockname() for plug in server.sockets]
            port = names[0][1]
            host = f"[{listener.host}]" if ":" in listener.host else listener.host
            places.append(
                Bound(
                    listener=listener,
                    uri=f"tcp://{host}:{port}",
                    port=port,
                    hosts=tuple(name[0] for name in names),
                )
            )
        return places

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
        def new_handler(connection: Connection) -> EventHandler:
            handler = Handler(
                connection,
                programs=listener.programs,
                describe=lambda: info_data(listener.programs, version=self._version),
            )
            self._clients[connection] = handler
            if self._attempts.access.is_open:
                return handler
            return AccessGate(connection, handler=handler, attempts=self._attempts)

        connection = Connection(
            new_handler=new_handler,
            on_lost=self._forget,
            read_into=self._read_into,
            read_pacer=self._read_pacer,
        )
        if len(self._clients) > _MAX_CLIENTS:
            connection.turn_away()
        return connection

    def _forget(self, connection: Connection) -> None:
        self._clients.pop(connection, None)
