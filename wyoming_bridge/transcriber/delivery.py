"""Brings the audio of an utterance to one candidate, over as many sessions as it takes.

A session that ends or says nothing is replaced, and hears once more what no final has confirmed.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from ..errors import BridgeError, StartingError
from ..events import Failed, Finished, SessionEvent, SessionStarted
from ..session.backoff import Backoff
from .candidate import Candidate
from .hearing import Hearing
from .replay_buffer import BATCH_BYTES, ReplayBuffer, ms_at, offset_at
from .transcript import Transcript

__all__ = ["Delivery"]

_log = logging.getLogger(__name__)

_NEARLY_THE_END: Final = offset_at(1000)
"""Before the end of the audio, where nobody listens for the end of the speech in it: most clients
end it half a second and more after the last word."""


class Delivery:
    """One candidate's. ``run`` does the work; the other methods, but for ``sent``, never wait."""

    def __init__(
        self,
        candidate: Candidate,
        *,
        replay_buffer: ReplayBuffer,
        on_event: Callable[[SessionEvent], None],
    ) -> None:
        """Prepare; ``on_event`` is told of each event after it was taken into the transcript."""
        self.candidate = candidate
        self.transcript = Transcript()
        self.ready_at: float | None = None
        self.connections = 0
        self._began_at = 0.0
        self._replay_buffer = replay_buffer
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._backoff = Backoff(connections=candidate.limits.connections)
        self._latest: Hearing | None = None  # the session that was opened last
        self._hearing: Hearing | None = None  # the same, as long as it takes audio
        self._closing: set[asyncio.Task[None]] = set()
        self._flushed = 0  # the place of the last flush
        self._until: int | None = None  # the end, once it is known
        self._finished = False
        self._over = False  # nothing more is delivered
        self._confirmed_ms = 0
        self._best: Transcript | None = None  # of an earlier session
        self._best_until = 0
        self._news = asyncio.Event()
        self._has_session = asyncio.Event()

    @property
    def complete(self) -> bool:
        """Whether all that was said has been told as finals."""
        if self._until is None or (self._latest and self._latest.is_finishing):
            return self._finished
        return self._finished or offset_at(self.transcript.confirmed_ms) >= self._until

    @property
    def waiting_bytes(self) -> int:
        """Size of what the service has not taken yet."""
        if self._hearing:
            return self._hearing.waiting_bytes
        return 0 if self._over else self._replay_buffer.end - self.needed_from

    @property
    def needed_from(self) -> int:
        """The place before which the tape is not needed any more."""
        confirmed = max(self._replay_buffer.begin, offset_at(self.transcript.confirmed_ms))
        return min(
            confirmed, self._hearing.sent_until if self._hearing else self._replay_buffer.end
        )

    def ahead_of_speech_s(self) -> float:
        """By how much the last session got its audio faster than it was spoken."""
        return self._latest.ahead_of_speech_s() if self._latest else 0.0

    def send(self) -> None:
        """Send what is on the tape, as far as it fills batches."""
        if self._hearing:
            waiting = self._replay_buffer.end - self._hearing.sent_until
            if waiting >= BATCH_BYTES:
                self._hearing.send_until(self._replay_buffer.end - waiting % BATCH_BYTES)

    def flush(self) -> None:
        """Ask for a final of all that is on the tape."""
        self._flushed = self._replay_buffer.end
        if self._hearing:
            self._hearing.send_until(self._flushed)
            self._hearing.flush()
            self._news.set()  # from now on an answer is due

    def finish(self, *, spoken_until: int | None) -> None:
        """No more audio will come, and nobody spoke behind that place, where it is known."""
        until = self._flushed
        flushed_last = until > 0 and spoken_until is not None and spoken_until <= until
        owes_final = self._latest is not None and self._latest.owes_final
        if flushed_last and (owes_final or not self.transcript.has_open_partial):
            self._until = until
        else:
            self._until = self._replay_buffer.end
            if self._hearing:
                self._hearing.send_until(self._until)
                self._hearing.finish()
        self._news.set()

    def stand_in(self, *, spoken_until: int | None) -> Transcript | None:
        """The transcript with its last partial, if that can be all that was said, or None.

        It can where it was told after the last speech.
        """
        needed = self._replay_buffer.end - _NEARLY_THE_END if spoken_until is None else spoken_until
        told_until = self._latest.told_until if self._latest else 0
        if self.transcript.text and told_until >= needed:
            return self.transcript
        return self._best if self._best_until >= needed else None

    async def sent(self) -> None:
        """Wait until the service has taken something, or cannot any more.

        A session that takes nothing for too long is replaced.
        """
        stall_s = self.candidate.limits.stall_s
        try:
            async with asyncio.timeout(stall_s):
                await self._has_session.wait()
                if self._hearing:
                    await self._hearing.sent()
        except TimeoutError:
            if self._hearing:
                self._hearing.give_up(f"the service took no audio for {stall_s:g} s")
                self._news.set()
            await asyncio.sleep(0)  # now it is replaced

    async def run(self) -> None:
        """Deliver until all that was said has been told.

        Raises:
            BridgeError: This candidate cannot transcribe the utterance.
        """
        self._began_at = self._loop.time()
        try:
            self.candidate.circuit_breaker.check(now=self._began_at)
            self.candidate.budget.check(provider=self.candidate.provider)
            while not self.complete:
                try:
                    await self._deliver()
                except BridgeError as error:
                    self.candidate.circuit_breaker.failed(error, now=self._loop.time())
                    delay_s = self._delay_after(error)
                    if delay_s is None:
                        raise
                    _log.info("profile %s: %s; trying again", self.candidate.profile, error)
                    await asyncio.sleep(delay_s)
        finally:
            self._over = True
            self._has_session.set()  # nobody waits for another
            await asyncio.gather(*self._closing, return_exceptions=True)

    def _delay_after(self, error: BridgeError) -> float | None:
        """How long to wait before another session; None: another one is no use."""
        too_late = self.ready_at is None and self._loop.time() >= self._ready_by()
        if too_late or not error.retryable or isinstance(error, StartingError):
            return None
        return self._backoff.next_delay()

    def _ready_by(self) -> float:
        """Until when a session that is opened now has to be ready."""
        since = self._began_at if self.ready_at is None else self._loop.time()
        return since + self.candidate.limits.ready_s

    async def _deliver(self) -> None:
        """Have one session hear what is left, until all is told or it is of no use any more."""
        hearing = self._open()
        run = asyncio.create_task(hearing.run(), name=f"session {self.candidate.profile}")
        run.add_done_callback(lambda _: self._news.set())
        try:
            while not self.complete:
                self._news.clear()
                if run.done() and not hearing.error:
                    await run  # raises what broke it
                    hearing.give_up("the session ended without a result")
                if hearing.error:
                    raise hearing.error
                await self._wait_for_news(hearing)
        finally:
            hearing.spend()
            self._leave()
            run.cancel()  # closing takes a moment, which the next session need not wait for
            self._closing.add(run)

    async def _wait_for_news(self, hearing: Hearing) -> None:
        try:
            async with asyncio.timeout_at(hearing.due()):
                await self._news.wait()
        except TimeoutError:
            due = hearing.due()
            if due is None or self._loop.time() < due:
                return  # it has said something meanwhile
            raise hearing.late() from None

    def _open(self) -> Hearing:
        """Make a session and hand it all that is on the tape and not confirmed."""
        self._keep_best()
        self.connections += 1
        self.transcript.begin_session()
        hearing = Hearing(
            self.candidate,
            replay_buffer=self._replay_buffer,
            transcript=self.transcript,
            begins_at_ms=ms_at(self.needed_from),
            is_first=self.connections == 1,
            ready_by=self._ready_by(),
            patience_s=self.candidate.limits.answer_s * float(2**self._backoff.failed),
            on_event=self._take,
        )
        self._hearing = self._latest = hearing
        self._has_session.set()
        if self._until is not None:  # the end is known: to finish is surer than to flush
            hearing.send_until(self._until)
            hearing.finish()
            return hearing
        if self._flushed > hearing.sent_until:
            hearing.send_until(self._flushed)
            hearing.flush()
        self.send()
        return hearing

    def _leave(self) -> None:
        """No session takes audio now."""
        self._hearing = None
        self._has_session.clear()

    def _keep_best(self) -> None:
        """What the last session told may be all that is ever told of the end."""
        if self._latest and self.transcript.text and self._latest.told_until > self._best_until:
            self._best, self._best_until = self.transcript.copy(), self._latest.told_until

    def _take(self, event: SessionEvent) -> None:
        match event:
            case SessionStarted():
                self.ready_at = self.ready_at or self._loop.time()
            case Finished():
                self._finished = True
            case Failed():
                self._leave()
            case _:
                pass
        self._on_event(event)
        if self.transcript.confirmed_ms > self._confirmed_ms:
            self._confirmed_ms = self.transcript.confirmed_ms
            self._backoff.progress()
        # Whatever else came only puts off when something is due, which is seen when it is.
        if self.complete or isinstance(event, SessionStarted | Failed):
            self._news.set()
