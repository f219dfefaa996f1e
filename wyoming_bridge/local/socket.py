"""One client's websocket, between its protocol and the engine.

Who slows whom: an engine that is behind makes ``feed`` wait, the socket is not read meanwhile,
and the client's own sending waits.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from aiohttp import WSMsgType, web

from ..errors import AudioFormatError, DependencyError, MediaError
from ..providers.serving import Cut, End, Feed, Flush, ServerProtocol
from .engine import Engine, EngineBusyError, EngineError, Voice
from .faults import Fault, FaultKind
from .intake import Intake

__all__ = ["SocketSession", "Source"]

_log = logging.getLogger(__name__)

_BUSY = "resource_exhausted"
"""ElevenLabs' name; the other services have none."""

Source = Callable[[str], AsyncGenerator[bytes, None]]
"""Fetches an address and gives its audio in ``ENGINE_FORMAT``; raises ``MediaError``."""


class SocketSession:
    """The server's end of one websocket."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        protocol: ServerProtocol,
        engine: Engine,
        source: Source,
        fault: Fault | None,
        abort: Callable[[], None],
    ) -> None:
        self._socket = socket
        self._protocol = protocol
        self._engine = engine
        self._source = source
        self._fault = fault
        self._abort = abort
        self._loop = asyncio.get_running_loop()
        self._audio_ms = 0.0
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """Serve until either side is done."""
        try:
            self._protocol.open(now=self._loop.time())
            await self._send()
            if not self._protocol.close and not await self._meet_fault():
                await self._serve()
        finally:
            self._protocol.leave(now=self._loop.time())

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
        intake = Intake(
            self._protocol.audio_format,
            containers=self._protocol.containers,
            hear=lambda pcm: self._hear(voice, pcm),
            fail=self._fail,
        )
        url = self._protocol.source_url
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._report(voice), name="report what is heard")]
                if url:
                    tasks.append(group.create_task(self._fetch(voice, url), name="fetch a stream"))
                await self._listen(voice, intake)
                for task in tasks:
                    task.cancel()
        finally:
            await intake.close()

    async def _listen(self, voice: Voice, intake: Intake) -> None:
        try:
            await self._take_messages(voice, intake)
        except EngineError as error:
            await self._fail(error)

    async def _take_messages(self, voice: Voice, intake: Intake) -> None:
        protocol = self._protocol
        while not protocol.close:
            due = protocol.next_timeout()
            # The library takes 0 for no limit.
            limit_s = None if due is None else max(0.001, due - self._loop.time())
            try:
                message = await self._socket.receive(timeout=limit_s)
            except TimeoutError:
                protocol.handle_timeout(now=self._loop.time())
            else:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    return
                protocol.receive_message(message.data, now=self._loop.time())
            await self._obey(voice, intake)
            await self._send()
            if await self._meet_fault():
                return

    async def _obey(self, voice: Voice, intake: Intake) -> None:
        for command in self._protocol.commands_received():
            match command:
                case Feed(audio=audio):
                    self._audio_ms += self._protocol.audio_format.duration_ms(len(audio))
                    try:
                        await intake.take(audio)
                    except (AudioFormatError, DependencyError) as error:
                        self._protocol.fail(str(error))
                        return
                case Cut():
                    await voice.flush()
                case Flush() | End():
                    await intake.settle()
                    await voice.flush()

    async def _hear(self, voice: Voice, pcm: bytes) -> None:
        """Have a piece of audio heard; where the service segments, it may end a segment."""
        await voice.feed(pcm)
        self._protocol.hear(pcm, now=self._loop.time())
        await self._flush_if_asked(voice)

    async def _flush_if_asked(self, voice: Voice) -> None:
        """Where the service itself wants a final, without a word from the client."""
        for command in self._protocol.commands_received():
            if isinstance(command, (Cut, End)):
                await voice.flush()

    async def _fetch(self, voice: Voice, url: str) -> None:
        """Hear what an address has, in place of the client's audio."""
        try:
            async with aclosing(self._source(url)) as audio:
                async for pcm in audio:
                    await self._hear(voice, pcm)
                    await self._send()
            self._protocol.source_ended()
            await self._flush_if_asked(voice)
        except MediaError as error:
            _log.info("the stream of a client cannot be had: %s", error)
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
        """Send what the protocol has to say, and close if it is done."""
        async with self._sending:
            for message in self._protocol.messages_to_send():
                if self._is_mute():
                    continue
                try:
                    if isinstance(message, str):
                        await self._socket.send_str(message)
                    else:
                        await self._socket.send_bytes(message)
                except ConnectionError:
                    return  # the client is gone, which the listener sees too
            close = self._protocol.close
            if close and not self._is_mute():
                await self._socket.close(code=close.code, message=close.reason.encode())

    async def _fail(self, error: EngineError | MediaError) -> None:
        if isinstance(error, EngineError):
            _log.error("the engine failed: %s", error)
        busy = isinstance(error, EngineBusyError)
        self._protocol.fail(str(error), code=_BUSY if busy else "")
        await self._send()

    def _is_mute(self) -> bool:
        fault = self._fault
        return (
            fault is not None
            and fault.kind is FaultKind.SILENT
            and self._audio_ms >= fault.after_audio_ms
        )

    async def _meet_fault(self) -> bool:
        """Have the fault if it is time; tells whether the session is over with it."""
        fault = self._fault
        if fault is None or self._audio_ms < fault.after_audio_ms:
            return False
        match fault.kind:
            case FaultKind.CLOSE:
                await self._socket.close(code=1011, message=b"told to fail")
                return True
            case FaultKind.RESET:
                self._abort()
                return True
            case FaultKind.ERROR:
                self._protocol.fail("told to fail", code=fault.code)
                await self._send()
                return True
            case FaultKind.RUBBISH:
                await self._socket.send_str("<html>Bad Gateway</html>")
            case FaultKind.SILENT | FaultKind.REFUSE:
                pass
        return False
