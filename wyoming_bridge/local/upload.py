"""The session of one request whose body is audio, between the protocol and the engine."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from ..errors import AudioFormatError, DependencyError, MediaError
from ..providers.contract import HttpAnswer, Message
from ..providers.serving import End, EndSegment, Feed, Flush, UploadProtocol
from .audio_input import AudioInput
from .engine import Engine, EngineBusyError, EngineError
from .rare_log import RareLog
from .requests import FormField
from .session_voice import SessionVoice

__all__ = ["BUSY", "UploadSession"]

_log = logging.getLogger(__name__)

BUSY: Final = "resource_exhausted"
"""ElevenLabs' error code for a busy engine. The emulators of OpenAI and Reson8 translate it to
their own codes."""

_INVALID: Final = "invalid_request"
"""Reson8's error code for audio that cannot be read, in lower case."""


class UploadSession:
    """The server side of one request."""

    def __init__(
        self,
        *,
        protocol: UploadProtocol,
        engine: Engine,
        refused: RareLog,
        write: Callable[[Sequence[Message]], Awaitable[None]],
    ) -> None:
        """Create the session. ``write`` sends pieces of the answer, if the protocol streams it."""
        self._refused = refused
        self._write = write
        self._protocol = protocol
        self._voice = SessionVoice(engine, bias_terms=lambda: protocol.bias_terms)
        self._audio_input = AudioInput(
            protocol.audio_format,
            containers=protocol.containers,
            feed=self._feed,
            fail=self._fail,
        )
        self._loop = asyncio.get_running_loop()
        self._answered = asyncio.Event()

    async def run(self, body: AsyncIterator[bytes | FormField]) -> HttpAnswer:
        """Transcribe the body and return the answer. Errors that ``body`` raises are not caught."""
        self._protocol.open(now=self._loop.time())
        reporting = asyncio.create_task(self._report(), name="report results")
        try:
            await self._take(body)
            await self._answered.wait()
        finally:
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)
            await self._audio_input.close()
            await self._voice.close()
            self._protocol.leave(now=self._loop.time())
        answer = self._protocol.answer
        if answer is None:
            raise RuntimeError("an upload has ended without an answer")
        return answer

    async def _take(self, body: AsyncIterator[bytes | FormField]) -> None:
        try:
            async for piece in body:
                if isinstance(piece, FormField):
                    self._protocol.receive_field(piece.name, piece.value)
                else:
                    self._protocol.receive_message(piece, now=self._loop.time())
                if self._protocol.answer:
                    self._answered.set()
                    return
                await self._run_commands()
            self._protocol.audio_ended()
            if self._protocol.answer:
                self._answered.set()
            await self._run_commands()
        except (AudioFormatError, DependencyError, EngineError, MediaError) as error:
            await self._fail(error)

    async def _run_commands(self) -> None:
        for command in self._protocol.commands_received():
            match command:
                case Feed(audio=audio):
                    await self._audio_input.take(audio)
                case EndSegment():
                    await self._voice.flush()
                case Flush() | End():
                    await self._audio_input.flush()
                    await self._voice.flush()

    async def _feed(self, pcm: bytes) -> None:
        await self._voice.feed(pcm)
        self._protocol.hear(pcm, now=self._loop.time())
        await self._run_commands()
        await asyncio.sleep(0)  # let other tasks run, even if the engine never waits

    async def _report(self) -> None:
        try:
            async for result in self._voice.results():
                self._protocol.report(result)
                if self._protocol.streams:
                    await self._write(self._protocol.messages_to_send())
                if self._protocol.answer:
                    self._answered.set()
        except EngineError as error:
            await self._fail(error)

    async def _fail(
        self, error: AudioFormatError | DependencyError | EngineError | MediaError
    ) -> None:
        match error:
            case EngineBusyError():
                self._refused.note("busy", f"refused an upload: {error}")
                code = BUSY
            case EngineError():
                _log.error("the engine failed: %s", error)
                code = ""
            case DependencyError():
                code = ""
            case _:
                code = _INVALID
        self._protocol.fail(str(error), code=code)
        self._answered.set()
