"""What one client asks for, and the answers.

Answered once: after a transcript or an error the rest of the utterance's audio is passed over
until ``audio-stop``, because Home Assistant before 2026.10 goes on sending until its own voice
detection stops it, and takes a closed connection for a failure.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from enum import StrEnum
from typing import Final

from ..audio import AudioFormat
from ..errors import AudioFormatError, LocalError, StoppingError
from ..transcriber import Revision, Utterance
from .answer import Answer
from .connection import Connection
from .failures import error_data
from .info import Program
from .request import (
    Request,
    audio_format_of,
    find_program,
    read_request,
    text_of,
)
from .wire import WireEvent

__all__ = ["Handler", "Phase"]

_log = logging.getLogger(__name__)


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
    REFUSED = "refused"
    """The request was refused, its audio is still to come."""


_ANSWERED: Final = frozenset({Phase.DRAINING, Phase.REFUSED})


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
        self._request = Request(program=self._selected)
        self._utterance: Utterance | None = None
        self._format: AudioFormat | None = None
        self._format_data: Mapping[str, object] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining: asyncio.Task[None] | None = None
        self.phase = Phase.IDLE

    def accepts(self, event: WireEvent) -> bool:
        """Everything but the next utterance while one is answered, or audio nobody can take."""
        match event.type:
            case "audio-chunk":
                return self.phase is not Phase.ANSWERING and not self._must_drain()
            case "transcribe" | "audio-start" | "audio-stop":
                return self.phase is not Phase.ANSWERING
            case _:
                return True

    @property
    def wants_audio_now(self) -> bool:
        """Whether the next audio may end the utterance."""
        return self._utterance is not None and self._utterance.wants_audio_now

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
                    self._selected = find_program(self._programs, text_of(event, "name"))
                    self._request = Request(program=self._selected)
                case "describe":
                    self._connection.send("info", self._describe())
                case "ping":
                    self._connection.send("pong", event.data)
                case _:
                    _log.debug("passed over a %s event", event.type)
        except LocalError as error:
            self._refuse(event, error)

    def lost(self) -> None:
        """The client is gone: whatever is under way ends at once."""
        self.cancel()

    def stop(self) -> None:
        """The bridge is going down: who still waits for an answer is told."""
        if self._utterance:
            self._utterance = None
            self._connection.send("error", error_data(StoppingError("the bridge is stopping")))
        self.cancel()

    def cancel(self) -> None:
        """End whatever is under way, without an answer."""
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
        if self.phase in _ANSWERED:
            self.phase = Phase.IDLE
        self._request = read_request(event, self._programs, default=self._selected)

    def _audio_start(self, event: WireEvent) -> None:
        if self.phase is Phase.DRAINING:  # the utterance that was answered is over with this
            self._begin_anew()
        if self.phase is Phase.IDLE:
            audio_format_of(event)  # refused now rather than with the first chunk
            self.phase = Phase.STREAMING

    def _audio_chunk(self, event: WireEvent) -> None:
        if self.phase in _ANSWERED:
            return
        source = self._format_of(event)
        self.phase = Phase.STREAMING  # some clients leave audio-start out
        if self._utterance is None:
            self._utterance = self._listen(source)
        self._utterance.feed(event.payload)

    def _format_of(self, chunk: WireEvent) -> AudioFormat:
        """The chunk's format. A stream repeats its data, which is then one and the same object."""
        if self._format is None or chunk.data is not self._format_data:
            source = audio_format_of(chunk)
            if self._utterance and source != self._format:
                raise AudioFormatError("the audio's format changed in the middle of the utterance")
            self._format, self._format_data = source, chunk.data
        return self._format

    def _audio_stop(self) -> None:
        match self.phase:
            case Phase.STREAMING if self._utterance:
                self.phase = Phase.ANSWERING
                self._utterance.finish()
            case Phase.DRAINING | Phase.REFUSED:
                self._begin_anew()
            case _:
                Answer(self._connection.send_all, self._request).close_empty()
                self._begin_anew()

    def _begin_anew(self) -> None:
        """What comes next is another utterance, with a request of its own."""
        self.phase = Phase.IDLE
        self._request = Request(program=self._selected)

    def _listen(self, source: AudioFormat) -> Utterance:
        request = self._request
        utterance = request.program.new_utterance(source, request.options)
        self._request = Request(program=self._selected)
        self._start(self._respond(utterance, request), "answer")
        return utterance

    async def _respond(self, utterance: Utterance, request: Request) -> None:
        """Send the words as they come, then the result or the error."""
        answer = Answer(self._connection.send_all, request)
        async with utterance:
            try:
                async for update in utterance.updates():
                    if isinstance(update, Revision):
                        answer.revise(update)
                    else:
                        answer.close(update)
            except Exception as error:  # noqa: BLE001 - logged, and answered
                answer.fail(error)
            self._answered(utterance)

    def _answered(self, utterance: Utterance) -> None:
        if self._utterance is not utterance:
            return
        self._utterance = None
        self.phase = Phase.IDLE if self.phase is Phase.ANSWERING else Phase.DRAINING
        self._connection.resume()

    def _refuse(self, event: WireEvent, error: LocalError) -> None:
        """Answer an event that cannot be taken; an utterance under way ends with it."""
        _log.info("a client's %s was refused: %s", event.type, error)
        self._connection.send("error", error_data(error))
        if event.type in {"transcribe", "audio-start", "audio-chunk"}:
            self.phase = Phase.REFUSED if event.type == "transcribe" else Phase.DRAINING
            self._utterance = None
            self.cancel()

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
