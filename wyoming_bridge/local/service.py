"""The local realtime server on the network: all services on one port."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import WSCloseCode, web

from ..errors import ConfigError, reason_of
from ..providers.contract import HandshakeRequest, Refusal
from ..providers.options import LOOPBACK_HOSTS
from .engine import Engine, EngineError
from .faces import ElevenLabsFace, Face, Reson8Face, ScriptixFace
from .faults import Fault, FaultKind
from .socket import SocketSession

__all__ = ["LocalServer"]

_log = logging.getLogger(__name__)

_HEARTBEAT_S: Final = 60.0
"""Pings notice a client that is gone without a word; the services' servers send them too. The
answer may have to wait behind audio that the engine has not taken yet."""

_RECEIVE_BUFFER_BYTES: Final = 64 * 1024
"""Two seconds of audio: a client shall notice when the engine is behind."""

_MAX_MESSAGE_BYTES: Final = 4 << 20
"""Two minutes of 16 kHz audio in one message; as base64, one and a half."""

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
    ) -> None:
        if not tokens and host not in LOOPBACK_HOSTS:
            raise ConfigError(
                f"listening at {host} lets the network in, which needs tokens; "
                f"without tokens only {', '.join(sorted(LOOPBACK_HOSTS))} are allowed"
            )
        self.fault = fault
        self.url = ""
        """Base address, ``ws://host:port``; set by ``start``."""
        self._engine = engine
        self._host = host
        self._port = port
        self._faces: Sequence[Face] = (
            ElevenLabsFace(tokens=tokens, language=engine.language),
            Reson8Face(tokens=tokens),
            ScriptixFace(tokens=tokens),
        )
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

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
        plug = socket.create_server((self._host, self._port), family=family)
        # What is accepted inherits it.
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        return plug

    def _routes(self) -> list[web.RouteDef]:
        """Each service below its own prefix, and all at the paths that their clients know."""
        routes = [web.get(f"/{face.name}{face.path}", self._serve(face)) for face in self._faces]
        for path in sorted({face.path for face in self._faces}):
            sharing = [face for face in self._faces if face.path == path]
            routes.append(web.get(path, self._serve(*sharing)))
        return routes

    def _serve(self, *faces: Face) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler for the services that share a path."""

        async def serve(request: web.Request) -> web.StreamResponse:
            handshake = _handshake(request)
            *sharing, last = faces  # the last one takes what nobody else recognises
            face = next((each for each in sharing if each.recognises(handshake)), last)
            if self.fault and self.fault.kind is FaultKind.REFUSE:
                return web.Response(status=503, text="told to fail")
            protocol = face.accept(handshake)
            if isinstance(protocol, Refusal):
                _log.info("%s: refused with %d", face.name, protocol.status)
                return web.Response(
                    status=protocol.status, headers=protocol.headers, text=protocol.body
                )
            websocket = web.WebSocketResponse(
                protocols=(protocol.subprotocol,) if protocol.subprotocol else (),
                heartbeat=_HEARTBEAT_S,
                compress=False,
                max_msg_size=_MAX_MESSAGE_BYTES,
            )
            await websocket.prepare(request)
            self._sockets.add(websocket)
            try:
                await SocketSession(
                    websocket,
                    protocol=protocol,
                    engine=self._engine,
                    fault=self.fault,
                    abort=request.transport.abort if request.transport else _nothing,
                ).run()
            finally:
                self._sockets.discard(websocket)
            return websocket

        return serve

    async def _index(self, _request: web.Request) -> web.Response:
        """What is served here, for a person who opens the address in a browser."""
        return web.json_response(
            {
                "server": "Wyoming Bridge, local realtime server",
                "engine": self._engine.name,
                "language": self._engine.language,
                "services": {face.name: f"/{face.name}{face.path}" for face in self._faces},
            }
        )


def _handshake(request: web.Request) -> HandshakeRequest:
    return HandshakeRequest(
        query={name: request.query.getall(name) for name in set(request.query)},
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def _nothing() -> None:
    """What is left to abort of a connection that is gone."""
