"""One client's websocket, between its protocol and the engine.

Who slows whom: an engine that is behind makes ``feed`` wait, the socket is not read meanwhile,
and the client's own sending waits.
"""

import asyncio
import logging
from collections.abc import Callable

from aiohttp import WSMsgType, web

from ..audio import AudioFormat, Converter, WavReader
from ..errors import AudioFormatError
from ..providers.contract import End, Feed, Flush, Message, ServerProtocol
from .engine import ENGINE_FORMAT, Engine, EngineError, Voice
from .faults import Fault, FaultKind

__all__ = ["Intake", "SocketSession"]

_log = logging.getLogger(__name__)


class Intake:
    """A client's audio as the engine wants it; raw, or a WAV stream where that is allowed."""

    def __init__(self, source: AudioFormat, *, accepts_wav: bool) -> None:
        self._converter = Converter(source=source, target=ENGINE_FORMAT)
        self._head: bytes | None = b"" if accepts_wav else None
        self._wav: WavReader | None = None

    def take(self, audio: bytes) -> bytes:
        """Convert audio.

        Raises:
            AudioFormatError: It is a WAV stream of a format that cannot be read.
        """
        if self._head is not None:
            self._head += audio
            is_wav = WavReader.recognises(self._head)
            if is_wav is None:
                return b""
            audio, self._head = self._head, None
            self._wav = WavReader() if is_wav else None
        if self._wav is None:
            return self._converter.convert(audio)
        unread = self._wav.format is None
        audio = self._wav.feed(audio)
        if unread and self._wav.format is not None:
            self._converter = Converter(source=self._wav.format, target=ENGINE_FORMAT)
        return self._converter.convert(audio) if audio else b""

    def flush(self) -> bytes:
        """What is still held back; the engine is to hear it before it is asked for a final."""
        head, self._head = self._head or b"", None
        audio = self._converter.convert(head) if head else b""
        return audio if self._converter.passthrough else audio + self._converter.flush()


class SocketSession:
    """The server's end of one websocket."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        protocol: ServerProtocol,
        engine: Engine,
        fault: Fault | None,
        abort: Callable[[], None],
    ) -> None:
        self._socket = socket
        self._protocol = protocol
        self._engine = engine
        self._fault = fault
        self._abort = abort
        self._intake = Intake(protocol.audio_format, accepts_wav=protocol.accepts_wav)
        self._audio_ms = 0.0
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """Serve until either side is done."""
        self._protocol.open()
        await self._send()
        if self._protocol.close or await self._meet_fault():
            return
        try:
            voice = await self._engine.open()
        except EngineError as error:
            await self._fail(error)
            return
        try:
            async with asyncio.TaskGroup() as group:
                reporter = group.create_task(self._report(voice), name="report what is heard")
                await self._listen(voice)
                reporter.cancel()
        finally:
            await voice.close()

    async def _listen(self, voice: Voice) -> None:
        try:
            await self._take_messages(voice)
        except EngineError as error:
            await self._fail(error)

    async def _take_messages(self, voice: Voice) -> None:
        async for message in self._socket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                continue
            data: Message = message.data
            self._protocol.receive_message(data)
            await self._obey(voice)
            await self._send()
            if self._protocol.close or await self._meet_fault():
                return

    async def _obey(self, voice: Voice) -> None:
        for command in self._protocol.commands_received():
            match command:
                case Feed(audio=audio):
                    self._audio_ms += self._protocol.audio_format.duration_ms(len(audio))
                    try:
                        pcm = self._intake.take(audio)
                    except AudioFormatError as error:
                        self._protocol.fail(str(error))
                        return
                    if pcm:
                        await voice.feed(pcm)
                case Flush() | End():
                    if rest := self._intake.flush():
                        await voice.feed(rest)
                    await voice.flush()

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

    async def _fail(self, error: EngineError) -> None:
        _log.error("the engine failed: %s", error)
        self._protocol.fail(str(error))
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
            case FaultKind.RUBBISH:
                await self._socket.send_str("<html>Bad Gateway</html>")
            case FaultKind.SILENT | FaultKind.REFUSE:
                pass
        return False
