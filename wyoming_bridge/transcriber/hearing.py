"""One session that hears the tape: how far it has come, and by when it owes an answer."""

import asyncio
from collections.abc import Callable
from typing import Final

from ..audio import PCM_16K_MONO
from ..errors import BridgeError, ConnectionLostError
from ..events import (
    Failed,
    FinalText,
    Finished,
    FlushDone,
    SessionEvent,
    SessionStarted,
    State,
    StateChanged,
)
from .candidate import Candidate
from .limits import not_ready
from .replay_buffer import ReplayBuffer, ms_at, offset_at
from .transcript import Transcript

__all__ = ["Hearing"]

_ENTRY_BYTES: Final = offset_at(1000)
"""Counting each message costs more than it tells."""

_HEAD_START: Final = offset_at(2000)
"""So much of what is on the tape before anybody is asked is heard at once, at most: what was kept
until somebody spoke."""

_TIMES_DIFFER_MS: Final = 300
"""By so much a service ends a word before the bridge hears the voice end."""

_NOT_READY: Final = frozenset({State.DISCONNECTED, State.CONNECTING, State.LOADING, State.STARTING})


class Hearing:
    """``run`` does the work; the other methods, but for ``sent``, never wait."""

    def __init__(
        self,
        candidate: Candidate,
        *,
        replay_buffer: ReplayBuffer,
        transcript: Transcript,
        begins_at_ms: int,
        is_first: bool,
        ready_by: float,
        patience_s: float,
        on_event: Callable[[SessionEvent], None],
    ) -> None:
        """Prepare to hear the tape from that time on.

        ``is_first`` says that no session of the candidate has before; ``ready_by`` until when, in
        the loop's time, the service may take to be ready, ``patience_s`` how long it may say
        nothing though an answer is due. ``on_event`` is told of each event after it was taken.
        """
        self._candidate = candidate
        self._replay_buffer = replay_buffer
        self._transcript = transcript
        self._ready_by = ready_by
        self._patience_s = patience_s
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._session = candidate.new_session(self._take, begins_at_ms=begins_at_ms)
        self._begins_at_ms = begins_at_ms
        kept = replay_buffer.end - offset_at(begins_at_ms)
        self._head_start = min(kept, _HEAD_START) if is_first else 0
        self._opened_at = self._asked_at = self._loop.time()
        self._is_ready = False
        self._unspent_bytes = 0  # sent, and not counted yet
        self._flush_count = 0
        self._flushes: dict[str, int] = {}  # those that are not answered, and their places
        self.sent_until = offset_at(begins_at_ms)
        """The place up to which the session was handed the tape."""
        self.told_until = self.sent_until
        """Up to where it can have heard the tape when it told words last."""
        self.is_finishing = False
        """Whether it was told that no more audio will come."""
        self.error: BridgeError | None = None
        """Why it is of no use any more."""

    @property
    def waiting_bytes(self) -> int:
        """Size of what the service has not taken yet."""
        return self._session.waiting_bytes

    @property
    def owes_final(self) -> bool:
        """Whether a flush is not answered yet."""
        return bool(self._flushes)

    def send_until(self, place: int) -> None:
        """Send the tape, as far as that was not done."""
        for batch in self._replay_buffer.between(self.sent_until, place):
            self._session.send_audio(batch)
            self._unspent_bytes += len(batch)
        self.sent_until = max(self.sent_until, place)
        if self._unspent_bytes >= _ENTRY_BYTES:
            self.spend()

    def flush(self) -> None:
        """Ask for a final of what was sent."""
        self._flush_count += 1
        flush_id = str(self._flush_count)
        if not self._flushes:  # otherwise an older answer is due before
            self._asked_at = self._loop.time()
        self._flushes[flush_id] = self.sent_until
        self._session.flush(flush_id)

    def finish(self) -> None:
        """What was sent is all."""
        self.is_finishing = True
        self._asked_at = self._loop.time()
        self._session.finish()

    def spend(self) -> None:
        """Count what was sent; what a session got that was never ready was not."""
        if self._is_ready and self._unspent_bytes:
            seconds = PCM_16K_MONO.duration_ms(self._unspent_bytes) / 1000
            self._unspent_bytes = 0
            self._candidate.budget.spend(seconds)

    async def sent(self) -> None:
        """Wait until the service has taken something, or cannot any more."""
        await self._session.sent()

    async def run(self) -> None:
        """Run the session until it is over. Cancelling closes it at once."""
        await self._session.run()

    def ahead_of_speech_s(self) -> float:
        """By how much the session got its audio faster than it was spoken."""
        spoken_s = (ms_at(self._replay_buffer.end) - self._begins_at_ms) / 1000
        return max(0.0, spoken_s - (self._loop.time() - self._opened_at))

    def due(self) -> float | None:
        """When the session is of no use any more if nothing comes; None: nothing has to."""
        session = self._session
        if session.state in _NOT_READY:
            if session.state is State.STARTING or session.heard_at is not None:
                return self._ready_by
            return min(self._ready_by, self._opened_at + self._patience_s)
        if not self._flushes and not self.is_finishing:
            return None
        since = max(self._asked_at, session.heard_at or 0.0)
        return since + self._patience_s + self.ahead_of_speech_s()

    def late(self) -> BridgeError:
        """What it means that nothing came until it was due."""
        state, candidate = self._session.state, self._candidate
        if state in _NOT_READY:
            return not_ready(state, limits=candidate.limits, provider=candidate.provider)
        return self._lost(
            f"the service said nothing for {self._patience_s:g} s, though an answer was due"
        )

    def give_up(self, why: str) -> None:
        """The session is of no use any more."""
        self.error = self.error or self._lost(why)

    def _take(self, event: SessionEvent) -> None:
        if isinstance(event, StateChanged):
            return  # for whoever looks at a session closely
        if self._transcript.take(event):
            self.told_until = self._heard_at_most(event)
        match event:
            case SessionStarted():
                self._asked_at = self._loop.time()
                self._is_ready = True
            case FlushDone(flush_id=flush_id) if flush_id in self._flushes:
                self._transcript.confirm(ms_at(self._flushes.pop(flush_id)))
            case Finished():
                self._transcript.confirm(ms_at(self._replay_buffer.end))
            case Failed(error=error):
                self.error = error
            case _:
                pass
        self._on_event(event)

    def _lost(self, text: str) -> ConnectionLostError:
        return ConnectionLostError(text, provider=self._candidate.provider)

    def _heard_at_most(self, told: SessionEvent) -> int:
        """Up to where the service can have heard the audio when it told that."""
        passed_ms = (self._loop.time() - self._opened_at) * 1000
        places = [
            self.sent_until - self.waiting_bytes,
            # What is sent at once is not heard at once.
            self._head_start + offset_at(self._begins_at_ms + passed_ms),
            *self._flushes.values(),  # they are answered before anything behind them is told
        ]
        if isinstance(told, FinalText) and told.end_ms is not None:
            places.append(offset_at(told.end_ms + _TIMES_DIFFER_MS))
        return min(places)
