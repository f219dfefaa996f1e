"""Executes the commands of a recognition: runs its sessions, sets its timer, publishes its updates.

Not re-entrant: what sessions report while a command is executed is queued.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Self, assert_never

from ..audio import AudioFormat
from ..endpointing import DetectorFactory, Endpointing, new_detector
from ..errors import LifecycleError
from ..events import SessionEvent
from ..providers.contract import Message
from ..session import Direction, OnMessage, RealtimeSession
from .candidate import Candidate
from .commands import Close, Command, Fail, Finish, Flush, Interpret, Open, Resolve, Send, Update
from .deadline_timer import DeadlineTimer
from .interpretation import Interpretation
from .interpreting import Interpreting
from .observed import DetailedRecognition, ObservedRecognition, Observer
from .recognition import Recognition
from .request import Purpose
from .result import Result, Revision
from .text_style import TextStyle
from .updates import Updates

__all__ = ["Utterance"]


class Utterance:
    """One spoken command. Use it with ``async with``: the end of the block ends all sessions."""

    def __init__(
        self,
        *,
        candidates: Sequence[Candidate],
        source: AudioFormat,
        endpointing: Endpointing,
        text_style: TextStyle = TextStyle.AS_IS,
        purpose: Purpose = Purpose.SPEECH,
        new_detector: DetectorFactory = new_detector,
        observers: Sequence[Observer] = (),
    ) -> None:
        """Begin without audio. The candidates after the first are fallbacks.

        Raises:
            DependencyError: The detector needs a library that is not installed.
        """
        self._detailed = [each for each in observers if each.wants_details]
        observed = DetailedRecognition if self._detailed else ObservedRecognition
        new_recognition = (
            partial(observed, observers=tuple(observers)) if observers else Recognition
        )
        service_ends = all(candidate.ends_turns for candidate in candidates)
        detects = purpose is Purpose.SPEECH and endpointing.needs_detector(
            provider_ends_turns=service_ends
        )
        threshold = endpointing.speech_threshold
        self._recognition = new_recognition(
            candidates=candidates,
            source=source,
            endpointing=endpointing,
            detector=new_detector(speech_threshold=threshold) if detects else None,
            text_style=text_style,
            purpose=purpose,
        )
        self._loop = asyncio.get_running_loop()
        self._updates = Updates()
        self._interpreting = Interpreting(
            label=candidates[0].label,
            limit_s=candidates[0].limits.interpret_s,
            on_answer=self._interpreted,
        )
        self._sessions: dict[int, RealtimeSession] = {}
        self._runs: dict[int, asyncio.Task[None]] = {}  # also of closed sessions
        self._reports: deque[Callable[[], None]] = deque()  # not passed to the recognition yet
        self._executing = False
        self._draining = False
        self._room = asyncio.Event()  # set when there may be room for more audio
        self._timer = DeadlineTimer(
            next_timeout=self._recognition.next_timeout, on_due=self._time_passed
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def congested(self) -> bool:
        """Whether the source should wait (``drain``) before it feeds more."""
        if not self._recognition.can_be_congested:
            return False
        attempt = self._recognition.lead_attempt
        session = None if attempt is None else self._sessions.get(attempt)
        return self._recognition.is_congested(unsent_bytes=session.waiting_bytes if session else 0)

    @property
    def wants_audio_now(self) -> bool:
        """Whether the next audio may end the utterance, so that it should be fed at once."""
        return self._recognition.wants_audio_now

    # The input.

    def connect(self) -> None:
        """Open a session now, without audio, for a stream or a probe."""
        self._recognition.connect(now=self._loop.time())
        self._execute_all()

    def feed(self, audio: bytes) -> None:
        """Take any amount of audio in the source's format. After the end, audio is ignored."""
        self._recognition.feed(audio, now=self._loop.time())
        # Audio brings no deadline nearer, and the timer may fire early, so it is not set again.
        if not self._timer.is_set or self._recognition.has_commands:
            self._execute_all(after_audio=True)

    def finish(self) -> None:
        """End the audio; the result follows. A second call has no effect."""
        self._recognition.audio_ended(now=self._loop.time())
        self._execute_all()

    def fail(self, error: Exception) -> None:
        """End the utterance with this error, unless the outcome is known."""
        self._recognition.give_up(error)
        self._execute_all()

    async def hear(self, audio: AsyncIterable[bytes]) -> None:
        """Feed all audio of a source, then finish. If the source raises, the utterance fails."""
        self._recognition.expect_audio(now=self._loop.time())
        self._execute_all()
        try:
            async for chunk in audio:
                self.feed(chunk)
                await self.drain()
        except Exception as error:  # noqa: BLE001 - raised again to the readers of the updates
            self.fail(error)
        else:
            self.finish()

    async def drain(self) -> None:
        """Wait until ``congested`` is false: the service took audio, or needs no more of it."""
        if not self.congested:
            return
        self._draining = True
        self._recognition.source_paused(now=self._loop.time())
        self._execute_all()
        try:
            while self.congested:
                self._room.clear()
                await self._room.wait()
        finally:
            self._draining = False
            self._recognition.source_resumed(now=self._loop.time())
            self._execute_all()

    # The output.

    def updates(self) -> AsyncGenerator[Revision | Result, None]:
        """Yield the transcript each time it changes, then the result, to any number of readers.

        Raises:
            BridgeError: There is no result; the error says why.
            Exception: The source of ``hear`` raised it, or a session broke unexpectedly.
        """
        return self._updates.read()

    async def revisions(self) -> AsyncIterator[Revision]:
        """Yield only the revisions. The iterator ends without an error after the last one."""
        updates = self.updates()
        try:
            async for update in updates:
                if isinstance(update, Revision):
                    yield update
        except Exception:  # noqa: BLE001 - ``result`` and ``updates`` raise the error
            return
        finally:
            await updates.aclose()

    async def result(self) -> Result:
        """Wait for the result.

        Raises:
            BridgeError: There is no result; the error says why.
            Exception: The source of ``hear`` raised it, or a session broke unexpectedly.
        """
        return await self._updates.result()

    async def close(self) -> None:
        """End all sessions now, and wait until they are closed. A second call has no effect."""
        self.fail(LifecycleError("the utterance was closed before it had a result"))
        self._interpreting.stop()
        # If the caller is cancelled, gather cancels these tasks too, so that no websocket delays
        # the cancellation.
        await asyncio.gather(*self._runs.values(), return_exceptions=True)

    # The recognition's commands.

    def _report(self, attempt: int, event: SessionEvent) -> None:
        self._pass_on(partial(self._event_reported, attempt, event))

    def _event_reported(self, attempt: int, event: SessionEvent) -> None:
        self._recognition.session_event(attempt, event, now=self._loop.time())

    def _audio_taken(self, attempt: int) -> None:
        if self._draining:
            self._pass_on(partial(self._audio_taken_reported, attempt))

    def _audio_taken_reported(self, attempt: int) -> None:
        if self._draining and attempt == self._recognition.lead_attempt:
            self._recognition.audio_taken(now=self._loop.time())

    def _pass_on(self, report: Callable[[], None]) -> None:
        """Call a function that passes a report to the recognition, after the present command."""
        self._reports.append(report)
        self._execute_all()

    def _execute_all(self, *, after_audio: bool = False) -> None:
        """Execute the recognition's commands, and pass on what sessions report meanwhile.

        ``after_audio`` is True if the recognition got nothing but audio. If all commands are then
        ``Send``, no deadline comes nearer, and the timer is not set again.
        """
        if self._executing:
            return
        self._executing = True
        only_sent = after_audio and self._timer.is_set
        try:
            while True:
                for command in self._recognition.commands():
                    only_sent = only_sent and isinstance(command, Send)
                    self._execute(command)
                if not self._reports:
                    break
                only_sent = False
                self._reports.popleft()()
        finally:
            self._executing = False
        if not only_sent:
            self._room.set()
            self._timer.set()

    def _execute(self, command: Command) -> None:
        match command:
            case Send(attempt=attempt, pcm=pcm):
                self._sessions[attempt].send_audio(pcm)
            case Flush(attempt=attempt, flush_id=flush_id):
                self._sessions[attempt].flush(flush_id)
            case Finish(attempt=attempt):
                self._sessions[attempt].finish()
            case Open():
                self._open(command)
            case Close(attempt=attempt):
                del self._sessions[attempt]
                if attempt in self._runs:
                    self._runs[attempt].cancel()
            case Interpret():
                self._interpreting.ask(command)
            case Update() | Resolve() | Fail():
                self._publish(command)
            case _:
                assert_never(command)

    def _publish(self, command: Update | Resolve | Fail) -> None:
        match command:
            case Update(revision=revision):
                self._updates.revise(revision)
            case Resolve(result=result):
                self._updates.resolve(result)
            case Fail(error=error):
                self._updates.fail(error)

    def _open(self, command: Open) -> None:
        attempt = command.attempt
        session = command.candidate.new_session(
            partial(self._report, attempt),
            on_sent=partial(self._audio_taken, attempt),
            begins_at_ms=command.begins_at_ms,
            on_message=self._message_watcher(attempt),
        )
        run = asyncio.create_task(session.run(), name=f"session {command.candidate.profile}")
        self._sessions[attempt], self._runs[attempt] = session, run
        run.add_done_callback(partial(self._session_ended, attempt))

    def _message_watcher(self, attempt: int) -> OnMessage | None:
        if not self._detailed:
            return None

        def on_message(direction: Direction, message: Message) -> None:
            for observer in self._detailed:
                observer.message_passed(attempt, direction, message)

        return on_message

    def _session_ended(self, attempt: int, run: asyncio.Task[None]) -> None:
        del self._runs[attempt]
        error = None if run.cancelled() else run.exception()
        broken_by = error if isinstance(error, Exception) else None
        self._recognition.session_ended(attempt, broken_by, now=self._loop.time())
        self._execute_all()

    def _interpreted(self, text: str, interpretation: Interpretation) -> None:
        self._recognition.interpreted(text, interpretation, now=self._loop.time())
        self._execute_all()

    def _time_passed(self, now: float) -> None:
        for attempt, session in self._sessions.items():
            if session.last_message_at is not None:
                self._recognition.message_received(attempt, at=session.last_message_at)
            if session.last_pong_at is not None:
                self._recognition.pong_received(attempt, at=session.last_pong_at)
        due = self._recognition.next_timeout()
        if due is not None and due <= now:
            self._recognition.handle_timeout(now=now)
        self._execute_all()
