"""Brings the audio of an utterance to one candidate, over as many sessions as it takes.

A session that ends or says nothing is replaced, and hears once more what no final has confirmed.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from ..errors import BridgeError, ConnectionLostError, StartingError
from ..events import Failed, Finished, FlushDone, SessionEvent, SessionStarted, State, StateChanged
from ..providers.contract import SERVICE_FORMAT
from ..session import RealtimeSession
from ..session.backoff import Backoff
from .candidate import Candidate
from .limits import not_ready
from .tape import BATCH_BYTES, Tape, milliseconds, place_of
from .transcript import Transcript

__all__ = ["Delivery"]

_log = logging.getLogger(__name__)

_ENTRY_BYTES: Final = place_of(1000)
"""Counting each message costs more than it tells."""

_NEARLY_THE_END: Final = place_of(1000)
"""Before the end of the audio, where nobody listens for the end of the speech in it: most clients
end it half a second and more after the last word."""

_NOT_READY: Final = frozenset({State.DISCONNECTED, State.CONNECTING, State.LOADING, State.STARTING})


class Delivery:
    """One candidate's. ``run`` does the work; the other methods never wait."""

    def __init__(
        self,
        candidate: Candidate,
        *,
        tape: Tape,
        transcript: Transcript,
        on_event: Callable[[SessionEvent], None],
    ) -> None:
        """Prepare; ``on_event`` is told of each event after it was taken into the transcript."""
        self.candidate = candidate
        self.transcript = transcript
        self.began_at = 0.0
        self.ready_at: float | None = None
        self.connections = 0
        self.sent_until = 0
        """The place up to which the session was handed the tape."""
        self._tape = tape
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._backoff = Backoff(connections=candidate.limits.connections)
        self._session: RealtimeSession | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._opened_at = 0.0
        self._opened_ms = 0
        self._asked_at = 0.0
        self._is_ready = False  # the session
        self._unspent_bytes = 0  # handed to it, and not counted yet
        self._flush_count = 0
        self._flushes: dict[str, int] = {}  # those that are not answered, and their places
        self._flushed = 0  # the place of the last one
        self._until: int | None = None  # the end, once it is known
        self._finishing = False
        self._finished = False
        self._over = False  # nothing more is delivered
        self._error: BridgeError | None = None
        self._told_until = 0  # where the tape ended when words were told last
        self._best: Transcript | None = None  # of an earlier session
        self._best_until = 0
        self._news = asyncio.Event()
        self._has_session = asyncio.Event()

    @property
    def complete(self) -> bool:
        """Whether all that was said has been told as finals."""
        return self._finished or (
            self._until is not None
            and not self._finishing
            and place_of(self.transcript.confirmed_ms) >= self._until
        )

    @property
    def waiting_bytes(self) -> int:
        """Size of what the service has not taken yet."""
        if self._session:
            return self._session.waiting_bytes
        if self._over:
            return 0
        return self._tape.end - place_of(self.transcript.confirmed_ms)

    def send(self) -> None:
        """Send what is on the tape, as far as it fills batches."""
        waiting = self._tape.end - self.sent_until
        if waiting >= BATCH_BYTES and self._session:
            self._send_until(self._session, self._tape.end - waiting % BATCH_BYTES)

    def flush(self) -> None:
        """Ask for a final of all that is on the tape."""
        self._flushed = self._tape.end
        if self._session:
            self._send_until(self._session, self._flushed)
            self._ask_for_final(self._session)
            self._news.set()  # from now on an answer is due

    def finish(self, *, spoken_until: int | None) -> None:
        """No more audio will come, and nobody spoke behind that place, where it is known."""
        until = self._flushed
        flushed_last = until > 0 and spoken_until is not None and spoken_until <= until
        nothing_since = bool(self._flushes) or not self.transcript.has_open_partial
        if flushed_last and nothing_since:
            self._until = until
        else:
            self._until = self._tape.end
            self._finishing = True
            if self._session:
                self._send_until(self._session, self._until)
                self._session.finish()
                self._asked_at = self._loop.time()
        self._news.set()

    def stand_in(self, *, spoken_until: int | None) -> Transcript | None:
        """The transcript with its last partial, if that can be all that was said, or None.

        It can where it was told after the last speech.
        """
        needed = self._tape.end - _NEARLY_THE_END if spoken_until is None else spoken_until
        if self.transcript.text and self._told_until >= needed:
            return self.transcript
        return self._best if self._best and self._best_until >= needed else None

    async def sent(self) -> None:
        """Wait until the service has taken something, or cannot any more."""
        await self._has_session.wait()
        if self._session:
            await self._session.sent()

    def give_up_session(self, error: BridgeError) -> None:
        """The session is of no use any more: replace it."""
        self._error = self._error or error
        self._news.set()

    async def run(self) -> None:
        """Deliver until all that was said has been told.

        Raises:
            BridgeError: This candidate cannot transcribe the utterance.
        """
        self.began_at = self._loop.time()
        try:
            self.candidate.standing.check(now=self.began_at)
            self.candidate.budget.check(provider=self.candidate.provider)
            while not self.complete:
                try:
                    await self._deliver()
                except BridgeError as error:
                    self.candidate.standing.failed(error, now=self._loop.time())
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
        now = self._loop.time()
        too_late = self.ready_at is None and now >= self.began_at + self.candidate.limits.ready_s
        if too_late or not error.retryable or isinstance(error, StartingError):
            return None
        return self._backoff.next_delay()

    async def _deliver(self) -> None:
        """Have one session hear what is left, until all is told or it is of no use any more."""
        self._error = None
        session = self._open()
        run = asyncio.create_task(session.run(), name=f"session {self.candidate.profile}")
        run.add_done_callback(lambda _: self._news.set())
        try:
            while not self.complete:
                self._news.clear()
                if self._error:
                    raise self._error
                if run.done():
                    await run  # raises what broke it
                    raise ConnectionLostError(
                        "the session ended without a result", provider=self.candidate.provider
                    )
                await self._wait_for_news(session)
        finally:
            self._spend()
            self._session = None
            self._has_session.clear()
            run.cancel()  # closing takes a moment, which the next session need not wait for
            self._closing.add(run)

    async def _wait_for_news(self, session: RealtimeSession) -> None:
        try:
            async with asyncio.timeout_at(self._due(session)):
                await self._news.wait()
        except TimeoutError:
            due = self._due(session)
            if due is None or self._loop.time() < due:
                return  # it has said something meanwhile
            raise self._late(session) from None

    def _open(self) -> RealtimeSession:
        """Make a session and hand it all that is on the tape and not confirmed."""
        if self.transcript.text and self._told_until > self._best_until:
            self._best, self._best_until = self.transcript.copy(), self._told_until
        begin_ms = min(self.transcript.begin_session(), milliseconds(self._tape.end))
        self._told_until = place_of(begin_ms)
        session = self.candidate.new_session(self._take, begins_at_ms=begin_ms)
        self.connections += 1
        self._opened_at = self._asked_at = self._loop.time()
        self._opened_ms = begin_ms
        self._is_ready = False
        self._flushes.clear()
        self.sent_until = place_of(begin_ms)
        self._session = session
        self._has_session.set()
        if self._until is not None:  # the end is known: to finish is surer than to flush
            self._send_until(session, self._until)
            self._finishing = True
            session.finish()
            return session
        if self._flushed > self.sent_until:
            self._send_until(session, self._flushed)
            self._ask_for_final(session)
        self.send()
        return session

    def _send_until(self, session: RealtimeSession, place: int) -> None:
        for batch in self._tape.between(self.sent_until, place):
            session.send_audio(batch)
            self._unspent_bytes += len(batch)
        self.sent_until = max(self.sent_until, place)
        if self._unspent_bytes >= _ENTRY_BYTES and self._is_ready:
            self._spend()

    def _ask_for_final(self, session: RealtimeSession) -> None:
        self._flush_count += 1
        flush_id = str(self._flush_count)
        self._flushes[flush_id] = self._flushed
        self._asked_at = self._loop.time()
        session.flush(flush_id)

    def _take(self, event: SessionEvent) -> None:
        if isinstance(event, StateChanged):
            return  # for whoever looks at a session closely
        confirmed_ms = self.transcript.confirmed_ms
        if self.transcript.take(event):
            self._told_until = self._heard_at_most()
        match event:
            case SessionStarted():
                self._asked_at = self._loop.time()
                self.ready_at = self.ready_at or self._asked_at
                self._is_ready = True
            case FlushDone(flush_id=flush_id) if flush_id in self._flushes:
                self.transcript.confirm(milliseconds(self._flushes.pop(flush_id)))
            case Finished():
                self.transcript.confirm(milliseconds(self._tape.end))
                self._finished = True
            case Failed(error=error):
                self._error = error
                self._session = None  # it takes nothing any more
                self._has_session.clear()
            case _:
                pass
        self._on_event(event)
        if self.transcript.confirmed_ms > confirmed_ms:
            self._backoff.progress()
        # Whatever else came only puts off when something is due, which is seen when it is.
        if self.complete or self._error or isinstance(event, SessionStarted):
            self._news.set()

    def _heard_at_most(self) -> int:
        """Up to where the service can have heard the audio by now."""
        taken = self.sent_until - (self._session.waiting_bytes if self._session else 0)
        if self.connections == 1:
            return taken
        # What is heard again comes at once, but is not heard at once.
        passed_ms = (self._loop.time() - self._opened_at) * 1000
        return min(taken, place_of(self._opened_ms + passed_ms))

    def _spend(self) -> None:
        """Count what was sent; what a session got that was never ready was not."""
        size, self._unspent_bytes = self._unspent_bytes, 0
        if size and self._is_ready:
            self.candidate.budget.spend(SERVICE_FORMAT.duration_ms(size) / 1000)

    def _due(self, session: RealtimeSession) -> float | None:
        """When the session is of no use any more if nothing comes; None: nothing has to."""
        if session.state in _NOT_READY:
            ready_by = self.began_at + self.candidate.limits.ready_s
            if session.state is State.STARTING or session.heard_at is not None:
                return ready_by
            return min(ready_by, self._opened_at + self._patience_s())
        if not self._flushes and not self._finishing:
            return None
        since = max(self._asked_at, session.heard_at or 0.0)
        return since + self._patience_s() + self.ahead_of_speech_s()

    def _late(self, session: RealtimeSession) -> BridgeError:
        """What it means that nothing came until it was due."""
        limits, provider = self.candidate.limits, self.candidate.provider
        if session.state in _NOT_READY:
            return not_ready(session.state, limits=limits, provider=provider)
        return ConnectionLostError(
            f"the service said nothing for {self._patience_s():g} s, though an answer was due",
            provider=provider,
        )

    def _patience_s(self) -> float:
        return self.candidate.limits.answer_s * float(2**self._backoff.failed)

    def ahead_of_speech_s(self) -> float:
        """By how much this session got its audio faster than it was spoken."""
        spoken_s = (milliseconds(self._tape.end) - self._opened_ms) / 1000
        return max(0.0, spoken_s - (self._loop.time() - self._opened_at))
