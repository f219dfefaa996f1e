"""The local realtime server on the network: all services on one port."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import WSCloseCode, web

from ..access import is_loopback
from ..errors import ConfigError, reason_of
from ..providers.contract import HttpAnswer
from ..providers.emulator import Answer, ServiceEmulator
from ..providers.registry import PROVIDERS
from ..providers.serving import ServerProtocol, ServerRequest
from .behaviour import Behaviour
from .engine import Engine, EngineError
from .faults import ArmedFault, Fault
from .faults.injector import NoFault, new_injector
from .socket import SocketSession
from .stream import stream_source
from .tcp_connection import TcpConnection

__all__ = ["LocalServer"]

_log = logging.getLogger(__name__)

_HEARTBEAT_S: Final = 60.0
"""Pings notice a client that is gone without a word; the services' servers send them too. The
answer may have to wait behind audio that the engine has not taken yet."""

_RECEIVE_BUFFER_BYTES: Final = 64 * 1024
"""Two seconds of audio: a client shall notice when the engine is behind."""

_MAX_MESSAGE_BYTES: Final = 4 << 20
"""Two minutes of 16 kHz audio in one message; as base64, one and a half."""

_MAX_SOCKETS: Final = 2048
"""Twice as many as an engine hears voices: a leak of sockets shall come to light."""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SHUTDOWN_S: Final = 0.5
"""For open sockets to close when the server stops."""


class LocalServer:
    """Serves the three services' protocols with one engine."""

    def __init__(
        self,
        *,
        engine: Engine,
        host: str = "127.0.0.1",
        port: int = 0,
        tokens: frozenset[str] = frozenset(),
        fault: Fault | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:
        if not tokens and not is_loopback(host):
            raise ConfigError(
                f"a server at {host} can be reached from the network and needs tokens; "
                "without tokens it must listen at an address of this machine, such as 127.0.0.1"
            )
        behaviour = behaviour or Behaviour()
        self._fault: ArmedFault | None = None
        self.fault = fault or behaviour.fault
        self.url = ""
        """Base address, ``ws://host:port``; set by ``start``."""
        self._engine = engine
        self._host = host
        self._port = port
        # In this order they are asked whether a request on a shared path is theirs.
        self._emulators: Sequence[ServiceEmulator] = [
            provider.new_emulator(tokens, engine.language, behaviour.of(provider.behaviour))
            for provider in PROVIDERS.values()
        ]
        self._source = stream_source(
            allow_private=behaviour.allow_private_addresses,
            realtime=behaviour.stream_pace == "realtime",
        )
        self._connections: set[TcpConnection] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    @property
    def fault(self) -> Fault | None:
        """What sessions that begin from now on meet. Setting it begins its counting anew."""
        return self._fault.fault if self._fault else None

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = ArmedFault(fault) if fault else None

    async def start(self) -> None:
        """Listen; ``url`` is known then.

        Raises:
            ConfigError: The address cannot be had, or the engine cannot start.
        """
        try:
            await self._engine.start()
        except EngineError as err:
            raise ConfigError(f"engine {self._engine.name}: {err}") from err
        app = web.Application()
        app.add_routes([web.get("/", self._index), *self._routes()])
        # The access log would print tokens: two services take them in the address.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await self._runner.setup()
        try:
            await web.SockSite(self._runner, self._listen()).start()
        except (OSError, OverflowError) as err:
            await self.stop()
            why = reason_of(err) if isinstance(err, OSError) else "no such port"
            raise ConfigError(f"cannot listen at {self._host}:{self._port}: {why}") from err
        host, port = self._runner.addresses[0][:2]
        self.url = f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"

    async def stop(self) -> None:
        """End every session and the engine. Stopping twice is allowed."""
        for connection in self._connections:
            connection.release()
        await asyncio.gather(
            *(each.close(code=WSCloseCode.GOING_AWAY) for each in self._sockets),
            return_exceptions=True,
        )
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        await self._engine.close()

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        sock = socket.create_server((self._host, self._port), family=family)
        # What is accepted inherits it.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        return sock

    def _routes(self) -> list[web.RouteDef]:
        """Each service below its own prefix, and all at the paths that their clients know."""
        routes = []
        for emulator in self._emulators:
            for (method, path), answer in emulator.requests.items():
                handler = _answering(answer)
                routes += [
                    web.route(method, f"/{emulator.name}{path}", handler),
                    web.route(method, path, handler),
                ]
            routes += [
                web.get(f"/{emulator.name}{path}", self._serving(path, emulator))
                for path in emulator.websockets
            ]
        for path in sorted({path for emulator in self._emulators for path in emulator.websockets}):
            sharing = [emulator for emulator in self._emulators if path in emulator.websockets]
            routes.append(web.get(path, self._serving(path, *sharing)))
        return routes

    def _serving(self, path: str, *emulators: ServiceEmulator) -> _Handler:
        """A handler for the services that share a path."""

        async def serve(request: web.Request) -> web.StreamResponse:
            asked = await _read(request)
            *sharing, last = emulators  # the last one takes what nobody else recognises
            emulator = next((each for each in sharing if each.recognises(asked)), last)
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
        if len(self._sockets) >= _MAX_SOCKETS:
            return web.Response(status=503, text="too many sessions at once")
        protocol = emulator.websockets[path](asked, asyncio.get_running_loop().time())
        if isinstance(protocol, HttpAnswer):
            _log.info("%s: refused with %d", emulator.name, protocol.status)
            return _written(protocol)
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
                injector=injector,
                connection=connection,
            ).run()
        finally:
            self._sockets.discard(websocket)
        return websocket

    async def _index(self, _request: web.Request) -> web.Response:
        """What is served here, for a person who opens the address in a browser."""
        return web.json_response(
            {
                "server": "Wyoming Bridge, local realtime server",
                "engine": self._engine.name,
                "language": self._engine.language,
                "services": {
                    emulator.name: [f"/{emulator.name}{path}" for path in emulator.websockets]
                    for emulator in self._emulators
                },
            }
        )


def _answering(answer: Answer) -> _Handler:
    async def respond(request: web.Request) -> web.StreamResponse:
        return _written(answer(await _read(request), asyncio.get_running_loop().time()))

    return respond


async def _read(request: web.Request) -> ServerRequest:
    return ServerRequest(
        query={name: request.query.getall(name) for name in set(request.query)},
        headers={name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers},
        place=dict(request.match_info),
        body=await request.text(),
    )


def _written(answer: HttpAnswer) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, text=answer.body)
