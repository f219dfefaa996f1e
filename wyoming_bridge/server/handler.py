"""Handles the requests and the audio of one client, and sends the answers.

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

from ..access import no_token_data
from ..audio import AudioFormat
from ..errors import (
    ErrorText,
    LifecycleError,
    LocalError,
    StoppingError,
    one_line,
)
from ..extensions.names import ACCESS_TYPE
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

__all__ = ["Handler"]

_log = logging.getLogger(__name__)


_ANSWERED: Final = frozenset({Phase.DRAINING, Phase.REFUSED})
_HAS_UTTERANCE: Final = frozenset({Phase.STREAMING, Phase.ANSWERING})
_BEFORE_AUDIO: Final = frozenset({Phase.IDLE, Phase.REQUESTED})


class Handler:
    """The handler of one client."""

    def __init__(
        self,
        connection: Connection,
        *,
        programs: Sequence[Program],
        info: Callable[[], bytes],
        note_event: Callable[[bool], None],
        logs: ServiceLogs,
    ) -> None:
        """Create the handler of a connection.

        ``info`` returns the encoded answer to ``describe``. ``note_event`` is called after an
        event; its argument is True while the client has an utterance with audio.
        """
        self._connection = connection
        self._info = info
        self._note_event = note_event
        self._logs = logs
        self._request = NextRequest(programs)
        self._audio = ClientAudio(
            on_missing=self._on_audio_timeout,
            on_late=self._on_late_audio,
            on_ready=connection.resume,
            start_task=self._start,
        )
        self._has_failed = False
        """Whether the answer to the utterance was an error."""
        self._was_busy = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.phase = Phase.IDLE

    def accepts(self, event: WireEvent) -> bool:
        """Return whether an event can be handled now.

        The next utterance waits for the answer to this one, and audio waits for a slow service.
        """
        match event.type:
            case "audio-chunk":
                return self.phase is not Phase.ANSWERING and not self._audio.must_drain()
            case "transcribe" | "audio-start" | "audio-stop":
                return self.phase is not Phase.ANSWERING
            case _:
                return True

    @property
    def wants_audio_now(self) -> bool:
        """Whether the next audio should not wait, because it may end the utterance."""
        utterance = self._audio.utterance
        return utterance is not None and utterance.wants_audio_now

    @property
    def has_utterance(self) -> bool:
        """Whether the client has an utterance that is not answered."""
        return self.phase in _HAS_UTTERANCE

    @property
    def is_busy(self) -> bool:
        """Whether the client has an utterance with audio that is not answered."""
        return self._audio.utterance is not None

    @property
    def is_under_way(self) -> bool:
        """Whether the client waits for an answer, or will do so as soon as its audio begins."""
        return self.has_utterance or self.phase is Phase.REQUESTED

    def audio_behind_s(self, *, now: float) -> float:
        """Return how many seconds the audio is behind the pace of speech; 0 if no audio is due."""
        if self.phase is not Phase.STREAMING:
            return 0.0
        return self._audio.behind_s(now=now)

    def handle(self, event: WireEvent) -> None:
        """Handle an event. Answer an invalid event with an error, and ignore an unknown one."""
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
                    self._select(event)
                case "describe":
                    self._connection.send_encoded(self._info())
                case "ping":
                    self._connection.send("pong", event.data)
                case _ if event.type == ACCESS_TYPE and "nonce" in event.data:
                    self._connection.send(ACCESS_TYPE, no_token_data())
                case _:
                    _log.debug("ignored a %s event", event.type)
        except LocalError as error:
            self._refuse(event, error)
        self._report()

    def lost(self) -> None:
        """End everything at once, because the client is gone."""
        self._abandon()

    def begin_stop(self) -> None:
        """Send an error to a client that still sends audio, because the bridge is stopping.

        The audio so far may be half a command, so the client must not get its transcript. A client
        that has ended its audio can still get a transcript.
        """
        if self.phase is Phase.STREAMING:
            self._fail(StoppingError(ErrorText.BRIDGE_STOPS))

    def stop(self) -> None:
        """Send an error to a client that still waits, and end everything."""
        if self.phase in _HAS_UTTERANCE:
            self._fail(StoppingError(ErrorText.BRIDGE_STOPS))
        self._abandon()

    async def done(self) -> None:
        """Wait until all tasks of this handler have ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _report(self) -> None:
        """Call ``note_event``, except for further events of an utterance that is under way."""
        is_busy = self.is_busy
        if not (is_busy and self._was_busy):
            self._was_busy = is_busy
            self._note_event(is_busy)

    def _transcribe(self, event: WireEvent) -> None:
        if self.phase in _ANSWERED:
            self._end_utterance()
        self._request.transcribe(event)
        if self.phase is Phase.IDLE:
            self.phase = Phase.REQUESTED

    def _select(self, event: WireEvent) -> None:
        self._request.select(event)
        if self.phase is Phase.REQUESTED:
            self.phase = Phase.IDLE

    def _audio_start(self, event: WireEvent) -> None:
        if self.phase is Phase.DRAINING:  # the answered utterance is over
            self._end_utterance()
        if self.phase in _BEFORE_AUDIO:
            audio_format_of(event)  # refuse a bad format now, before the first chunk
            self._begin()

    def _begin(self) -> None:
        """Begin an utterance, and limit the wait for its first audio."""
        self._request.check_program()
        self.phase = Phase.STREAMING
        self._audio.begin(audio_timeout_s=self._request.current.program.audio_timeout_s)

    def _audio_chunk(self, event: WireEvent) -> None:
        if self.phase in _ANSWERED:
            return
        if self._audio.utterance is None:
            source = self._audio.format_of(event)
            self._begin()  # some clients send no audio-start
            if event.payload:
                self._listen(source)
        self._audio.feed(event)

    def _audio_stop(self) -> None:
        match self.phase:
            case Phase.STREAMING if utterance := self._audio.utterance:
                self.phase = Phase.ANSWERING
                self._audio.end()
                self._connection.owes_answer = True
                utterance.finish()
            case Phase.DRAINING | Phase.REFUSED:
                has_failed = self._has_failed
                self._end_utterance()
                if has_failed:
                    self._connection.end()
            case _:
                self._answer_empty()
                self._end_utterance()

    def _on_audio_timeout(self) -> None:
        """Answer a client that began an utterance and then sent no audio."""
        self._answer_empty()
        self._end_utterance()
        self.phase = Phase.DRAINING
        self._report()

    def _answer_empty(self) -> None:
        request = self._request.current
        Answer(self._connection.send_all, request, log=self._logs.answers).close_empty()

    def _end_utterance(self) -> None:
        """Forget the request, because the next events belong to another utterance."""
        self.phase = Phase.IDLE
        self._has_failed = False
        self._audio.cancel_begin()
        self._request.clear()

    def _listen(self, source: AudioFormat) -> None:
        """Begin to transcribe, because there is audio."""
        request = self._request.take(client=self._connection.peer or None)
        program = request.program
        utterance = program.new_utterance(source, request.options)
        self._start(self._respond(utterance, request), "answer")
        self._audio.listen(utterance, source, audio_timeout_s=program.audio_timeout_s)

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
        if self._audio.utterance is not utterance:
            return
        has_ended = self.phase is Phase.ANSWERING
        self._forget_audio()
        self.phase = Phase.IDLE if has_ended else Phase.DRAINING
        self._has_failed = has_failed
        self._report()
        if has_failed and has_ended:
            self._connection.end()
        else:
            self._connection.answered()

    def _on_late_audio(self, error: LocalError) -> None:
        """Answer a client whose audio is too late. The audio so far may be half a command."""
        self._logs.refusals.log(logging.INFO, "ended an utterance: %s", error)
        self._fail(error)
        self._report()

    def _forget_audio(self) -> None:
        self._audio.forget()
        self._connection.owes_answer = False

    def _refuse(self, event: WireEvent, error: LocalError) -> None:
        """Answer an invalid event with an error, and end the utterance that it belongs to."""
        self._logs.refusals.log(logging.INFO, "refused a %s event: %s", one_line(event.type), error)
        self._connection.send("error", error_data(error))
        if event.type in {"transcribe", "audio-start", "audio-chunk"}:
            self._abandon()
            self.phase = Phase.REFUSED if event.type == "transcribe" else Phase.DRAINING
            self._has_failed = True

    def _fail(self, error: Exception) -> None:
        """Answer the utterance with an error, and ignore the rest of its audio."""
        self._connection.send("error", error_data(error))
        self._abandon()
        self.phase = Phase.DRAINING
        self._has_failed = True

    def _abandon(self) -> None:
        """End the utterance and its session without an answer.

        The task that sends the answer cannot do this, because it may not have begun.
        """
        self._audio.cancel_begin()
        utterance = self._audio.utterance
        self._forget_audio()
        for task in self._tasks:
            task.cancel()
        if utterance:
            utterance.fail(LifecycleError("the utterance was closed before it had a result"))

    def _start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"wyoming {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
