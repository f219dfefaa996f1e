"""One profile's transcription of the utterance, in one or more sessions.

The module does no I/O and reads no clock. It gets the time as an argument, and appends commands
that ``Execution`` executes. A session that replaces another one gets all audio that no final has
confirmed.
"""

from collections.abc import Iterator

from ..errors import BridgeError
from ..events import (
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionEvent,
    SessionStarted,
    StateChanged,
)
from .attempt import Attempt
from .candidate import Candidate
from .commands import Command, Open
from .liveness import Liveness
from .replay_buffer import ReplayBuffer, ms_at, offset_at, whole_ms
from .sessions import Sessions
from .spending import Spending
from .transcript import Transcript

__all__ = ["Transcription"]


class Transcription:
    """One profile's transcription of an utterance.

    Offsets are bytes of ``PCM_16K_MONO`` from the utterance's first audio.
    """

    def __init__(
        self,
        candidate: Candidate,
        *,
        replay_buffer: ReplayBuffer,
        commands: list[Command],
        numbers: Iterator[int],
    ) -> None:
        """Create a transcription without a session. ``numbers`` yields each attempt's number."""
        self.candidate = candidate
        self.transcript = Transcript()
        self.sessions = Sessions(
            candidate,
            new_attempt=self._new_attempt,
            on_current=self._begin_session,
            commands=commands,
        )
        self._open = self.sessions.open
        self._spending = Spending(
            candidate,
            sessions=self.sessions,
            transcript=self.transcript,
            replay_buffer=replay_buffer,
        )
        self._replay_buffer = replay_buffer
        self._commands = commands
        self._numbers = numbers
        self._flushed = 0  # offset up to which the last flush requested a final
        self._end: int | None = None  # offset of the end of the audio to transcribe
        self._finished = False
        self._confirmed_ms = 0
        self._takes_terms = True  # until the server reports that it takes none
        self._is_stream = False

    @property
    def error(self) -> Exception | None:
        """Why this profile has failed; None as long as it has not."""
        return self.sessions.error

    @property
    def is_well(self) -> bool:
        """Whether a session is known to work, or no session was needed yet."""
        return self.sessions.trouble_since is None and self.sessions.error is None

    @property
    def can_flush(self) -> bool:
        """Whether the current session, or else a new session, can be asked for a final."""
        current = self._open.current
        return current.can_flush if current else self.candidate.can_flush

    @property
    def left_out_terms(self) -> tuple[str, ...] | None:
        """The client's terms that the service did not get; None if the client sent no terms."""
        candidate = self.candidate
        if candidate.terms and not self._takes_terms:
            return candidate.terms
        return candidate.left_out_terms

    @property
    def is_complete(self) -> bool:
        """Whether the service has finished, or finals contain all speech of the whole audio."""
        if self._finished:
            return True
        current = self._open.current
        if self._end is None or (current and current.is_last):
            return False
        return offset_at(self.transcript.confirmed_ms) >= whole_ms(self._end)

    @property
    def replay_from(self) -> int:
        """The offset from which a new session would get the audio."""
        buffer, current = self._replay_buffer, self._open.current
        confirmed = max(buffer.begin, offset_at(self.transcript.confirmed_ms))
        return min(confirmed, current.sent_until if current else buffer.end)

    @property
    def needed_from(self) -> int:
        """The offset up to which the audio was sent to every open session."""
        begins = [each.sent_until for each in self._open.all]
        return min(begins, default=self._replay_buffer.end)

    @property
    def unsent_bytes(self) -> int:
        """Size of the audio that must still be sent to the current session or to a new one."""
        if self.error:
            return 0
        current = self._open.current
        return self._replay_buffer.end - (current.sent_until if current else self.replay_from)

    @property
    def all_processed_at(self) -> float:
        """The time at which the newest session has processed all audio, if it works in real time.

        Sessions that were never ready do not count. The time is 0 if no session was ready.
        """
        last = self._open.last
        return last.all_processed_at if last else 0.0

    def start(self, *, now: float) -> None:
        """Open the first session, unless the circuit breaker or the budget forbids it."""
        try:
            self.candidate.circuit_breaker.check(now=now)
            self.candidate.budget.check(provider=self.candidate.provider)
        except BridgeError as error:
            self.sessions.give_up(error)
        else:
            self.sessions.start(now=now)

    def send(self) -> None:
        """Send the audio in the replay buffer that fills whole batches."""
        self._spending.check()
        for each in self._open.all:
            each.send()

    def flush(self, *, now: float) -> None:
        """Request a final of all audio in the replay buffer."""
        self._spending.check()
        self._flushed = whole_ms(self._replay_buffer.end)  # an answer confirms whole ms
        for attempt in self._open.all:
            if attempt.can_flush:
                attempt.flush(self._flushed, now=now)

    def finish(self, *, speech_end: int | None, now: float) -> None:
        """End the audio. ``speech_end`` is the offset after the speech; None if unknown.

        If the last flush came after the speech, the answer to this flush completes the transcript
        sooner than a finish does. The current session then gets no finish, unless a partial has
        followed the answer.
        """
        self._spending.check()
        last, flushed = self._open.last, self._flushed
        flushed_last = flushed > 0 and speech_end is not None and speech_end <= flushed
        owes_final = last is not None and last.owes_final
        may_skip_finish = flushed_last and (owes_final or not self.transcript.has_open_partial)
        self._end = flushed if may_skip_finish else self._replay_buffer.end
        for each in self._open.all:
            if each is not self._open.current or not may_skip_finish:
                each.finish(self._end, now=now)

    def send_nothing(self, *, now: float) -> None:
        """Note that no audio will be sent, because the service fetches a stream itself."""
        self._is_stream = True
        for attempt in self._open.all:
            attempt.finish(attempt.sent_until, now=now)

    def take(self, number: int, event: SessionEvent, *, now: float) -> None:
        """Handle an event of an open session."""
        sessions = self.sessions
        attempt = self._open.get(number)
        if attempt is None:
            return
        if isinstance(event, SessionStarted):
            self._spending.check(starting=attempt)
            if sessions.error:
                return
            self._takes_terms = event.capabilities is None or event.capabilities.bias_terms > 0
            sessions.ready(attempt, now=now)
        elif attempt is not self._open.current and attempt.ready_at is not None:
            attempt.held.append(event)
            if isinstance(event, FinalText | FlushDone | Finished):
                sessions.make_current(attempt, now=now)
            return
        self._take(attempt, event, now=now)

    def _begin_session(self, attempt: Attempt, now: float) -> None:
        """Let the transcript follow another session, from that session's beginning."""
        self.transcript.begin_session()
        held, attempt.held = attempt.held, []
        for event in held:
            self._take(attempt, event, now=now)

    def _take(self, attempt: Attempt, event: SessionEvent, *, now: float) -> None:
        sessions = self.sessions
        attempt.take(event, now=now)
        if self._is_stream and isinstance(event, PartialText | FinalText):
            self._spending.count_fetched(event.end_ms or 0)
        if not self.can_flush:
            self._flushed = 0  # a flush that waited for the session was not sent
        if attempt is not self._open.current or isinstance(event, StateChanged | SessionStarted):
            return  # our own calls can cause such events, so they are no sign of life
        self._finished = self._finished or isinstance(event, Finished)
        if self.transcript.confirmed_ms > self._confirmed_ms:
            self._confirmed_ms = self.transcript.confirmed_ms
            sessions.patience.progress()
        if attempt.liveness.message_received(at=now):
            sessions.gave_sign_of_life(at=now)

    def _new_attempt(self, *, liveness: Liveness, now: float) -> Attempt:
        """Return an attempt that gets all kept audio that is not confirmed."""
        begins_at, last = self.replay_from, self._open.last
        attempt = Attempt(
            number=next(self._numbers),
            candidate=self.candidate,
            replay_buffer=self._replay_buffer,
            transcript=self.transcript,
            commands=self._commands,
            begins_at=begins_at,
            liveness=liveness,
            now=now,
        )
        self._commands.append(
            Open(
                attempt=attempt.number,
                candidate=self.candidate,
                begins_at_ms=ms_at(begins_at),
                is_replay=last is not None and last.sent_until > begins_at,
            )
        )
        if self._end is not None:  # all services can finish, but not all can flush
            attempt.finish(self._end, now=now)
        elif self._flushed > begins_at:
            attempt.flush(self._flushed, now=now)
        return attempt
