"""Takes the requests and the audio of one client, and sends the answers.

An utterance is answered once. After the transcript or the error, the rest of its audio is ignored
until ``audio-stop``: Home Assistant before 2026.10 continues to send until its own voice detection
stops it, and treats a closed connection as a failure.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from enum import StrEnum
from typing import Final

from ..access import no_token_data
from ..audio import AudioFormat
from ..errors import AudioFormatError, LocalError, StoppingError
from ..extensions import ACCESS_TYPE
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
    """The stage of the client's utterance."""

    IDLE = "idle"
    """There is no utterance."""
    STREAMING = "streaming"
    """Audio is coming."""
    ANSWERING = "answering"
    """The audio has ended. The answer has not been sent."""
    DRAINING = "draining"
    """The answer has been sent. The audio has not ended."""
    REFUSED = "refused"
    """The request was refused. Its audio has not begun."""


_ANSWERED: Final = frozenset({Phase.DRAINING, Phase.REFUSED})


class Handler:
    """The handler of one client."""

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
        """Return whether an event can be taken now.

        The next utterance waits while one is answered, and audio waits for a slow service.
        """
        match event.type:
            case "audio-chunk":
                return self.phase is not Phase.ANSWERING and not self._must_drain()
            case "transcribe" | "audio-start" | "audio-stop":
                return self.phase is not Phase.ANSWERING
            case _:
                return True

    @property
    def wants_audio_now(self) -> bool:
        """Whether the next audio may end the utterance, so that it should not wait."""
        return self._utterance is not None and self._utterance.wants_audio_now

    def handle(self, event: WireEvent) -> None:
        """Take an event. An invalid event is answered with an error, an unknown one ignored."""
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
                case _ if event.type == ACCESS_TYPE and "nonce" in event.data:
                    self._connection.send(ACCESS_TYPE, no_token_data())
                case _:
                    _log.debug("ignored a %s event", event.type)
        except LocalError as error:
            self._refuse(event, error)

    def lost(self) -> None:
        """End everything at once: the client is gone."""
        self.cancel()

    def stop(self) -> None:
        """Answer a client that still waits, and end everything: the bridge is stopping."""
        if self._utterance:
            self._utterance = None
            self._connection.send("error", error_data(StoppingError("the bridge is stopping")))
        self.cancel()

    def cancel(self) -> None:
        """End everything without an answer."""
        for task in self._tasks:
            task.cancel()

    def finish(self) -> None:
        """End the audio of an utterance as if the client had: the bridge is stopping."""
        if self._utterance and self.phase is Phase.STREAMING:
            self.phase = Phase.ANSWERING
            self._utterance.finish()

    async def done(self) -> None:
        """Wait until everything has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _transcribe(self, event: WireEvent) -> None:
        if self.phase in _ANSWERED:
            self.phase = Phase.IDLE
        self._request = read_request(event, self._programs, default=self._selected)

    def _audio_start(self, event: WireEvent) -> None:
        if self.phase is Phase.DRAINING:  # this ends the answered utterance too
            self._end_utterance()
        if self.phase is Phase.IDLE:
            audio_format_of(event)  # refuses a bad format now, before the first chunk
            self.phase = Phase.STREAMING

    def _audio_chunk(self, event: WireEvent) -> None:
        if self.phase in _ANSWERED:
            return
        source = self._format_of(event)
        self.phase = Phase.STREAMING  # some clients send no audio-start
        if self._utterance is None:
            self._utterance = self._listen(source)
        self._utterance.feed(event.payload)

    def _format_of(self, chunk: WireEvent) -> AudioFormat:
        """Return a chunk's format. While the data repeats, the decoder gives the same object."""
        if self._format is None or chunk.data is not self._format_data:
            source = audio_format_of(chunk)
            if self._utterance and source != self._format:
                raise AudioFormatError("the audio's format must not change within an utterance")
            self._format, self._format_data = source, chunk.data
        return self._format

    def _audio_stop(self) -> None:
        match self.phase:
            case Phase.STREAMING if self._utterance:
                self.phase = Phase.ANSWERING
                self._utterance.finish()
            case Phase.DRAINING | Phase.REFUSED:
                self._end_utterance()
            case _:
                Answer(self._connection.send_all, self._request).close_empty()
                self._end_utterance()

    def _end_utterance(self) -> None:
        """Forget the request: what comes next is another utterance."""
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
        """Answer an event that cannot be taken. It ends the utterance that it belongs to."""
        _log.info("refused a %s event: %s", event.type, error)
        self._connection.send("error", error_data(error))
        if event.type in {"transcribe", "audio-start", "audio-chunk"}:
            self.phase = Phase.REFUSED if event.type == "transcribe" else Phase.DRAINING
            self._utterance = None
            self.cancel()

    def _must_drain(self) -> bool:
        """Return whether the client has to wait for the service, and begin to wait."""
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
