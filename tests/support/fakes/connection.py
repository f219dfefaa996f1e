"""Connections to a fake: ``FakeConnection`` serves a session, ``Stub`` serves nothing."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from .faults import Close, Faults, Json
from .session import Record, Session

__all__ = ["FakeConnection", "Stub", "reset"]

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing resets the connection."""


class FakeConnection:
    """Moves messages between the websocket and the session of one connection."""

    def __init__(
        self,
        connection: ServerConnection,
        *,
        faults: Faults,
        record: Record,
        up: Callable[[], Awaitable[object]],
    ) -> None:
        """Create the connection. ``up`` waits while the fake is in the outage "black hole"."""
        self._connection = connection
        self._faults = faults
        self._up = up
        self._record = record
        self._out: asyncio.Queue[tuple[float, Json | Close]] = asyncio.Queue()
        self._finals = 0
        if not faults.answers_pings:
            _stop_pongs(connection)

    async def run(self, session: Session) -> None:
        sender = asyncio.create_task(self._send_all(session), name="fake's sender")
        try:
            with suppress(ConnectionClosed):
                session.on_open()
                self._queue(session, self._faults.first_message_delay_s)
                async for message in self._connection:
                    await self._up()
                    self._receive(session, message)
                    self._queue(session)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    def _receive(self, session: Session, message: str | bytes) -> None:
        if isinstance(message, bytes):
            session.on_binary(message)
        else:
            content: Json = json.loads(message)
            self._record.messages.append(content)
            session.on_text(content)
        limit_ms = self._faults.drop_after_ms
        if limit_ms is not None and self._record.audio_ms >= limit_ms:
            self._queue(session)
            self._out.put_nowait((0, self._faults.drop))

    def _queue(self, session: Session, delay_s: float = 0) -> None:
        now = asyncio.get_running_loop().time()
        for message in session.sendable():
            is_late = isinstance(message, dict) and session.is_answer(message)
            due = now + delay_s + (self._faults.final_delay_s if is_late else 0)
            self._out.put_nowait((due, message))

    async def _send_all(self, session: Session) -> None:
        loop = asyncio.get_running_loop()
        with suppress(ConnectionClosed):
            while True:
                due, message = await self._out.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._up()
                if isinstance(message, Close):
                    await self._close(message)
                    return
                await self._send(message)
                self._finals += session.is_final(message)
                if self._finals == self._faults.drop_after_finals:
                    await self._close(self._faults.drop)
                    return

    async def _send(self, message: Json) -> None:
        self._record.sent.append(message)
        altered = self._faults.alter(message) if self._faults.alter else [message]
        for each in altered:
            if isinstance(each, Close):
                await self._close(each)
                return
            await self._connection.send(
                each if isinstance(each, (str, bytes)) else json.dumps(each)
            )

    async def _close(self, close: Close) -> None:
        if close.code is None:
            reset(self._connection)
        else:
            await self._connection.close(close.code, close.reason)


class Stub(asyncio.Protocol):
    """A connection that is reset at once, or never answered."""

    def __init__(self, *, resets: bool) -> None:
        self._resets = resets

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._resets:
            sock: socket.socket = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()


def reset(connection: ServerConnection) -> None:
    """Reset a connection, without a close frame."""
    transport = connection.transport
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


def _stop_pongs(connection: ServerConnection) -> None:
    """Stop answering pings."""
    protocol = connection.protocol
    send = protocol.send_frame

    def send_others(frame: Frame) -> None:
        if frame.opcode is not Opcode.PONG:
            send(frame)

    protocol.send_frame = send_others  # type: ignore[method-assign]
