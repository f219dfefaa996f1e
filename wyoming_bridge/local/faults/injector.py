"""The hooks that the socket loop calls at each point at which a fault can happen.

``NoFault`` changes nothing. ``FaultInjector`` injects one fault when it is due.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from ...providers.contract import CloseCode
from ...providers.serving import ServerProtocol
from ..inbox import Inbox
from ..sender import Sender
from ..tcp_connection import TcpConnection
from .fault import ArmedFault, Fault, FaultKind, FaultPoint, FaultWatch
from .handshake import INJECTED, fail_handshake
from .sender import FaultySender

__all__ = ["FaultInjector", "NoFault", "new_injector"]

_RUBBISH: Final = "<html>Bad Gateway</html>"
"""A message that a proxy may send in place of the service."""

GoOn = Callable[[], Awaitable[None]]
"""Does the rest of a step. A hook calls this function if the fault lets the step continue."""


class NoFault:
    """Injects no fault. Each hook continues with the step."""

    def heartbeat_s(self, interval_s: float) -> float | None:
        """Return the interval of pings, or None if no pings are sent."""
        return interval_s

    def ahead_bytes(self, limit: int) -> int:
        """Return how many bytes may be read ahead of the session."""
        return limit

    async def upgrade(
        self, connection: TcpConnection, go_on: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answer an upgrade."""
        return await go_on()

    def attach(
        self,
        socket: web.WebSocketResponse,
        *,
        protocol: ServerProtocol,
        connection: TcpConnection,
        inbox: Inbox,
    ) -> Sender:
        """Begin a session on this websocket, and return its sender."""
        return Sender(socket)

    async def open(self, go_on: GoOn) -> None:
        """Serve a socket that has just been opened."""
        await go_on()

    async def feed(self, pcm: bytes, feed: Callable[[bytes], Awaitable[None]]) -> None:
        """Give a piece of audio to the engine."""
        await feed(pcm)

    async def flush(self, go_on: GoOn) -> None:
        """Request a final from the engine, because the client has requested one."""
        await go_on()


class FaultInjector(NoFault):
    """Injects the fault when it is due, on the websocket of one session."""

    _socket: web.WebSocketResponse
    _protocol: ServerProtocol
    _connection: TcpConnection
    _inbox: Inbox
    _sender: FaultySender

    def __init__(self, armed: ArmedFault) -> None:
        self._watch = FaultWatch(armed)
        self._is_over = False  # no more audio is fed and no more messages are sent

    def heartbeat_s(self, interval_s: float) -> float | None:
        """Return the interval of pings; None for a half-open connection."""
        return None if self._watch.kind is FaultKind.HALF_OPEN else interval_s

    def ahead_bytes(self, limit: int) -> int:
        """Return how many bytes may be read ahead of the session.

        For a half-open connection it is 1, so that messages are read one at a time. Otherwise a
        ping that follows the audio would be answered before the fault.
        """
        return 1 if self._watch.kind is FaultKind.HALF_OPEN else limit

    async def upgrade(
        self, connection: TcpConnection, go_on: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answer an upgrade request, unless the fault answers it."""
        fault = self._watch.due_at(FaultPoint.HANDSHAKE)
        failed = await fail_handshake(fault, connection) if fault else None
        return await go_on() if failed is None else failed

    def attach(
        self,
        socket: web.WebSocketResponse,
        *,
        protocol: ServerProtocol,
        connection: TcpConnection,
        inbox: Inbox,
    ) -> Sender:
        """Begin a session on this websocket, and return its sender."""
        self._socket = socket
        self._protocol = protocol
        self._connection = connection
        self._inbox = inbox
        self._sender = FaultySender(socket)
        return self._sender

    async def open(self, go_on: GoOn) -> None:
        """Serve the socket. First inject a fault that is due now or that began at the handshake."""
        if self._watch.happened:
            await self._inject(self._watch.happened)
        await self._reach(FaultPoint.OPEN)
        await self._unless_over(go_on)

    async def feed(self, pcm: bytes, feed: Callable[[bytes], Awaitable[None]]) -> None:
        """Feed audio, and inject the fault if it is due in this audio.

        The audio after the fault is fed only if the session goes on.
        """
        early = self._watch.audio_before(pcm)
        if early is not None:
            if early:
                await feed(early)
            await self._reach(FaultPoint.AUDIO)
            pcm = pcm[len(early) :]
        if pcm and not self._is_over:
            await feed(pcm)

    async def flush(self, go_on: GoOn) -> None:
        """Inject the fault if it is due, before the engine gets the request for a final."""
        await self._reach(FaultPoint.FLUSH)
        await self._unless_over(go_on)

    async def _unless_over(self, go_on: GoOn) -> None:
        if not self._is_over:
            await go_on()

    async def _reach(self, point: FaultPoint) -> None:
        fault = self._watch.due_at(point)
        if fault:
            await self._inject(fault)

    async def _inject(self, fault: Fault) -> None:
        match FaultKind(fault.kind):
            case FaultKind.CLOSE:
                self._is_over = True
                async with self._inbox.paused():
                    await self._socket.close(
                        code=CloseCode.INTERNAL_ERROR, message=INJECTED.encode()
                    )
            case FaultKind.HANG_UP:
                self._is_over = True
                async with self._inbox.paused():
                    await self._socket.close(code=CloseCode.NORMAL_CLOSURE)
            case FaultKind.RESET:
                self._is_over = True
                self._connection.reset()
            case FaultKind.HALF_OPEN:
                self._is_over = True
                self._sender.drop_all()
                async with self._inbox.paused():
                    await self._connection.hold()
                    self._connection.abort()
            case FaultKind.SILENT:
                self._sender.drop_all()
            case FaultKind.ERROR:
                self._protocol.fail(INJECTED, code=fault.code)
                self._is_over = self._protocol.close is not None
                async with self._inbox.paused():
                    await self._sender.send(self._protocol)
            case FaultKind.RUBBISH:
                await self._sender.put(_RUBBISH)
            case FaultKind.SLOW:
                self._sender.slow_down(fault.delay_s or 0)
            case FaultKind.REFUSE:
                pass  # only an upgrade can be refused


def new_injector(armed: ArmedFault | None) -> NoFault:
    """Return the injector of one session."""
    return FaultInjector(armed) if armed else NoFault()
