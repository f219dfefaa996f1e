"""What one client asks for, and the answers.

Answered once: after a transcript or an error the rest of the utterance's audio is passed over
until ``audio-stop``, because Home Assistant before 2026.10 goes on sending until its own voice
detection stops it, and takes a closed connection for a failure.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..audio import AudioFormat, Encoding
from ..errors import AudioFormatError, BridgeError, LocalError, RequestError, WireError
from ..extensions import PARTIAL_TYPE, asked_for_partials, details_context, revision_data
from ..transcriber import Result, Revision, Utterance
from .connection import Connection
from .failures import error_data
from .info import Program
from .wire import WireEvent

__all__ = ["Handler", "Phase"]

_log = logging.getLogger(__name__)

_ENCODINGS = {
    1: Encoding.PCM_S8,
    2: Encoding.PCM_S16LE,
    3: Encoding.PCM_S24LE,
    4: Encoding.PCM_S32LE,
}
"""By Wyoming's width, in bytes. Width 1 is signed, as the library's own converter takes it."""


class Phase(StrEnum):
    """Where the client is in its utterance."""

    IDLE = "idle"
    """Nothing is under way."""
    STREAMING = "streaming"
    """Audio is coming."""
    ANSWERING = "answering"
    """The audio has ended, the answer has not been sent."""
    DRAINING = "draining"
    """The answer has been sent, the audio has not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What the next utterance is to be."""

    program: Program
    language: str | None = None
    partials: bool = False


class Handler:
    """One client."""

    def __init__(
        self,
        connection: Connection,
        *,
        programs: Sequence[Program],
        describe: Callable[[], Mapping[str, object]],
    ) -> None:
        self._connection = connection
        self._programs = programs
        self._describe = describe
        self._selected = programs[0]
        self._request = _Request(program=self._selected)
        self._utterance: Utterance | None = None
        self._format: AudioFormat | None = None
        self._format_data: Mapping[str, object] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining: asyncio.Task[None] | None = None
        self.phase = Phase.IDLE

    def accepts(self, event: WireEvent) -> bool:
        """Everything but the next utterance while one is answered, or audio nobody can take."""
        match event.type:
            case "transcribe" | "audio-start" | "audio-stop":
                return self.phase is not Phase.ANSWERING
            case "audio-chunk":
                return self.phase is not Phase.ANSWERING and not self._must_drain()
            case _:
                return True

    def handle(self, event: WireEvent) -> None:
        """Take an event. What is wrong with it is answered; unknown ones are passed over."""
        try:
            match event.type:
                case "audio-chunk":
                    self._audio_chunk(event)
                case "audio-start":
                    self._audio_start(event)
                case "audio-stop":
                    self._audio_stop()
                case "transcribe":
                    self._transcribe(event)
                case "select-program":
                    self._selected = self._find(_text(event, "name"))
                    self._request = _Request(program=self._selected)
                case "describe":
                    self._connection.send("info", self._describe())
                case "ping":
                    text = _optional_text(event, "text")
                    self._connection.send("pong", {} if text is None else {"text": text})
                case _:
                    _log.debug("passed over a %s event", event.type)
        except LocalError as error:
            self._refuse(event, error)

    def lost(self) -> None:
        """The client is gone: whatever is under way ends at once."""
        for task in self._tasks:
            task.cancel()

    def finish(self) -> None:
        """The bridge is stopping: what was said so far is the utterance."""
        if self._utterance and self.phase is Phase.STREAMING:
            self.phase = Phase.ANSWERING
            self._utterance.finish()

    async def done(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _transcribe(self, event: WireEvent) -> None:
        if self.phase is Phase.DRAINING:
            self.phase = Phase.IDLE
        name = _optional_text(event, "name")
        self._request = _Request(
            program=self._find(name) if name else self._selected,
            language=_optional_text(event, "language"),
            partials=asked_for_partials(event.data.get("context")),
        )

    def _audio_start(self, event: WireEvent) -> None:
        if self.phase is Phase.IDLE:
            _audio_format(event)  # refused now rather than with the first chunk
            self.phase = Phase.STREAMING

    def _audio_chunk(self, event: WireEvent) -> None:
        if self.phase is Phase.DRAINING:
            return
        source = self._format_of(event)
        self.phase = Phase.STREAMING  # some clients leave audio-start out
        if self._utterance is None:
            self._utterance = self._listen(source)
        self._utterance.feed(event.payload)

    def _format_of(self, chunk: WireEvent) -> AudioFormat:
        """The chunk's format. A stream repeats its data, which is then one and the same object."""
        if self._format is None or chunk.data is not self._format_data:
            source = _audio_format(chunk)
            if self._utterance and source != self._format:
                raise AudioFormatError("the audio's format changed in the middle of the utterance")
            self._format, self._format_data = source, chunk.data
        return self._format

    def _audio_stop(self) -> None:
        match self.phase:
            case Phase.STREAMING if self._utterance:
                self.phase = Phase.ANSWERING
                self._utterance.finish()
            case Phase.DRAINING:
                self.phase = Phase.IDLE
            case _:
                self.phase = Phase.IDLE
                self._send_transcript("", self._request.language)

    def _listen(self, source: AudioFormat) -> Utterance:
        request = self._request
        utterance = request.program.new_utterance(source, request.language)
        self._request = _Request(program=self._selected)
        self._start(self._answer(utterance, request), "answer")
        return utterance

    async def _answer(self, utterance: Utterance, request: _Request) -> None:
        """Send the words as they come, then the result or the error."""
        async with utterance:
            settled = ""
            try:
                async for revision in utterance.revisions():
                    settled = self._send_revision(revision, settled, request)
                result = await utterance.result()
            except BridgeError as error:
                _log.warning("profile %s: %s", request.program.name, error)
                self._connection.send("error", error_data(error, profile=request.program.name))
            except Exception as error:  # noqa: BLE001 - logged with its trace, and answered
                _log.exception("an utterance of profile %s failed", request.program.name)
                self._connection.send("error", error_data(error))
            else:
                self._send_result(result, settled, request)
            self._answered(utterance)

    def _answered(self, utterance: Utterance) -> None:
        if self._utterance is not utterance:
            return
        self._utterance = None
        self.phase = Phase.IDLE if self.phase is Phase.ANSWERING else Phase.DRAINING
        self._connection.resume()

    def _send_revision(self, revision: Revision, settled: str, request: _Request) -> str:
        """Send what is new; gives the text that has been sent as settled."""
        if request.partials:
            self._connection.send(PARTIAL_TYPE, revision_data(revision))
        return self._send_chunk(revision.settled, settled)

    def _send_chunk(self, text: str, sent: str) -> str:
        """Send the part of a settled text that was not sent yet."""
        if len(text) > len(sent):
            if not sent:
                self._connection.send("transcript-start")
            self._connection.send("transcript-chunk", {"text": text[len(sent) :]})
        return text

    def _send_result(self, result: Result, settled: str, request: _Request) -> None:
        if result.text:
            self._send_chunk(result.text, settled)
        details = result.details()
        _log.info(
            "profile %s: %.1f s of audio, answered %.0f ms after its end%s",
            result.profile,
            result.timing.audio_ms / 1000,
            result.timing.final_ms or 0,
            "" if result.complete else ", with the last partial in place of the final",
        )
        self._send_transcript(
            result.text,
            result.language or request.language,
            details_context(details) if request.partials else None,
        )
        if result.text:
            self._connection.send("transcript-stop")

    def _send_transcript(
        self, text: str, language: str | None, context: Mapping[str, object] | None = None
    ) -> None:
        data: dict[str, object] = {"text": text}
        if language:
            data["language"] = language
        if context:
            data["context"] = context
        self._connection.send("transcript", data)

    def _refuse(self, event: WireEvent, error: LocalError) -> None:
        """Answer an event that cannot be taken; an utterance under way ends with it."""
        _log.info("a client's %s was refused: %s", event.type, error)
        self._connection.send("error", error_data(error))
        if event.type in {"transcribe", "audio-start", "audio-chunk"}:
            self.phase = Phase.DRAINING
            self._utterance = None
            self.lost()

    def _find(self, name: str) -> Program:
        for program in self._programs:
            if program.name == name:
                return program
        known = ", ".join(program.name for program in self._programs)
        raise RequestError(f"there is no profile {name!r}; there are {known}")

    def _must_drain(self) -> bool:
        """Whether the service is so far behind that the client has to wait."""
        if self._utterance is None or not self._utterance.congested:
            return False
        if self._draining is None or self._draining.done():
            self._draining = self._start(self._drain(self._utterance), "drain")
        return True

    async def _drain(self, utterance: Utterance) -> None:
        await utterance.drain()
        self._draining = None
        self._connection.resume()

    def _start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"wyoming {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _audio_format(event: WireEvent) -> AudioFormat:
    rate, width, channels = (event.data.get(name) for name in ("rate", "width", "channels"))
    if not (isinstance(rate, int) and isinstance(width, int) and isinstance(channels, int)):
        raise WireError(f"{event.type} needs rate, width and channels as whole numbers")
    encoding = _ENCODINGS.get(width)
    if encoding is None:
        raise AudioFormatError(f"a width of {width} bytes is not possible; allowed are 1 to 4")
    return AudioFormat(encoding=encoding, sample_rate_hz=rate, channels=channels)


def _text(event: WireEvent, name: str) -> str:
    value = _optional_text(event, name)
    if value is None:
        raise WireError(f"{event.type} needs {name}")
    return value


def _optional_text(event: WireEvent, name: str) -> str | None:
    value = event.data.get(name)
    if value is None or isinstance(value, str):
        return value
    raise WireError(f"{name} of {event.type} is not a string")
