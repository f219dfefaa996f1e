"""Listens for Wyoming clients, and stops in order."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ..access import Access, is_loopback
from ..errors import ConfigError, RequestError, reason_of
from .access_gate import AccessGate
from .connection import Connection, EventHandler
from .handler import Handler
from .info import Program, info_data
from .read_pacer import ReadPacer
from .shared_access import SharedAccess

__all__ = ["Bound", "Listener", "WyomingService"]

_log = logging.getLogger(__name__)

_GRACE_S: Final = 0.4
"""How long open utterances may take to end when the bridge stops. The whole stop has 1 s."""

_KEEPALIVE: Final = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", socket.TCP_KEEPINTVL)): 5,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 5,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 3,
}
"""Set on the listening socket, and inherited by each client's. A client whose cable is pulled is
noticed after 20 s and its session ended, because sessions are paid for by time. macOS has another
name for the first of the times, so its own value is kept there."""

_MAX_CLIENTS: Final = 256
"""Clients at once. A house has a few. Each may need two of the 1,024 files that a process may
open."""

_READ_BYTES: Final = 64 * 1024
"""The size of the buffer that all clients share. Without it, the event loop would allocate 256 KiB
for each read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """An address to listen at, and the programs that are offered there."""

    host: str
    port: int
    """0 stands for any free port."""
    programs: Sequence[Program]
    """The default first. Home Assistant's Wyoming integration uses only the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """An address that the bridge listens at."""

    listener: Listener
    uri: str
    """``tcp://host:port``, with the configured host."""
    port: int
    hosts: tuple[str, ...]
    """The addresses of its sockets: a name can stand for several."""

    @property
    def network_hosts(self) -> tuple[str, ...]:
        """The addresses that other machines can reach."""
        return tuple(host for host in self.hosts if not is_loopback(host))


class WyomingService:
    """All listeners of one bridge."""

    def __init__(
        self, listeners: Sequence[Listener], *, version: str, access: Access | None = None
    ) -> None:
        """Prepare. Without ``access``, every client that reaches the bridge may use it."""
        self._listeners = listeners
        self._version = version
        self._access = SharedAccess(access or Access())
        self._servers: list[asyncio.Server] = []
        self._clients: dict[Connection, Handler] = {}
        self._read_into = bytearray(_READ_BYTES)
        self._read_pacer = ReadPacer()

    async def start(self) -> list[Bound]:
        """Listen at all addresses, or at none.

        Raises:
            ConfigError: An address cannot be used; the message names it and says why.
        """
        bound = []
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
                for sock in server.sockets:
                    for option, value in _KEEPALIVE.items():
                        sock.setsockopt(*option, value)
                await server.start_serving()
            except OSError as err:
                await self.stop()
                why = reason_of(err)
                raise ConfigError(
                    f"cannot listen at tcp://{listener.host}:{listener.port}: {why}"
                ) from err
            names = [sock.getsockname() for sock in server.sockets]
            port = names[0][1]
            host = f"[{listener.host}]" if ":" in listener.host else listener.host
            bound.append(
                Bound(
                    listener=listener,
                    uri=f"tcp://{host}:{port}",
                    port=port,
                    hosts=tuple(name[0] for name in names),
                )
            )
        return bound

    async def stop(self) -> None:
        """Accept no more clients, let open utterances end for a moment, then disconnect."""
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
            _log.warning("open utterances did not all end within %g s", _GRACE_S)
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
            if self._access.rules.is_open:
                return handler
            return AccessGate(connection, handler=handler, shared=self._access)

        connection = Connection(
            new_handler=new_handler,
            on_lost=self._forget,
            read_into=self._read_into,
            read_pacer=self._read_pacer,
        )
        if len(self._clients) > _MAX_CLIENTS:
            connection.turn_away(RequestError(f"max {_MAX_CLIENTS} concurrent clients reached"))
        return connection

    def _forget(self, connection: Connection) -> None:
        self._clients.pop(connection, None)
