"""The session of one websocket client, between the protocol and the engine.

While the engine is behind, ``feed`` waits. The socket is still read, so that pings are answered
and a lost client is noticed. ``Inbox`` limits how far a client may be ahead.
"""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Final

from aiohttp import WSMsgType, web

from ..errors import AudioFormatError, DependencyError, MediaError
from ..events import FinalText
from ..providers.contract import Message
from ..providers.serving import End, EndSegment, Feed, Flush, ServerProtocol
from .audio_input import AudioInput
from .audio_timeout import AudioTimeout
from .engine import Engine, EngineBusyError, EngineError
from .faults.injector import NoFault
from .inbox import Inbox
from .rare_log import RareLog
from .session_voice import SessionVoice
from .tcp_connection import TcpConnection
from .upload import BUSY

__all__ = ["SocketSession", "Source"]

_log = logging.getLogger(__name__)

_REST: Final = 4
"""The pause after a message, as a multiple of the time that the protocol took to read it. So one
client's messages take at most a fifth of the server's time."""

Source = Callable[[str], AsyncGenerator[bytes, None]]
"""Yields the audio of a URL in ``PCM_16K_MONO``; raises ``MediaError``."""


class SocketSession:
    """The server side of one websocket."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        protocol: ServerProtocol,
        engine: Engine,
        source: Source,
        inbox: Inbox,
        injector: NoFault,
        connection: TcpConnection,
        refused: RareLog,
        audio_timeout_s: float,
    ) -> None:
        """Create the session of an open websocket.

        ``audio_timeout_s`` is the time without audio after which the session ends; 0 if there is no
        such limit.
        """
        self._socket = socket
        self._protocol = protocol
        self._source = source
        self._inbox = inbox
        self._injector = injector
        self._sender = injector.attach(
            socket, protocol=protocol, connection=connection, inbox=inbox
        )
        self._voice = SessionVoice(engine, bias_terms=lambda: protocol.bias_terms)
        self._audio_input = AudioInput(
            protocol.audio_format,
            containers=protocol.containers,
            feed=self._feed,
            fail=self._fail,
        )
        self._refused = refused
        self._audio_timeout_s = audio_timeout_s
        self._loop = asyncio.get_running_loop()
        self._idle = AudioTimeout(audio_timeout_s, now=self._loop.time())
        self._over = asyncio.Event()  # set when the protocol has ended and its close was sent

    async def run(self) -> None:
        """Serve until the protocol has ended or the client is gone."""
        try:
            await self._injector.open(self._open)
            await self._wait_closed()
        finally:
            await self._inbox.close()
            await self._sender.close()
            self._protocol.leave(now=self._loop.time())

    async def _open(self) -> None:
        self._protocol.open(now=self._loop.time())
        await self._send()
        if not self._protocol.close:
            await self._serve()

    async def _wait_closed(self) -> None:
        """Wait until the socket is closed. A faulty sender may close it late or never."""
        with suppress(ConnectionError):  # a pong could not be sent, because the client is gone
            while not self._socket.closed:
                message = await self._inbox.receive()
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    return

    async def _serve(self) -> None:
        """Process messages and results until the protocol has ended or the client is gone."""
        url = self._protocol.source_url
        self._inbox.start()
        try:
            async with asyncio.TaskGroup() as group:
                ends = {
                    group.create_task(self._take_messages(), name="take messages"),
                    group.create_task(self._inbox.gone.wait(), name="notice the client's end"),
                    group.create_task(self._over.wait(), name="notice the protocol's end"),
                }
                others = [
                    group.create_task(self._report(), name="report results"),
                    group.create_task(
                        self._sender.send_working(self._is_working), name="say that it is working"
                    ),
                ]
                if url:
                    others.append(group.create_task(self._fetch(url), name="fetch a stream"))
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                for task in (*ends, *others):
                    task.cancel()
        finally:
            await self._inbox.stop()
            await self._audio_input.close()
            await self._voice.close()

    async def _take_messages(self) -> None:
        try:
            while not self._protocol.close:
                # Clients that send faster than real time take turns, message by message. After a
                # message that took long, such as deeply nested JSON, a client waits longer.
                took_s = await self._take_message()
                await asyncio.sleep(took_s * _REST)
            await self._send()  # waits while the task that ended the session is still sending
        except EngineError as error:
            await self._fail(error)

    async def _take_message(self) -> float:
        """Process the next message, or a timeout; return how many seconds it took."""
        protocol = self._protocol
        message = await self._next_message()
        began = self._loop.time()
        if message is None:
            self._handle_timeout(now=began)
        else:
            protocol.receive_message(message, now=began)
        took_s = self._loop.time() - began
        self._idle.pause(now=self._loop.time())
        await self._run_commands()
        self._idle.resume(now=self._loop.time())
        # Messages without audio do not keep a session alive, however many there are.
        if self._waits_for_audio and not self._idle.left_s(now=self._loop.time()):
            protocol.end_idle(limit_s=self._audio_timeout_s)
        await self._send()
        return took_s

    async def _next_message(self) -> Message | None:
        """Wait for the next message; None if a timeout comes first."""
        now = self._loop.time()
        limit_s = math.inf
        due = self._protocol.next_timeout()
        if due is not None:
            limit_s = max(0.0, due - now)
        if self._waits_for_audio:
            limit_s = min(limit_s, self._idle.left_s(now=now))
        else:
            self._idle.pause(now=now)
        message = await self._inbox.next(limit_s=None if math.isinf(limit_s) else limit_s)
        self._idle.resume(now=self._loop.time())
        return message

    @property
    def _waits_for_audio(self) -> bool:
        """Whether the client has to send audio now."""
        protocol = self._protocol
        return not (protocol.source_url or protocol.finals_owed or protocol.close)

    def _is_working(self) -> bool:
        return self._protocol.finals_owed > 0 or self._inbox.is_behind

    def _handle_timeout(self, *, now: float) -> None:
        due = self._protocol.next_timeout()
        if due is not None and now >= due:
            self._protocol.handle_timeout(now=now)

    async def _run_commands(self) -> None:
        for command in self._protocol.commands_received():
            match command:
                case Feed(audio=audio):
                    if audio:
                        self._idle.receive(now=self._loop.time())
                    try:
                        await self._audio_input.take(audio)
                    except (AudioFormatError, DependencyError, MediaError) as error:
                        self._protocol.fail(str(error))
                        return
                case EndSegment():
                    await self._voice.flush()
                case Flush() | End():
                    await self._injector.flush(self._flush)

    async def _flush(self) -> None:
        """Request a final of all audio that the client has sent."""
        await self._audio_input.flush()
        await self._voice.flush()

    async def _feed(self, pcm: bytes) -> None:
        await self._injector.feed(pcm, self._feed_now)

    async def _feed_now(self, pcm: bytes) -> None:
        """Feed the engine a piece of audio, after which the service may end a segment."""
        await self._voice.feed(pcm)
        self._idle.feed(len(pcm))
        self._protocol.hear(pcm, now=self._loop.time())
        await self._flush_if_requested()
        await asyncio.sleep(0)  # let other tasks run, even if the engine never waits

    async def _flush_if_requested(self) -> None:
        """Request a final from the engine if the service ends a segment."""
        for command in self._protocol.commands_received():
            if isinstance(command, (EndSegment, End)):
                await self._voice.flush()

    async def _fetch(self, url: str) -> None:
        """Feed the engine the audio of a URL, in place of audio from the client."""
        try:
            async with aclosing(self._source(url)) as audio:
                async for pcm in audio:
                    await self._feed(pcm)
                    await self._send()
            self._protocol.source_ended()
            await self._flush_if_requested()
        except MediaError as error:
            self._refused.note("stream", f"cannot read the stream that a client requested: {error}")
            self._protocol.source_failed(error)
        except EngineError as error:
            await self._fail(error)
        await self._send()

    async def _report(self) -> None:
        try:
            async for result in self._voice.results():
                if isinstance(result, FinalText):
                    self._idle.report_final(result.text, now=self._loop.time())
                self._protocol.report(result)
                await self._send()
                if not self._protocol.finals_owed:
                    self._inbox.interrupt()  # the idle time starts now
        except EngineError as error:
            await self._fail(error)

    async def _send(self) -> None:
        """Send the messages of the protocol, and close the socket if the protocol has ended."""
        if self._protocol.close:
            # To close the socket, the library reads from it until the client answers, and only one
            # task may read.
            await self._inbox.stop()
        await self._sender.send(self._protocol)
        if self._protocol.close:
            self._over.set()

    async def _fail(self, error: EngineError | MediaError) -> None:
        is_busy = isinstance(error, EngineBusyError)
        if is_busy:
            self._refused.note("busy", f"refused a session: {error}")
        elif isinstance(error, EngineError):
            _log.error("the engine failed: %s", error)
        self._protocol.fail(str(error), code=BUSY if is_busy else "")
        await self._send()
