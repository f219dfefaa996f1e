"""The utterance of one client, from its request to the end of its audio.

An utterance is answered once. After the transcript or the error, the rest of its audio is ignored
until ``audio-stop``. Home Assistant before 2026.10 sends audio until its own voice detection finds
the end of the speech, and treats a closed connection as a failure. If the answer was an error, the
connection ends after ``audio-stop``, because simple clients wait until they get a transcript or the
connection ends. ADR 20 has the reasons.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Final

from ..audio import AudioFormat
from ..errors import ErrorText, LifecycleError, LocalError, StoppingError
from ..transcriber import Utterance
from .answer import Answer
from .client_audio import ClientAudio
from .connection import Connection
from .failures import error_data
from .info import Program
from .next_request import NextRequest
from .phase import Phase
from .quiet_log import ServiceLogs
from .request import Request, audio_format_of
from .wire import WireEvent

__all__ = ["ClientUtterance"]

_ANSWERED: Final = frozenset({Phase.DRAINING, Phase.REFUSED})
_WAITS_FOR_ANSWER: Final = frozenset({Phase.STREAMING, Phase.ANSWERING})
_BEFORE_AUDIO: Final = frozenset({Phase.IDLE, Phase.REQUESTED})


class ClientUtterance:
    """The present utterance of one client, or the next one if there is none.

    The methods that take an event raise ``LocalError`` if the event is invalid.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        programs: Sequence[Program],
        on_change: Callable[[], None],
        logs: ServiceLogs,
    ) -> None:
        """Create the utterance of a client that has sent nothing.

        ``on_change`` is called when the utterance changes without an event of the client.
        """
        self._connection = connection
        self._on_change = on_change
        self._logs = logs
        self._request = NextRequest(programs)
        self.audio = ClientAudio(
            on_missing=self._audio_is_missing,
            on_late=self._audio_is_late,
            on_ready=connection.resume,
            start_task=self._start,
        )
        """The audio of the utterance."""
        self.phase = Phase.IDLE
        self._has_failed = False  # whether the answer was an error
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waits_for_answer(self) -> bool:
        """Whether the utterance has begun and is not answered."""
        return self.phase in _WAITS_FOR_ANSWER

    # What the client sends.

    def transcribe(self, event: WireEvent) -> None:
        """Take the request for the next utterance."""
        if self.phase in _ANSWERED:
            self._end()
        self._request.transcribe(event)
        if self.phase is Phase.IDLE:
            self.phase = Phase.REQUESTED

    def select_program(self, event: WireEvent) -> None:
        """Take the program for all utterances after this event."""
        self._request.select(event)
        if self.phase is Phase.REQUESTED:
            self.phase = Phase.IDLE

    def audio_start(self, event: WireEvent) -> None:
        """Begin the utterance, unless it has begun."""
        if self.phase is Phase.DRAINING:  # the answered utterance is over
            self._end()
        if self.phase in _BEFORE_AUDIO:
            audio_format_of(event)  # refuse a bad format now, before the first chunk
            self._begin()

    def audio_chunk(self, event: WireEvent) -> None:
        """Transcribe audio. After the answer, audio is ignored."""
        if self.phase in _ANSWERED:
            return
        if self.audio.utterance is None:
            source = self.audio.format_of(event)
            self._begin()  # some clients send no audio-start
            if event.payload:
                self._listen(source)
        self.audio.feed(event)

    def audio_stop(self) -> None:
        """End the audio. The answer follows, unless the client has it already."""
        match self.phase:
            case Phase.STREAMING if utterance := self.audio.utterance:
                self.phase = Phase.ANSWERING
                self.audio.end()
                self._connection.owes_answer = True
                utterance.finish()
            case Phase.DRAINING | Phase.REFUSED:
                has_failed = self._has_failed
                self._end()
                if has_failed:
                    self._connection.end()
            case _:
                self._answer_empty()
                self._end()

    # What ends the utterance before its time.

    def refuse(self, error: LocalError, *, has_audio: bool) -> None:
        """Answer an invalid request or audio with an error.

        The audio that follows is ignored. Without ``has_audio``, it has not begun.
        """
        self._fail(error, then=Phase.DRAINING if has_audio else Phase.REFUSED)

    def begin_stop(self) -> None:
        """Send an error to a client that still sends audio, because the bridge is stopping.

        The audio so far may be half a command, so the client must not get its transcript. A client
        that has ended its audio can still get a transcript.
        """
        if self.phase is Phase.STREAMING:
            self._fail(StoppingError(ErrorText.BRIDGE_STOPS))

    def stop(self) -> None:
        """Send an error to a client that still waits, and end everything."""
        if self.waits_for_answer:
            self._fail(StoppingError(ErrorText.BRIDGE_STOPS))
        self.abandon()

    def abandon(self) -> None:
        """End the utterance and its session without an answer.

        The task that sends the answer cannot do this, because it may not have begun.
        """
        self.audio.cancel_begin()
        utterance = self.audio.utterance
        self._forget_audio()
        for task in self._tasks:
            task.cancel()
        if utterance:
            utterance.fail(LifecycleError("the utterance was closed before it had a result"))

    async def done(self) -> None:
        """Wait until all tasks have ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _audio_is_missing(self) -> None:
        """Answer a client that began an utterance and then sent no audio."""
        self._answer_empty()
        self._end()
        self.phase = Phase.DRAINING
        self._on_change()

    def _audio_is_late(self, error: LocalError) -> None:
        """Answer a client whose audio is too late. The audio so far may be half a command."""
        self._logs.refusals.log(logging.INFO, "ended an utterance: %s", error)
        self._fail(error)
        self._on_change()

    def _fail(self, error: Exception, *, then: Phase = Phase.DRAINING) -> None:
        """Answer the utterance with an error, and ignore the rest of its audio."""
        self._connection.send("error", error_data(error))
        self.abandon()
        self.phase = then
        self._has_failed = True

    # The usual course.

    def _begin(self) -> None:
        """Begin an utterance, and limit the wait for its first audio."""
        self._request.check_program()
        self.phase = Phase.STREAMING
        self.audio.begin(audio_timeout_s=self._request.current.program.audio_timeout_s)

    def _listen(self, source: AudioFormat) -> None:
        """Begin to transcribe, because there is audio."""
        request = self._request.take(client=self._connection.peer or None)
        program = request.program
        utterance = program.new_utterance(source, request.options)
        self._start(self._respond(utterance, request), "answer")
        self.audio.listen(utterance, source, audio_timeout_s=program.audio_timeout_s)

    async def _respond(self, utterance: Utterance, request: Request) -> None:
        """Send revisions while the utterance lasts, then the result or the error."""
        answer = Answer(self._connection.send_all, request, log=self._logs.answers)
        async with utterance:
            has_failed = await answer.follow(utterance)
            self._answered(utterance, has_failed=has_failed)

    def _answered(self, utterance: Utterance, *, has_failed: bool) -> None:
        """Note that an utterance has its answer.

        After an error, the connection ends as soon as the audio has ended.
        """
        if self.audio.utterance is not utterance:
            return
        has_ended = self.phase is Phase.ANSWERING
        self._forget_audio()
        self.phase = Phase.IDLE if has_ended else Phase.DRAINING
        self._has_failed = has_failed
        self._on_change()
        if has_failed and has_ended:
            self._connection.end()
        else:
            self._connection.answered()

    def _answer_empty(self) -> None:
        request = self._request.current
        Answer(self._connection.send_all, request, log=self._logs.answers).close_empty()

    def _end(self) -> None:
        """Forget the request, because the next events belong to another utterance."""
        self.phase = Phase.IDLE
        self._has_failed = False
        self.audio.cancel_begin()
        self._request.clear()

    def _forget_audio(self) -> None:
        self.audio.forget()
        self._connection.owes_answer = False

    def _start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"wyoming {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
