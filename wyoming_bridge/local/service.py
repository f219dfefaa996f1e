"""The local realtime server on the network: all services on one port."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from typing import Final

from aiohttp import WSCloseCode, web

from ..access import is_loopback
from ..errors import ConfigError, reason_of
from ..providers.contract import HttpAnswer
from ..providers.emulator import RequestHandler, ServiceEmulator, UploadHandler
from ..providers.registry import PROVIDERS
from ..providers.server_index import ServerIndex
from ..providers.server_request import ServerRequest
from ..providers.serving import ServerProtocol
from ..web.connections import Connection
from ..web.host_guard import HostGuard
from ..web.server import Handler, WebServer, connection_of, headers_of
from .behaviour import Behaviour
from .engine import Engine, EngineError, Learner, Scorer
from .faults import ArmedFault, Fault
from .faults.injector import NoFault, new_injector
from .inbox import MAX_INBOX_BYTES, Inbox, InboxMemory
from .rare_log import RareLog
from .requests import Refusals, head_of, read_request, written
from .socket import SocketSession
from .stream import stream_source
from .tcp_connection import TcpConnection
from .upload_answer import answer_upload

__all__ = ["LocalServer"]

_log = logging.getLogger(__name__)

_HEARTBEAT_S: Final = 60.0
"""The interval of pings, which detect lost connections. The emulated services send them too."""

_RECEIVE_BUFFER_BYTES: Final = 16 * 1024
"""The size of the receive buffer: half a second of audio. All of it is read and parsed in one round
of the event loop, unless the inbox is full. With 64 KiB, eight clients that sent small messages as
fast as they could delayed the others by 75 ms at the median; with 16 KiB, by 18 ms."""

_MAX_MESSAGE_BYTES: Final = 4 << 20
"""The largest message: two minutes of 16 kHz audio, or one and a half minutes as base64."""


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
        self._fault: ArmedFault | None = None
        self.fault = fault or behaviour.fault
        self.url = ""
        """Base address, ``ws://host:port``. ``start`` sets it."""
        self._engine = engine
        self._host = host
        self._port = port
        # Requests on a shared path are offered to the services in this order.
        self._emulators: Sequence[ServiceEmulator] = [
            emulator
            for provider in PROVIDERS.values()
            for emulator in provider.new_emulators(
                tokens, engine.language, behaviour.of(provider.behaviour_class())
            )
        ]
        self._source = stream_source(
            allow_private=behaviour.allow_private_addresses,
            realtime=behaviour.stream_pace == "realtime",
        )
        self._behaviour = behaviour
        self._is_guarded = is_private or not tokens
        self._guard: HostGuard | None = None
        self._refusals = Refusals(self._emulators)
        self._memory = InboxMemory(message_timeout_s=behaviour.request_timeout_s)
        self._refused = RareLog(_log)
        self._preparing = asyncio.Lock()
        self._connections: set[TcpConnection] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._server: WebServer | None = None

    @property
    def fault(self) -> Fault | None:
        """The fault of the sessions that begin from now on.

        When it is set, the count of sessions with the fault starts again: see ``Fault.times``.
        """
        return self._fault.fault if self._fault else None

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = ArmedFault(fault) if fault else None

    @property
    def sessions(self) -> int:
        """The number of open websockets."""
        return len(self._sockets)

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

        Raises:
            ConfigError: The server cannot listen at the address, or the engine cannot start.
        """
        try:
            await self._engine.start()
        except EngineError as err:
            raise ConfigError(f"engine {self._engine.name}: {err}") from err
        app = web.Application(middlewares=[self._admit])
        app.add_routes([web.get("/", self._index), *self._routes()])
        self._server = WebServer(
            app,
            max_connections=self._behaviour.max_connections,
            request_timeout_s=self._behaviour.request_timeout_s,
        )
        try:
            sock = self._listen()
        except (OSError, OverflowError) as err:
            await self.stop()
            why = reason_of(err) if isinstance(err, OSError) else "the port must be 0 to 65535"
            raise ConfigError(f"cannot listen at {self._host}:{self._port}: {why}") from err
        host, port = sock.getsockname()[:2]
        if self._is_guarded:
            hosts = self._behaviour.hosts
            self._guard = HostGuard(port=port, hosts=hosts)
        await self._server.start([sock])
        self.url = f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"

    async def stop(self) -> None:
        """End all sessions and the engine. Calling it again does nothing."""
        if self._server:
            self._server.refuse_new()
        for connection in self._connections:
            connection.release()
        await asyncio.gather(
            *(each.close(code=WSCloseCode.GOING_AWAY) for each in self._sockets),
            return_exceptions=True,
        )
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

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        sock = socket.create_server((self._host, self._port), family=family)
        # Accepted sockets inherit this option.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        return sock

    @property
    def paths(self) -> list[tuple[str, str]]:
        """The method and path of each route of the services. A path can have a ``{variable}``."""
        return [(route.method, route.path) for route in self._routes()]

    def _routes(self) -> list[web.RouteDef]:
        """Return each service's paths, with the prefix of the service and without it."""
        routes = []
        for emulator in self._emulators:
            for (method, path), answer in emulator.requests.items():
                handler = self._answering(answer)
                routes += [
                    web.route(method, f"/{emulator.name}{path}", handler),
                    web.route(method, path, handler),
                ]
            for path, accept in emulator.uploads.items():
                routes += [
                    web.post(f"/{emulator.name}{path}", self._taking(emulator, accept)),
                    web.post(path, self._taking(emulator, accept)),
                ]
            routes += [
                web.get(f"/{emulator.name}{path}", self._serving(path, emulator))
                for path in emulator.websockets
            ]
        for path in sorted({path for emulator in self._emulators for path in emulator.websockets}):
            sharing = [emulator for emulator in self._emulators if path in emulator.websockets]
            routes.append(web.get(path, self._serving(path, *sharing)))
        return routes

    def _answering(self, answer: RequestHandler) -> Handler:
        async def respond(request: web.Request) -> web.StreamResponse:
            return written(answer(await self._read(request), asyncio.get_running_loop().time()))

        return respond

    def _taking(self, emulator: ServiceEmulator, accept: UploadHandler) -> Handler:
        """Return a handler of requests whose body is audio."""

        async def take(request: web.Request) -> web.StreamResponse:
            asked = await self._prepared(emulator, head_of(request))
            protocol = accept(asked, asyncio.get_running_loop().time())
            if isinstance(protocol, HttpAnswer):
                return written(protocol)
            return await answer_upload(
                request,
                protocol,
                engine=self._engine,
                refused=self._refused,
                limit_s=self._behaviour.request_timeout_s,
                gone=connection_of(request).gone,
            )

        return take

    async def _read(self, request: web.Request) -> ServerRequest:
        return await read_request(request, limit_s=self._behaviour.request_timeout_s)

    async def _prepared(self, emulator: ServiceEmulator, asked: ServerRequest) -> ServerRequest:
        """Do the slow part of reading a request in a thread, for one request at a time."""
        prepare = emulator.preparation(asked, asyncio.get_running_loop().time())
        if prepare is None:
            return asked
        async with self._preparing:
            return await asyncio.to_thread(prepare)

    def _serving(self, path: str, *emulators: ServiceEmulator) -> Handler:
        """Return a handler for the services that share a path."""

        async def serve(request: web.Request) -> web.StreamResponse:
            asked = await self._read(request)
            *sharing, last = emulators  # ``last`` gets the requests that no other one recognises
            emulator = next((each for each in sharing if each.recognises(asked)), last)
            asked = await self._prepared(emulator, asked)
            if request.transport is None:
                return web.Response(status=503)  # the client is gone
            connection = TcpConnection(request.transport)
            self._connections.add(connection)
            try:
                injector = new_injector(self._fault)
                return await injector.upgrade(
                    connection,
                    lambda: self._upgrade(
                        request,
                        asked,
                        path=path,
                        emulator=emulator,
                        injector=injector,
                        connection=connection,
                    ),
                )
            finally:
                self._connections.discard(connection)

        return serve

    async def _upgrade(
        self,
        request: web.Request,
        asked: ServerRequest,
        *,
        path: str,
        emulator: ServiceEmulator,
        injector: NoFault,
        connection: TcpConnection,
    ) -> web.StreamResponse:
        protocol = emulator.websockets[path](asked, asyncio.get_running_loop().time())
        if isinstance(protocol, HttpAnswer):
            text = f"{emulator.name}: refused with {protocol.status}"
            self._refused.note(text, text)
            return written(protocol)
        return await self._converse(request, protocol, injector=injector, connection=connection)

    async def _converse(
        self,
        request: web.Request,
        protocol: ServerProtocol,
        *,
        injector: NoFault,
        connection: TcpConnection,
    ) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(
            protocols=(protocol.subprotocol,) if protocol.subprotocol else (),
            heartbeat=injector.heartbeat_s(_HEARTBEAT_S),
            compress=False,
            max_msg_size=_MAX_MESSAGE_BYTES,
        )
        try:
            await websocket.prepare(request)
        except BaseException:
            protocol.leave(now=asyncio.get_running_loop().time())
            raise
        self._sockets.add(websocket)
        try:
            await SocketSession(
                websocket,
                protocol=protocol,
                engine=self._engine,
                source=self._source,
                inbox=Inbox(
                    websocket,
                    connection=connection_of(request),
                    memory=self._memory,
                    max_bytes=injector.ahead_bytes(MAX_INBOX_BYTES),
                ),
                refused=self._refused,
                audio_timeout_s=self._behaviour.audio_timeout_s,
                injector=injector,
                connection=connection,
            ).run()
        finally:
            self._sockets.discard(websocket)
        return websocket

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
