"""The local realtime server on the network: all services on one port."""

import logging
import socket
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from ..access import is_loopback
from ..errors import ConfigError
from ..listening import AddressWait, bind
from ..providers.contract import HttpAnswer
from ..providers.emulator import ServiceEmulator
from ..providers.registry import PROVIDERS
from ..providers.server_index import ServerIndex
from ..web.connection import Connection
from ..web.host_guard import HostGuard
from ..web.server import Handler, WebServer, connection_of, headers_of
from .behaviour import Behaviour
from .engine import Engine, EngineError, Learner, Scorer
from .faults import Fault
from .rare_log import RareLog
from .requests import Refusals, written
from .routes import Routes
from .socket_sessions import SocketSessions

__all__ = ["LocalServer"]

_log = logging.getLogger(__name__)

_RECEIVE_BUFFER_BYTES: Final = 16 * 1024
"""The size of the receive buffer: half a second of audio. All of it is read and parsed in one round
of the event loop, unless the inbox is full. With 64 KiB, eight clients that sent small messages as
fast as they could delayed the others by 75 ms at the median; with 16 KiB, by 18 ms."""


class LocalServer:
    """Serves the protocols of all services with one engine."""

    def __init__(
        self,
        *,
        engine: Engine,
        host: str = "127.0.0.1",
        port: int = 0,
        tokens: frozenset[str] = frozenset(),
        is_private: bool = False,
        fault: Fault | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:
        """Create a server without starting it.

        Without tokens, or with ``is_private``, the server accepts only requests that name its own
        host or one of ``behaviour.hosts``, and no requests of web pages from other hosts.

        Raises:
            ConfigError: There are no tokens, and the network can reach the host.
        """
        if not tokens and not is_loopback(host):
            raise ConfigError(
                f"a server at {host} can be reached from the network and needs tokens; "
                "without tokens it must listen at an address of this machine, such as 127.0.0.1"
            )
        behaviour = behaviour or Behaviour()
        self.url = ""
        """Base address, ``ws://host:port``. ``start`` sets it."""
        self._engine = engine
        self._host = host
        self._port = port
        self._emulators: Sequence[ServiceEmulator] = [
            emulator
            for provider in PROVIDERS.values()
            for emulator in provider.new_emulators(
                tokens, engine.language, behaviour.of(provider.behaviour_class())
            )
        ]
        self._behaviour = behaviour
        self._is_guarded = is_private or not tokens
        self._guard: HostGuard | None = None
        self._refusals = Refusals(self._emulators)
        refused = RareLog(_log)
        self._sessions = SocketSessions(
            engine=engine, behaviour=behaviour, fault=fault or behaviour.fault, refused=refused
        )
        self._routes = Routes(
            self._emulators,
            engine=engine,
            sessions=self._sessions,
            limit_s=behaviour.request_timeout_s,
            refused=refused,
        )
        self._server: WebServer | None = None

    @property
    def fault(self) -> Fault | None:
        """The fault of the sessions that begin from now on.

        When it is set, the count of sessions with the fault starts again: see ``Fault.times``.
        """
        return self._sessions.fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._sessions.fault = fault

    @property
    def sessions(self) -> int:
        """The number of open websockets."""
        return len(self._sessions)

    @property
    def scorer(self) -> Scorer | None:
        """The engine if it can score sentences, else None."""
        return self._engine if isinstance(self._engine, Scorer) else None

    @property
    def learner(self) -> Learner | None:
        """The engine if it can learn sentences, else None."""
        return self._engine if isinstance(self._engine, Learner) else None

    @property
    def engine(self) -> str:
        """The name of the engine."""
        return self._engine.name

    @property
    def language(self) -> str:
        """The language that the engine recognises, ISO 639-1."""
        return self._engine.language

    async def start(self) -> None:
        """Start the engine, listen, and set ``url``.

        If the address does not exist yet, wait for it, at most ``listen_timeout_s`` of the
        behaviour.

        Raises:
            ConfigError: The address cannot be used, or the engine cannot start.
            ListenError: The machine did not have the address in time.
        """
        try:
            await self._engine.start()
        except EngineError as err:
            raise ConfigError(f"engine {self._engine.name}: {err}") from err
        try:
            await self._listen()
        except BaseException:  # the start may be cancelled while it waits
            await self.stop()
            raise

    async def _listen(self) -> None:
        wait = AddressWait(self._behaviour.listen_timeout_s)
        sockets = await bind(self._host, self._port, wait=wait)
        for sock in sockets:  # accepted sockets inherit this option
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        host, port = sockets[0].getsockname()[:2]
        if self._is_guarded:
            self._guard = HostGuard(port=port, hosts=self._behaviour.hosts)
        app = web.Application(middlewares=[self._admit])
        app.add_routes([web.get("/", self._index), *self._routes.all()])
        self._server = WebServer(
            app,
            max_connections=self._behaviour.max_connections,
            request_timeout_s=self._behaviour.request_timeout_s,
        )
        await self._server.start(sockets)
        self.url = f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"

    async def stop(self) -> None:
        """End all sessions and the engine. Calling it again does nothing."""
        if self._server:
            self._server.refuse_new()
        await self._sessions.close()
        if self._server:
            await self._server.stop()
            self._server = None
        await self._engine.close()

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer every request, including requests for unknown paths."""
        try:
            refusal = self._refusal(request, connection_of(request))
            return written(refusal) if refusal else await handler(request)
        except web.HTTPException as error:
            return self._refusals.of_error(request, error)

    def _refusal(self, request: web.Request, connection: Connection) -> HttpAnswer | None:
        """Return the refusal of a request; None if a service may handle the request."""
        problem = self._guard.problem(headers_of(request)) if self._guard else None
        if problem:
            _log.debug("refused a request: %s", problem)
            return self._refusals.refusal(request, 403, problem)
        if connection.is_refused:
            text = f"max {self._behaviour.max_connections} concurrent connections reached"
            return self._refusals.refusal(request, 503, text)
        return None

    @property
    def paths(self) -> list[tuple[str, str]]:
        """The method and path of each route of the services. A path can have a ``{variable}``."""
        return [(route.method, route.path) for route in self._routes.all()]

    async def _index(self, _request: web.Request) -> web.Response:
        """List the services and their websockets, for Home Assistant or a user with a browser."""
        index = ServerIndex(
            engine=self._engine.name,
            language=self._engine.language,
            services={
                emulator.name: [f"/{emulator.name}{path}" for path in emulator.websockets]
                for emulator in self._emulators
            },
        )
        return web.json_response(index.to_data())
