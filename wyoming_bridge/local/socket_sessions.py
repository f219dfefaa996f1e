"""The websockets of the local server: accepts each, runs its session, and closes all at the end."""

import asyncio
from typing import Final

from aiohttp import WSCloseCode, web

from ..providers.contract import HttpAnswer
from ..providers.emulator import ServiceEmulator
from ..providers.server_request import ServerRequest
from ..providers.serving import ServerProtocol
from ..web.server import connection_of
from .behaviour import Behaviour
from .engine import Engine
from .faults import ArmedFault, Fault
from .faults.injector import NoFault, new_injector
from .inbox import MAX_INBOX_BYTES, Inbox, InboxMemory
from .rare_log import RareLog
from .requests import written
from .socket import SocketSession
from .stream import stream_source
from .tcp_connection import TcpConnection

__all__ = ["SocketSessions"]

_HEARTBEAT_S: Final = 60.0
"""The interval of pings, which detect lost connections. The emulated services send them too."""

_MAX_MESSAGE_BYTES: Final = 4 << 20
"""The largest message: two minutes of 16 kHz audio, or one and a half minutes as base64."""


class SocketSessions:
    """Runs a session for each websocket that a service accepts."""

    def __init__(
        self, *, engine: Engine, behaviour: Behaviour, fault: Fault | None, refused: RareLog
    ) -> None:
        """Begin without sessions. ``refused`` logs the clients that a service refuses."""
        self._engine = engine
        self._audio_timeout_s = behaviour.audio_timeout_s
        self._source = stream_source(
            allow_private=behaviour.allow_private_addresses,
            realtime=behaviour.stream_pace == "realtime",
            audio_timeout_s=behaviour.audio_timeout_s,
        )
        self._memory = InboxMemory(message_timeout_s=behaviour.request_timeout_s)
        self._refused = refused
        self._fault: ArmedFault | None = None
        self.fault = fault
        self._connections: set[TcpConnection] = set()
        self._sockets: set[web.WebSocketResponse] = set()

    def __len__(self) -> int:
        """Return the number of open websockets."""
        return len(self._sockets)

    @property
    def fault(self) -> Fault | None:
        """The fault of the sessions that begin from now on.

        When it is set, the count of sessions with the fault starts again: see ``Fault.times``.
        """
        return self._fault.fault if self._fault else None

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = ArmedFault(fault) if fault else None

    async def serve(
        self, request: web.Request, asked: ServerRequest, *, path: str, emulator: ServiceEmulator
    ) -> web.StreamResponse:
        """Answer the request of a websocket at a path of a service, and run its session."""
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

    async def close(self) -> None:
        """End all sessions."""
        for connection in self._connections:
            connection.release()
        await asyncio.gather(
            *(each.close(code=WSCloseCode.GOING_AWAY) for each in self._sockets),
            return_exceptions=True,
        )

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
                audio_timeout_s=self._audio_timeout_s,
                injector=injector,
                connection=connection,
            ).run()
        finally:
            self._sockets.discard(websocket)
        return websocket
