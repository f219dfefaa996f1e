"""One session of an utterance: the audio that was sent, and what the service owes for it.

The module does no I/O and reads no clock. It gets the time as an argument, and appends commands
that ``Execution`` executes. Until the service is ready, the audio stays in the replay buffer, and a
flush or the finish is postponed.
"""

from enum import StrEnum
from math import inf

from ..audio import PCM_16K_MONO, Converter
from ..errors import BridgeError, ConnectionLostError, ErrorText
from ..events import Finished, FlushDone, SessionEvent, SessionStarted, State, StateChanged
from .answer_time import Owed
from .candidate import Candidate
from .commands import Command, Finish, Flush, Send
from .limits import not_ready
from .liveness import Liveness
from .replay_buffer import ReplayBuffer, ms_at
from .transcript import Transcript

__all__ = ["Attempt", "Stage"]


class Stage(StrEnum):
    """The stage of a session."""

    OPENING = "opening"
    """The service is not ready for audio yet."""
    STREAMING = "streaming"
    """The service accepts audio."""
    FINISHING = "finishing"
    """No more audio is sent, and the service sends the last final."""


class Attempt:
    """One session. Offsets are bytes of ``PCM_16K_MONO`` from the utterance's first audio."""

    def __init__(
        self,
        *,
        number: int,
        candidate: Candidate,
        replay_buffer: ReplayBuffer,
        transcript: Transcript,
        commands: list[Command],
        begins_at: int,
        liveness: Liveness,
        now: float,
    ) -> None:
        """Create a session whose audio begins at the offset ``begins_at``.

        Commands are appended to ``commands``.
        """
        self.number = number
        self.liveness = liveness
        """How long the service has been silent. Before it is ready, another deadline counts."""
        self.stage = Stage.OPENING
        self.sent_until = begins_at
        """The offset up to which audio was sent."""
        self.ready_at: float | None = None
        """When the service became ready for audio; None if it is not ready yet."""
        self.replayed_s = 0.0
        """The seconds of audio that were waiting when the service became ready."""
        self.opened_at = now
        self.is_accepted = False
        """Whether the service's host has accepted the connection. If it has not, the host may be
        unreachable."""
        self._candidate = candidate
        self._replay_buffer = replay_buffer
        self._transcript = transcript
        self._commands = commands
        self._begins_at = begins_at
        self.held: list[SessionEvent] = []
        """Events that arrived while this session waited beside a current one that was late."""
        self._state = State.DISCONNECTED
        self.was_starting = False
        """Whether the service had to start for this session, which takes minutes."""
        self._flush_count = 0
        self._flushes: dict[str, int] = {}  # ids of flushes without an answer, with their offsets
        self._flush_when_ready: int | None = None
        self._finish_at: int | None = None
        self._converter = Converter(source=PCM_16K_MONO, target=candidate.audio_format)
        self._bytes_per_s = candidate.audio_format.bytes_per_second
        self.can_flush = candidate.can_flush
        """Whether the service sends a final on request before the session finishes. If only some
        servers of the provider do, this is True until the server reports its capabilities."""

    @property
    def owes_final(self) -> bool:
        """Whether a flush was requested that the service has not answered yet."""
        return bool(self._flushes) or self._flush_when_ready is not None

    @property
    def is_last(self) -> bool:
        """Whether ``finish`` was called. A session that is not ready finishes once it is ready."""
        return self._finish_at is not None

    @property
    def all_processed_at(self) -> float:
        """The time at which a service that works in real time has processed all audio so far."""
        return self._processed_at(self._replay_buffer.end)

    def send(self) -> None:
        """Send the unsent audio in whole batches. The rest waits until it fills a batch."""
        if self.stage is Stage.STREAMING:
            self._send_until(self._replay_buffer.batches_end)

    def flush(self, until: int, *, now: float) -> None:
        """Request a final of the audio up to an offset."""
        if self.stage is Stage.OPENING:
            self._flush_when_ready = until
            return
        self._send_until(until)
        self._send(self._converter.flush())
        if not self._flushes:  # otherwise the answer to an older flush is due first
            self.liveness.expect_answer(Owed.FLUSH, since=max(now, self._processed_at(until)))
        self._flush_count += 1
        flush_id = str(self._flush_count)
        self._flushes[flush_id] = until
        self._commands.append(Flush(attempt=self.number, flush_id=flush_id))

    def finish(self, until: int, *, now: float) -> None:
        """Send the audio up to an offset, and then finish the session."""
        self._finish_at = until
        if self.stage is Stage.OPENING:
            return
        self.stage = Stage.FINISHING
        self._send_until(until)
        self._send(self._converter.flush())
        owed = Owed.FLUSH if self._flushes else Owed.FINISH
        self.liveness.expect_answer(owed, since=max(now, self._processed_at(until)))
        self._commands.append(Finish(attempt=self.number))

    def take(self, event: SessionEvent, *, now: float) -> None:
        """Handle an event of the session."""
        self._transcript.take(event, sent_ms=ms_at(self.sent_until))
        match event:
            case StateChanged(state=state):
                self._state = state
                self.was_starting = self.was_starting or self.is_starting
            case SessionStarted(capabilities=found):
                self.can_flush = self.can_flush and (found is None or found.flush)
                self._ready(now=now)
            case FlushDone(flush_id=flush_id) if flush_id in self._flushes:
                self._transcript.confirm(ms_at(self._flushes.pop(flush_id)))
                after_flushes = Owed.FINISH if self.stage is Stage.FINISHING else None
                owes_next = Owed.FLUSH if self._flushes else after_flushes
                self.liveness.answered(now=now, owes_next=owes_next)
            case Finished():
                self._transcript.confirm(ms_at(self.sent_until))
                self.liveness.answered(now=now, owes_next=None)
            case _:
                pass

    @property
    def is_starting(self) -> bool:
        """Whether the service reported that it is starting, which takes minutes."""
        return self._state is State.STARTING

    def next_timeout(self) -> float:
        """Return the deadline of the session; infinity if nothing is due.

        Before the deadline, the service must become ready, send the answer that is due, or give a
        sign of life.
        """
        if self.is_starting:
            return inf  # ``Sessions`` limits the whole wait for a service
        if self.stage is Stage.OPENING:
            return self.opened_at + self._candidate.limits.ready_s
        return self.liveness.due

    def timeout_error(self) -> BridgeError:
        """Return the error of a session whose ``next_timeout`` has passed."""
        candidate = self._candidate
        if self.stage is Stage.OPENING:
            limit_s = candidate.limits.ready_s
            return not_ready(self._state, limit_s=limit_s, provider=candidate.provider)
        if self.liveness.answer_is_late:
            text, silence_s = ErrorText.SILENT, self.liveness.answer_timeout_s
        else:
            text, silence_s = ErrorText.NO_SIGN_OF_LIFE, self.liveness.alive_s
        return ConnectionLostError(text, provider=candidate.provider, seconds=f"{silence_s:g}")

    def _ready(self, *, now: float) -> None:
        self.stage = Stage.STREAMING
        self.ready_at = now
        self.replayed_s = ms_at(self._replay_buffer.end - self._begins_at) / 1000
        # The service reads a ping after the audio that was waiting. If it processes audio in real
        # time, its answer can take as long as this audio lasts, and is not expected earlier.
        self.liveness.caught_up(at=now + self.replayed_s)
        flush_at, self._flush_when_ready = self._flush_when_ready, None
        if flush_at is not None and self.can_flush:
            self.flush(flush_at, now=now)
        if self._finish_at is not None:
            self.finish(self._finish_at, now=now)
        else:
            self.send()

    def _processed_at(self, offset: int) -> float:
        """Return when a service that works in real time has processed the audio up to an offset."""
        return self.opened_at + ms_at(offset - self._begins_at) / 1000

    def _send_until(self, offset: int) -> None:
        for batch in self._replay_buffer.between(self.sent_until, offset):
            self._send(self._converter.convert(batch))
        self.sent_until = max(self.sent_until, offset)

    def _send(self, pcm: bytes) -> None:
        if pcm:
            seconds = len(pcm) / self._bytes_per_s
            self._candidate.budget.spend(seconds, spender=self._transcript)
            self._commands.append(Send(attempt=self.number, pcm=pcm))
