"""One profile's transcription of the utterance, over as many sessions as it takes.

Pure: time is an argument, and what is to be done comes out as commands. When the session breaks or
is in doubt, another one is opened, and takes its place as soon as it is ready: it gets again what
no final has confirmed. A session that was only in doubt goes on if it is the first to speak.
"""

import logging
from collections.abc import Iterator
from math import inf
from typing import Final

from ..errors import BridgeError, BudgetError, ConnectionLostError
from ..events import Finished, SessionEvent, SessionStarted
from .attempt import Attempt
from .candidate import Candidate
from .commands import Close, Command, Open
from .limits import not_ready
from .patience import BESIDE_S, TRY_AGAIN_S, Patience
from .replay_buffer import ReplayBuffer, ms_at, offset_at
from .transcript import Transcript

__all__ = ["Transcription"]

_log = logging.getLogger(__name__)

_WORD_END_TOLERANCE: Final = offset_at(300)
"""By so much a service's last word can end before the detector hears the voice end: 300 ms is the
longest difference seen with the recorded samples."""

_MOST_OPENING: Final = 2
"""Sessions that are opened at once: the oldest, because the service may only be slow, and a new
one, because the way to the service may be back."""


class Transcription:
    """Offsets are bytes of ``PCM_16K_MONO`` from the utterance's first audio."""

    def __init__(
        self,
        candidate: Candidate,
        *,
        replay_buffer: ReplayBuffer,
        commands: list[Command],
        numbers: Iterator[int],
    ) -> None:
        """Prepare. ``numbers`` gives each attempt of the utterance a number of its own."""
        self.candidate = candidate
        self.transcript = Transcript()
        self.attempt: Attempt | None = None
        """The session whose text counts; None as long as none was ready."""
        self.connections = 0
        """How many sessions were opened."""
        self.ready_at: float | None = None
        """When the service was first ready."""
        self.error: Exception | None = None
        """Why this profile has no result; None as long as it may have one."""
        self.last_error: BridgeError | None = None
        """What the last session that failed or is in doubt is blamed for."""
        self.trouble_since: float | None = None
        """Since when no session is known to work; None if one is."""
        self._replay_buffer = replay_buffer
        self._commands = commands
        self._numbers = numbers
        self._patience = Patience(candidate.limits)
        self._opening: list[Attempt] = []  # sessions that are not ready, the oldest first
        self._open_at = inf  # when another one is opened
        self._awaited_since = inf  # from when the service must be ready within the limit
        self._heard_all_at = -inf
        self._owed_final = False  # whether the lost session had a flush without an answer
        self._flushed = 0  # offset of the last flush
        self._end: int | None = None  # offset of the end of the audio to transcribe
        self._finished = False
        self._confirmed_ms = 0

    @property
    def is_complete(self) -> bool:
        """Whether finals hold all that was said."""
        if self._finished:
            return True
        if self._end is None or (self.attempt and self.attempt.is_last):
            return False
        return offset_at(self.transcript.confirmed_ms) >= self._end

    @property
    def replay_from(self) -> int:
        """The offset before which no audio is needed any more."""
        buffer = self._replay_buffer
        confirmed = max(buffer.begin, offset_at(self.transcript.confirmed_ms))
        return min(confirmed, self.attempt.sent_until if self.attempt else buffer.end)

    @property
    def needed_from(self) -> int:
        """The offset before which no session is still to get audio."""
        begins = [each.sent_until for each in (self.attempt, *self._opening) if each]
        return min(begins, default=self._replay_buffer.end)

    @property
    def unsent_bytes(self) -> int:
        """Size of the audio that no session was sent yet."""
        if self.error:
            return 0
        return self._replay_buffer.end - (
            self.attempt.sent_until if self.attempt else self.replay_from
        )

    @property
    def is_well(self) -> bool:
        """Whether a session is known to work."""
        return self.trouble_since is None and self.error is None

    @property
    def heard_all_at(self) -> float:
        """When the latest session that was ready has heard all audio, at the pace of speech."""
        return self.attempt.heard_all_at if self.attempt else self._heard_all_at

    def covers(self, offset: int) -> bool:
        """Whether finals are known to hold what was said up to an offset.

        Known are the times of words and the answer to a flush. When a text came proves nothing: a
        slow recogniser is behind.
        """
        transcript = self.transcript
        confirmed = offset_at(transcript.confirmed_ms)
        if not confirmed or not transcript.text:
            return False
        # Words that a partial holds may be the ones that are missing.
        tolerance = 0 if transcript.has_open_partial else _WORD_END_TOLERANCE
        return confirmed + tolerance >= offset

    def start(self, *, now: float) -> None:
        """Open the first session, unless the profile is known not to work."""
        try:
            self.candidate.circuit_breaker.check(now=now)
            self.candidate.budget.check(provider=self.candidate.provider)
        except BridgeError as error:
            self.error = error
            return
        self.trouble_since = now
        if not self._patience.tries_again:
            self._awaited_since = now
        self._open(now=now)

    def await_service(self, *, since: float) -> None:
        """From then on somebody waits: the service must be ready within its limit.

        Infinity as long as audio comes: an utterance that is still spoken is not given up.
        """
        if self._patience.tries_again:
            self._awaited_since = since
        if self._open_at < inf and not self._opening and self._open_at > self._not_ready_due:
            self._give_up(self.last_error or self._not_ready())  # it asked to wait for too long

    def send(self) -> None:
        """Send the audio in the replay buffer that fills batches."""
        if self.attempt and not self.attempt.is_last:
            self.attempt.send()
            if self.candidate.budget.max_s is not None:
                self._check_budget()

    def flush(self, *, now: float) -> None:
        """Ask for a final of all audio in the replay buffer."""
        self._flushed = self._replay_buffer.end
        for attempt in self._attempts:
            attempt.flush(self._flushed, now=now)

    def finish(self, *, speech_end: int | None, now: float) -> None:
        """Transcribe the audio so far and no more. ``speech_end`` ends the speech, if it is known.

        The session need not finish if the last flush covers the speech.
        """
        attempt, flushed = self.attempt, self._flushed
        flushed_last = flushed > 0 and speech_end is not None and speech_end <= flushed
        owes_final = attempt.owes_final if attempt else self._owed_final
        if flushed_last and (owes_final or not self.transcript.has_open_partial):
            self._end = flushed
        else:
            self._end = self._replay_buffer.end
            if attempt:
                attempt.finish(self._end, now=now)
        for each in self._opening:  # to finish is surer than to flush
            each.finish(self._end, now=now)

    def send_nothing(self, *, now: float) -> None:
        """No audio comes from us: the service fetches a stream, and says when it is over."""
        for attempt in self._attempts:
            attempt.finish(attempt.sent_until, now=now)

    def has(self, number: int) -> bool:
        """Whether that attempt's session is open."""
        return any(each.number == number for each in self._attempts)

    def take(self, number: int, event: SessionEvent, *, now: float) -> None:
        """Take an event of an open session."""
        attempt = self._get(number)
        if isinstance(event, SessionStarted):
            self._promote(attempt, now=now)
        attempt.take(event, now=now)
        if attempt is not self.attempt:
            return
        self._finished = self._finished or isinstance(event, Finished)
        if self.transcript.confirmed_ms > self._confirmed_ms:
            self._confirmed_ms = self.transcript.confirmed_ms
            self._patience.progress()
        self.message_received(number, at=now)

    def message_received(self, number: int, *, at: float) -> None:
        """Note that the service of an open session sent a message, whatever it said."""
        self._get(number).message_received(at=at)
        self._end_doubt(at=at)

    def pong_received(self, number: int, *, at: float) -> None:
        """Note that the service of an open session answered a ping."""
        self._get(number).pong_received(at=at)
        self._end_doubt(at=at)

    def lost(self, number: int, error: Exception | None, *, now: float) -> None:
        """An open session is over or useless: open another one later, or give up."""
        attempt = self._get(number)
        self._close(attempt)
        error = error or ConnectionLostError(
            "the session ended without a result", provider=self.candidate.provider
        )
        if not isinstance(error, BridgeError):
            _log.error("a session of profile %s broke", self.candidate.profile, exc_info=error)
            self._give_up(error)
            return
        self.candidate.circuit_breaker.failed(error, now=now)
        streamed_s = None if attempt.ready_at is None else now - attempt.ready_at
        delay_s = self._patience.delay_after(error, streamed_s=streamed_s)
        self.last_error = error
        if self.attempt is None and self.trouble_since is None:
            self.trouble_since = now
        if delay_s is not None and now + delay_s <= self._not_ready_due:
            _log.info("profile %s: %s; trying again", self.candidate.profile, error)
            if not self._opening:
                self._open_at = now + delay_s
        elif self._attempts:
            self._open_at = inf
        else:
            self._give_up(error)

    def stop(self) -> None:
        """End all sessions; there will be no other."""
        self._open_at = inf
        for attempt in self._attempts:
            self._close(attempt)

    def next_timeout(self) -> float:
        """When ``handle_timeout`` is due; infinity if nothing is."""
        if self.error:
            return inf
        in_doubt = self._session_in_doubt_at
        opening = min((each.next_timeout() for each in self._opening), default=inf)
        return min(in_doubt, opening, self._open_at, self._not_ready_due)

    def handle_timeout(self, *, now: float) -> None:
        """Open another session, or give up one that is not ready."""
        if self.error:
            return
        late = next((each for each in self._opening if each.next_timeout() <= now), None)
        if now >= self._not_ready_due:
            self._give_up(self.last_error or self._not_ready())
        elif late:
            self.lost(late.number, late.timeout_error(), now=now)
        elif now >= self._session_in_doubt_at and self.attempt:
            self._doubt(self.attempt, now=now)
        elif now >= self._open_at:
            if self._another_may_help(now=now):
                self._open(now=now)
            else:
                self._open_at = now + TRY_AGAIN_S

    # The sessions.

    @property
    def _attempts(self) -> list[Attempt]:
        return [self.attempt, *self._opening] if self.attempt else list(self._opening)

    def _get(self, number: int) -> Attempt:
        return next(each for each in self._attempts if each.number == number)

    @property
    def _session_in_doubt_at(self) -> float:
        if self.attempt is None or self.trouble_since is not None:
            return inf
        return self.attempt.next_timeout()

    @property
    def _not_ready_due(self) -> float:
        """When a service that cannot be reached is given up."""
        if self.attempt or self.trouble_since is None:
            return inf
        waits_since = max(self.trouble_since, self._awaited_since)
        return waits_since + self.candidate.limits.ready_s

    def _another_may_help(self, *, now: float) -> bool:
        """Whether to open a session beside those that are opening.

        It may find the way that they do not find; a service that is only slow it does not hurry.
        """
        if any(each.is_starting for each in self._opening):
            return False
        return len(self._opening) < _MOST_OPENING or not self._opening[-1].is_alive(now=now)

    def _doubt(self, attempt: Attempt, *, now: float) -> None:
        """Open a session beside one whose service is silent, unless that was of no use before."""
        self.trouble_since, self.last_error = now, attempt.timeout_error()
        if not self._patience.tries_again:
            return
        if attempt.answer_is_late:
            self._patience.session_failed()
        _log.info("profile %s: %s; opening another", self.candidate.profile, self.last_error)
        self._open(now=now)

    def _end_doubt(self, *, at: float) -> None:
        """If the session gave the sign of life that was missing, none is needed beside it."""
        if self.trouble_since is None or self.attempt is None or self.attempt.next_timeout() <= at:
            return
        self.trouble_since, self._open_at = None, inf
        for each in self._opening.copy():
            self._close(each)

    def _open(self, *, now: float) -> None:
        """Open a session that gets all audio that is kept and not confirmed."""
        if len(self._opening) == _MOST_OPENING:
            self._close(self._opening[-1])
        self.connections += 1
        begins_at = self.replay_from
        attempt = Attempt(
            number=next(self._numbers),
            candidate=self.candidate,
            replay_buffer=self._replay_buffer,
            transcript=self.transcript,
            commands=self._commands,
            begins_at=begins_at,
            answer_timeout_s=self._patience.answer_timeout_s,
            now=now,
        )
        self._opening.append(attempt)
        self._commands.append(
            Open(attempt=attempt.number, candidate=self.candidate, begins_at_ms=ms_at(begins_at))
        )
        if self._end is not None:  # to finish is surer than to flush
            attempt.finish(self._end, now=now)
        elif self._flushed > begins_at:
            attempt.flush(self._flushed, now=now)
        beside_s = BESIDE_S if len(self._opening) == 1 else TRY_AGAIN_S
        self._open_at = now + beside_s if self._patience.tries_again else inf

    def _promote(self, ready: Attempt, *, now: float) -> None:
        """The first session that is ready takes the place of all others."""
        for each in self._attempts:
            if each is not ready:
                self._close(each)
        self._opening.clear()
        self.attempt = ready
        self.transcript.begin_session()
        self.ready_at = now if self.ready_at is None else self.ready_at
        self.trouble_since, self._open_at = None, inf
        self._patience.session_ready()

    def _close(self, attempt: Attempt) -> None:
        self._commands.append(Close(attempt=attempt.number))
        if attempt is self.attempt:
            self._heard_all_at = attempt.heard_all_at
            self._owed_final = attempt.owes_final
            self.attempt = None
        else:
            self._opening.remove(attempt)

    def _give_up(self, error: Exception) -> None:
        self.error = error
        self.stop()

    def _check_budget(self) -> None:
        """Stop if the daily limit is reached meanwhile, unless this utterance may finish."""
        try:
            self.candidate.budget.check(provider=self.candidate.provider, spender=self)
        except BudgetError as error:
            self._give_up(error)

    def _not_ready(self) -> BridgeError:
        candidate = self.candidate
        if self._opening:
            return self._opening[0].timeout_error()
        return not_ready(None, limits=candidate.limits, provider=candidate.provider)
