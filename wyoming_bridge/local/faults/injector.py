"""One session's fault, from the moment that its socket is open."""

from typing import Final

from aiohttp import WSMsgType, web

from ...providers.serving import ServerProtocol
from ..sender import Sender
from ..tcp_connection import TcpConnection
from .fault import Fault, FaultKind, FaultPoint, FaultWatch
from .handshake import TOLD

__all__ = ["FaultInjector"]

_RUBBISH: Final = "<html>Bad Gateway</html>"
"""As a proxy may say it in a service's place."""

_INTERNAL_ERROR: Final = 1011
_NORMAL_CLOSURE: Final = 1000


class FaultInjector:
    """Has the fault when it is due, on the session's own websocket."""

    def __init__(
        self,
        watch: FaultWatch,
        *,
        socket: web.WebSocketResponse,
        protocol: ServerProtocol,
        sender: Sender,
        connection: TcpConnection,
    ) -> None:
        self.is_over = False
        """Nothing is heard or said any more."""
        self.audio_before = watch.audio_before
        self._watch = watch
        self._socket = socket
        self._protocol = protocol
        self._sender = sender
        self._connection = connection

    async def begin(self) -> None:
        """The socket is open; a fault of the handshake may go on."""
        if self._watch.met:
            await self._have(self._watch.met)
        await self.meet(FaultPoint.OPEN)

    async def meet(self, point: FaultPoint) -> None:
        """Have the fault, if it is due at this point."""
        fault = self._watch.meet(point)
        if fault:
            await self._have(fault)

    async def see_out(self) -> None:
        """Stay until the socket is closed: that may come late, or be left to the client."""
        while not self._socket.closed:
            message = await self._socket.receive()
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return

    async def _have(self, fault: Fault) -> None:
        match FaultKind(fault.kind):
            case FaultKind.CLOSE:
                self.is_over = True
                await self._socket.close(code=_INTERNAL_ERROR, message=TOLD.encode())
            case FaultKind.HANG_UP:
                self.is_over = True
                await self._socket.close(code=_NORMAL_CLOSURE)
            case FaultKind.RESET:
                self.is_over = True
                self._connection.reset()
            case FaultKind.HALF_OPEN:
                self.is_over = True
                self._sender.mute()
                await self._connection.hold()
                self._connection.abort()
            case FaultKind.SILENT:
                self._sender.mute()
            case FaultKind.ERROR:
                self._protocol.fail(TOLD, code=fault.code)
                self.is_over = self._protocol.close is not None
                await self._sender.say(self._protocol)
            case FaultKind.RUBBISH:
                await self._sender.put(_RUBBISH)
            case FaultKind.SLOW:
                self._sender.slow_down(fault.delay_s or 0)
            case FaultKind.REFUSE:
                pass  # the handshake's alone
