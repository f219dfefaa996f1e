"""One profile's transcription of the utterance, over as many sessions as it takes.

Pure: time is an argument, and what is to be done comes out as commands. A session that ends or is
silent is replaced; the next one hears again what no final has confirmed.
"""

import logging
from collections.abc import Iterator
from math import inf
from typing import Final

from ..errors import BridgeError, ConnectionLostError, StartingError
from ..events import Finished, SessionEvent, SessionStarted
from ..session.backoff import Backoff
from .attempt import Attempt
from .candidate import Candidate
from .commands import Close, Command, Open
from .replay_buffer import ReplayBuffer, ms_at, offset_at
from .transcript import Transcript

__all__ = ["Transcription"]

_log = logging.getLogger(__name__)

_WORD_END_TOLERANCE: Final = offset_at(300)
"""By so much a service's last word can end before the detector hears the voice end: 300 ms is the
longest difference seen with the recorded samples."""


class Transcription:
    """Offsets are bytes of ``PCM_16K_MONO`` from the utterance's first audio."""

    def __init__(
        self,
        candidate: Candidate,
        *,
        replay_buffer: ReplayBuffer,
        commands: list[Command],
        numbers: Iterator[int],
        has_fallback: bool,
    ) -> None:
        """Prepare. ``numbers`` gives each attempt of the utterance a number of its own.

        Without a fallback the last session may be silent until the utterance gives up: to give it
        up earlier would not help, and a slow service may still answer.
        """
        self.candidate = candidate
        self.transcript = Transcript()
        self.attempt: Attempt | None = None
        """The session that is open; None before the first and between two."""
        self.connections = 0
        """How many sessions were opened."""
        self.ready_at: float | None = None
        """When the service was first ready."""
        self.error: Exception | None = None
        """Why this profile has no result; None as long as it may have one."""
        self._replay_buffer = replay_buffer
        self._commands = commands
        self._numbers = numbers
        self._has_fallback = has_fallback
        self._backoff = Backoff(connections=candidate.limits.connections)
        self._began_at = 0.0
        self._retry_at: float | None = None
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
    def unsent_bytes(self) -> int:
        """Size of the audio that no session was sent yet."""
        if self.error:
            return 0
        return self._replay_buffer.end - (
            self.attempt.sent_until if self.attempt else self.replay_from
        )

    @property
    def heard_all_at(self) -> float:
        """When the latest session that was ready has heard all audio, at the pace of speech."""
        if self.attempt and self.attempt.ready_at is not None:
            return self.attempt.heard_all_at
        return self._heard_all_at

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
        self._began_at = now
        try:
            self.candidate.circuit_breaker.check(now=now)
            self.candidate.budget.check(provider=self.candidate.provider)
        except BridgeError as error:
            self.error = error
        else:
            self._open(now=now)

    def send(self) -> None:
        """Send the audio in the replay buffer that fills batches."""
        if self.attempt and not self.attempt.is_last:
            self.attempt.send()

    def flush(self, *, now: float) -> None:
        """Ask for a final of all audio in the replay buffer."""
        self._flushed = self._replay_buffer.end
        if self.attempt:
            self.attempt.flush(self._flushed, now=now)

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

    def send_nothing(self, *, now: float) -> None:
        """No audio comes from us: the service fetches a stream, and says when it is over."""
        if self.attempt:
            self.attempt.finish(self.attempt.sent_until, now=now)

    def take(self, event: SessionEvent, *, now: float) -> None:
        """Take an event of the open session."""
        if self.attempt is None:
            return
        self.attempt.take(event, now=now)
        match event:
            case SessionStarted() if self.ready_at is None:
                self.ready_at = now
            case Finished():
                self._finished = True
            case _:
                pass
        if self.transcript.confirmed_ms > self._confirmed_ms:
            self._confirmed_ms = self.transcript.confirmed_ms
            self._backoff.progress()

    def lost(self, error: Exception | None, *, now: float) -> None:
        """The open session is over or useless: open another one later, or give up."""
        attempt = self.attempt
        if attempt is None:
            return
        self._leave()
        provider = self.candidate.provider
        error = error or ConnectionLostError(
            "the session ended without a result", provider=provider
        )
        if not isinstance(error, BridgeError):
            _log.error("a session of profile %s broke", self.candidate.profile, exc_info=error)
            self.error = error
            return
        self.candidate.circuit_breaker.failed(error, now=now)
        delay_s = self._delay_after(error, now=now)
        if delay_s is None:
            self.error = error
        else:
            _log.info("profile %s: %s; trying again", self.candidate.profile, error)
            self._retry_at = now + delay_s

    def stop(self) -> None:
        """End the open session; there will be no other."""
        self._leave()
        self._retry_at = None

    def next_timeout(self) -> float:
        """When ``handle_timeout`` is due; infinity if nothing is."""
        if self._retry_at is not None:
            return self._retry_at
        return self.attempt.next_timeout() if self.attempt else inf

    def handle_timeout(self, *, now: float) -> None:
        """Open the next session, or give up one that owes an answer."""
        if now < self.next_timeout():
            return
        if self._retry_at is not None:
            self._open(now=now)
        elif self.attempt:
            self.lost(self.attempt.timeout_error(), now=now)

    def _open(self, *, now: float) -> None:
        """Open a session that hears all audio that is kept and not confirmed."""
        self._retry_at = None
        self.connections += 1
        self.transcript.begin_session()
        begins_at = self.replay_from
        limits, failed = self.candidate.limits, self._backoff.failed
        is_last_chance = failed + 1 >= limits.connections and not self._has_fallback
        number = next(self._numbers)
        self.attempt = Attempt(
            number=number,
            candidate=self.candidate,
            replay_buffer=self._replay_buffer,
            transcript=self.transcript,
            commands=self._commands,
            begins_at=begins_at,
            ready_by=(self._began_at if self.ready_at is None else now) + limits.ready_s,
            answer_timeout_s=inf if is_last_chance else limits.answer_s * 2**failed,
            now=now,
        )
        self._commands.append(
            Open(attempt=number, candidate=self.candidate, begins_at_ms=ms_at(begins_at))
        )
        if self._end is not None:  # to finish is surer than to flush
            self.attempt.finish(self._end, now=now)
        elif self._flushed > begins_at:
            self.attempt.flush(self._flushed, now=now)

    def _leave(self) -> None:
        if self.attempt:
            self._heard_all_at = self.heard_all_at
            self._owed_final = self.attempt.owes_final
            self._commands.append(Close(attempt=self.attempt.number))
            self.attempt = None

    def _delay_after(self, error: BridgeError, *, now: float) -> float | None:
        """How long to wait before the next session; None if another one is no use."""
        too_late = self.ready_at is None and now >= self._began_at + self.candidate.limits.ready_s
        if too_late or not error.retryable or isinstance(error, StartingError):
            return None
        return self._backoff.next_delay()
