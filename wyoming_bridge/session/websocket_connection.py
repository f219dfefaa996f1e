"""The websockets library's connection, with limits on what a hostile server can make it do.

Hard rules, each against a server that could otherwise stop this program:

- Only a little is read at a time, and the connection rests after data that took long to process. A
  server that sends frames without end would take all of the CPU time.
- Of several pings, only the newest is answered (RFC 6455, section 5.5.3, allows that), and none
  while the server does not read. The answers would fill the memory, and the more data waits, the
  longer the transport takes for each write.
- A message has a limited number of fragments, because empty ones do not count in its size.

The library's own ``ClientConnection`` is not used: importing it loads all that the library's
``connect`` needs to find a proxy, which is 1 MiB that an idle bridge would keep.
"""

import asyncio
import socket
import time
from collections.abc import Mapping
from typing import Any, Final

from websockets.asyncio.connection import Connection
from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import USER_AGENT, Response
from websockets.protocol import CONNECTING, Event

from ..rest import rest_s
from ..working import WORKING_PONG

__all__ = ["BRIDGE_PING", "WebsocketConnection"]

BRIDGE_PING: Final = b"bridge"
"""The payload of the pings that are sent without waiting. A service may also send pongs that answer
no ping."""

_SEND_BUFFER_BYTES: Final = 64 * 1024
"""The size of the kernel's send buffer: 64 KiB, two seconds of audio. By default, the kernel
buffers minutes of audio from a fast source, so that the bridge would not notice a slow service."""

_RECEIVE_BUFFER_BYTES: Final = 16 * 1024
"""The size of the kernel's receive buffer: 16 KiB, as in the local server. All of it is parsed in
one turn of the event loop. By default it is 128 KiB or more, which can hold 65,000 small frames."""

_MAX_FRAGMENTS: Final = 4096
"""The most frames of one message, as in the newest versions of the library. The oldest supported
version has no limit."""

_PONG: Final = bytes([0x80 | Opcode.PONG])
_DATA: Final = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class WebsocketConnection(Connection):
    """The library's connection, which also does the client's handshake and notes pongs."""

    protocol: ClientProtocol
    last_pong_at: float | None = None
    last_working_at: float | None = None

    def __init__(
        self,
        protocol: ClientProtocol,
        **options: Any,  # the library's own, which differ between its versions
    ) -> None:
        super().__init__(protocol, **options)
        self._answered: asyncio.Future[None] = self.loop.create_future()
        self._rest: asyncio.TimerHandle | None = None
        self._is_writing_paused = False
        self._held_pong = b""
        self._fragments = 0

    async def handshake(self, headers: Mapping[str, str]) -> None:
        """Request the upgrade to a websocket, with these headers, and wait for the answer.

        Raises:
            InvalidHandshake: The answer is not that of a websocket server, or refuses the upgrade.
            EOFError: The connection was closed before the answer.
            OSError: The connection broke.
        """
        self.request = self.protocol.connect()
        self.request.headers.update(headers)
        self.request.headers.setdefault("User-Agent", USER_AGENT)
        async with self.send_context(expected_state=CONNECTING):
            self.protocol.send_request(self.request)
        await asyncio.wait(
            [self._answered, self.connection_lost_waiter], return_when=asyncio.FIRST_COMPLETED
        )
        if self.protocol.handshake_exc is not None:
            raise self.protocol.handshake_exc

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Limit the buffers, and how much is read."""
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        super().connection_made(transport)
        # The library reads on when the queue of messages has room. A rest must not end then.
        self.recv_messages.resume = self._read_on

    def connection_lost(self, exc: Exception | None) -> None:
        """End the rest, and report the end of the connection."""
        if self._rest:
            self._rest.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Process data, and then read nothing for a while if that took long."""
        began = time.thread_time()  # unlike the loop's clock, it stops while other programs run
        super().data_received(data)
        pause_s = rest_s(time.thread_time() - began)
        if pause_s:
            self.transport.pause_reading()
            self._rest = self.loop.call_later(pause_s, self._end_rest)

    def _end_rest(self) -> None:
        self._rest = None
        if not self.recv_messages.paused:
            self._read_on()

    def _read_on(self) -> None:
        if not self._rest:
            self.transport.resume_reading()

    def process_event(self, event: Event) -> None:
        """Process a frame, count fragments, and note when a pong for the bridge arrived.

        The library knows of neither ``BRIDGE_PING`` nor ``WORKING_PONG``. The first event is the
        answer to the handshake.
        """
        if isinstance(event, Response):
            self.response = event
            self._answered.set_result(None)
            return
        if isinstance(event, Frame):
            if event.opcode is Opcode.PONG:
                if event.data == BRIDGE_PING:
                    self.last_pong_at = self.loop.time()
                    return
                if event.data == WORKING_PONG:
                    self.last_working_at = self.loop.time()
                    return
            if event.opcode in _DATA:
                self._fragments = 0 if event.fin else self._fragments + 1
                if self._fragments == _MAX_FRAGMENTS:
                    self.protocol.fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")
                    self.transport.abort()
        super().process_event(event)

    def send_data(self) -> None:
        """Send the frames that the protocol has made, but only the newest pong."""
        frames = self.protocol.data_to_send()
        if not frames:
            return
        pongs = [frame for frame in frames if frame[:1] == _PONG]
        if pongs:
            frames = [frame for frame in frames if frame[:1] != _PONG]
            if self._is_writing_paused:
                self._held_pong = pongs[-1]
            else:
                frames.insert(0, pongs[-1])  # before a close frame, which must be the last one
        self.protocol.writes = frames
        super().send_data()

    def pause_writing(self) -> None:
        """Send no pongs, because the server does not read."""
        self._is_writing_paused = True
        super().pause_writing()

    def resume_writing(self) -> None:
        """Send the pong that has waited, because the server reads again."""
        self._is_writing_paused = False
        super().resume_writing()
        pong, self._held_pong = self._held_pong, b""
        if pong:
            self.transport.write(pong)
