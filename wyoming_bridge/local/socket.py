"""One client's websocket, between its protocol and the engine.

An engine that is behind makes ``feed`` wait. Then the socket is not read, and the client has to
wait with sending.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial

from aiohttp import WSMsgType, web

from ..errors import AudioFormatError, DependencyError, MediaError
from ..providers.serving import End, EndSegment, Feed, Flush, ServerProtocol
from .audio_input import AudioInput
from .engine import Engine, EngineBusyError, EngineError, Voice
from .faults.injector import NoFault
from .tcp_connection import TcpConnection

__all__ = ["SocketSession", "Source"]

_log = logging.getLogger(__name__)

_BUSY = "resource_exhausted"
"""ElevenLabs' error code. The other services have no code for this error."""

Source = Callable[[str], AsyncGenerator[bytes, None]]
"""Yields the audio of an address in ``PCM_16K_MONO``; raises ``MediaError``."""


class SocketSession:
    """The server side of one websocket."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        protocol: ServerProtocol,
        engine: Engine,
        source: Source,
        injector: NoFault,
        connection: TcpConnection,
    ) -> None:
        self._socket = socket
        self._protocol = protocol
        self._engine = engine
        self._source = source
        self._injector = injector
        self._sender = injector.attach(socket, protocol=protocol, connection=connection)
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Serve until either side is done."""
        try:
            await self._injector.open(self._open)
            await self._wait_closed()
        finally:
            await self._sender.close()
            self._protocol.leave(now=self._loop.time())

    async def _open(self) -> None:
        self._protocol.open(now=self._loop.time())
        await self._send()
        if not self._protocol.close:
            await self._serve()

    async def _wait_closed(self) -> None:
        """Wait for the end of the socket, which may come late or be left to the client."""
        while not self._socket.closed:
            message = await self._socket.receive()
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return

    async def _serve(self) -> None:
        try:
            voice = await self._engine.open(bias_terms=self._protocol.bias_terms)
        except EngineError as error:
            await self._fail(error)
            return
        try:
            await self._converse(voice)
        finally:
            await voice.close()

    async def _converse(self, voice: Voice) -> None:
        audio_input = AudioInput(
            self._protocol.audio_format,
            containers=self._protocol.containers,
            hear=partial(self._hear, voice),
            fail=self._fail,
        )
        url = self._protocol.source_url
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._report(voice), name="report what is heard")]
                if url:
                    tasks.append(group.create_task(self._fetch(voice, url), name="fetch a stream"))
                await self._listen(voice, audio_input)
                for task in tasks:
                    task.cancel()
        finally:
            await audio_input.close()

    async def _listen(self, voice: Voice, audio_input: AudioInput) -> None:
        try:
            await self._take_messages(voice, audio_input)
        except EngineError as error:
            await self._fail(error)

    async def _take_messages(self, voice: Voice, audio_input: AudioInput) -> None:
        protocol = self._protocol
        while not protocol.close:
            due = protocol.next_timeout()
            # The library takes 0 as no limit.
            limit_s = None if due is None else max(0.001, due - self._loop.time())
            try:
                message = await self._socket.receive(timeout=limit_s)
            except TimeoutError:
                protocol.handle_timeout(now=self._loop.time())
            else:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    return
                protocol.receive_message(message.data, now=self._loop.time())
            await self._obey(voice, audio_input)
            await self._send()

    async def _obey(self, voice: Voice, audio_input: AudioInput) -> None:
        for command in self._protocol.commands_received():
            match command:
                case Feed(audio=audio):
                    try:
                        await audio_input.take(audio)
                    except (AudioFormatError, DependencyError, MediaError) as error:
                        self._protocol.fail(str(error))
                        return
                case EndSegment():
                    await voice.flush()
                case Flush() | End():
                    await self._injector.flush(partial(self._flush, voice, audio_input))

    async def _flush(self, voice: Voice, audio_input: AudioInput) -> None:
        """Ask the engine for a final of everything that the client has sent."""
        await audio_input.settle()
        await voice.flush()

    async def _hear(self, voice: Voice, pcm: bytes) -> None:
        await self._injector.hear(pcm, partial(self._feed, voice))

    async def _feed(self, voice: Voice, pcm: bytes) -> None:
        """Give a piece of audio to the engine. It may end a segment if the service segments."""
        await voice.feed(pcm)
        self._protocol.hear(pcm, now=self._loop.time())
        await self._flush_if_asked(voice)

    async def _flush_if_asked(self, voice: Voice) -> None:
        """Ask the engine for a final if the service itself wants one."""
        for command in self._protocol.commands_received():
            if isinstance(command, (EndSegment, End)):
                await voice.flush()

    async def _fetch(self, voice: Voice, url: str) -> None:
        """Give the audio of an address to the engine, instead of audio from the client."""
        try:
            async with aclosing(self._source(url)) as audio:
                async for pcm in audio:
                    await self._hear(voice, pcm)
                    await self._send()
            self._protocol.source_ended()
            await self._flush_if_asked(voice)
        except MediaError as error:
            _log.info("cannot read the stream of a client: %s", error)
            self._protocol.source_failed(error)
        except EngineError as error:
            await self._fail(error)
        await self._send()

    async def _report(self, voice: Voice) -> None:
        try:
            async for result in voice.results():
                self._protocol.report(result)
                await self._send()
        except EngineError as error:
            await self._fail(error)

    async def _send(self) -> None:
        """Send the messages of the protocol, and close the socket if the protocol is done."""
        await self._sender.say(self._protocol)

    async def _fail(self, error: EngineError | MediaError) -> None:
        if isinstance(error, EngineError):
            _log.error("the engine failed: %s", error)
        busy = isinstance(error, EngineBusyError)
        self._protocol.fail(str(error), code=_BUSY if busy else "")
        await self._send()
