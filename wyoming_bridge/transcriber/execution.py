"""Executes the commands of a recognition: runs its sessions, sets its timer, publishes its updates.

The execution is not re-entrant: if a session reports something while a command is executed, the
report is queued.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import assert_never

from ..events import SessionEvent
from ..providers.contract import Message
from ..session import Direction, OnMessage, RealtimeSession
from .commands import Close, Command, Fail, Finish, Flush, Interpret, Open, Resolve, Send, Update
from .deadline_timer import DeadlineTimer
from .interpretation import Interpretation
from .interpreting import Interpreting
from .observer import Observer
from .recognition import Recognition
from .updates import Updates

__all__ = ["Execution"]


class Execution:
    """Runs the sessions, the timer and the interpretations of one recognition.

    The recognition makes the decisions.
    """

    def __init__(
        self,
        recognition: Recognition,
        *,
        updates: Updates,
        label: str,
        interpret_s: float,
        observers: Sequence[Observer],
    ) -> None:
        """Create an execution without sessions.

        ``updates`` gets the revisions and the outcome. ``label`` begins each line in the log. An
        interpretation may take ``interpret_s`` seconds. ``observers`` get each message.
        """
        self._recognition = recognition
        self._updates = updates
        self._observers = observers
        self._interpreting = Interpreting(
            label=label, limit_s=interpret_s, on_answer=self._interpreted
        )
        self._loop = asyncio.get_running_loop()
        self._sessions: dict[int, RealtimeSession] = {}
        self._runs: dict[int, asyncio.Task[None]] = {}  # by attempt, even of closed sessions
        self._reports: deque[Callable[[], None]] = deque()  # to pass to the recognition
        self._executing = False
        self._waiting = False  # whether the source waits for room
        self._room = asyncio.Event()  # set when there may be room for more audio
        self._timer = DeadlineTimer(next_timeout=recognition.next_timeout, on_due=self._time_passed)

    @property
    def unsent_bytes(self) -> int:
        """The bytes of audio that the session whose text counts has not sent yet."""
        attempt = self._recognition.lead_attempt
        session = None if attempt is None else self._sessions.get(attempt)
        return session.waiting_bytes if session else 0

    async def wait_for_room(self) -> None:
        """Wait until there may be room for more audio.

        Meanwhile, the recognition is notified when audio was sent.
        """
        self._waiting = True
        self._room.clear()
        try:
            await self._room.wait()
        finally:
            self._waiting = False

    async def stop(self) -> None:
        """Wait until all sessions are closed. The recognition must have closed them."""
        self._interpreting.stop()
        # If the caller is cancelled, gather cancels these tasks too, so that no websocket delays
        # the cancellation.
        await asyncio.gather(*self._runs.values(), return_exceptions=True)

    def run(self, *, after_audio: bool = False) -> None:
        """Execute the recognition's commands, and pass on what sessions report meanwhile.

        ``after_audio`` is True if the recognition got nothing but audio. If all commands are then
        ``Send``, the timer is not set again: audio never makes a deadline earlier, and a timer that
        fires too early does no harm.
        """
        only_sent = after_audio and self._timer.is_set
        if self._executing or (only_sent and not self._recognition.has_commands):
            return
        self._executing = True
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

    # The commands.

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
            partial(self._reported, attempt),
            on_sent=partial(self._audio_sent, attempt),
            begins_at_ms=command.begins_at_ms,
            on_message=self._message_watcher(attempt),
        )
        run = asyncio.create_task(session.run(), name=f"session {command.candidate.profile}")
        self._sessions[attempt], self._runs[attempt] = session, run
        run.add_done_callback(partial(self._session_ended, attempt))

    def _message_watcher(self, attempt: int) -> OnMessage | None:
        if not self._observers:
            return None

        def on_message(direction: Direction, message: Message) -> None:
            for observer in self._observers:
                observer.message_passed(attempt, direction, message)

        return on_message

    # What sessions, interpreters and the timer report.

    def _reported(self, attempt: int, event: SessionEvent) -> None:
        self._pass_on(partial(self._pass_event, attempt, event))

    def _pass_event(self, attempt: int, event: SessionEvent) -> None:
        self._recognition.session_event(attempt, event, now=self._loop.time())

    def _audio_sent(self, attempt: int) -> None:
        if self._waiting:
            self._pass_on(partial(self._pass_sent, attempt))

    def _pass_sent(self, attempt: int) -> None:
        if self._waiting and attempt == self._recognition.lead_attempt:
            self._recognition.audio_taken(now=self._loop.time())

    def _pass_on(self, report: Callable[[], None]) -> None:
        """Call a function that passes a report to the recognition, after the present command."""
        self._reports.append(report)
        self.run()

    def _session_ended(self, attempt: int, run: asyncio.Task[None]) -> None:
        del self._runs[attempt]
        error = None if run.cancelled() else run.exception()
        broken_by = error if isinstance(error, Exception) else None
        self._recognition.session_ended(attempt, broken_by, now=self._loop.time())
        self.run()

    def _interpreted(self, text: str, interpretation: Interpretation) -> None:
        self._recognition.interpreted(text, interpretation, now=self._loop.time())
        self.run()

    def _time_passed(self, now: float) -> None:
        for attempt, session in self._sessions.items():
            self._recognition.note_signs_of_life(attempt, session.signs_of_life)
        due = self._recognition.next_timeout()
        if due is not None and due <= now:
            self._recognition.handle_timeout(now=now)
        self.run()
