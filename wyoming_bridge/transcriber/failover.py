"""The profiles of an utterance, and how long they are waited for.

Pure: time is an argument, and what is to be done comes out as commands. The next profile is asked
when the one before cannot transcribe the utterance, or is late with it.
"""

import logging
from collections.abc import Sequence
from itertools import count
from math import inf

from ..errors import BridgeError, ConnectionLostError, FinalTimeoutError
from ..events import Failed, SessionEvent
from .candidate import Candidate
from .commands import Command
from .replay_buffer import ReplayBuffer
from .transcription import Transcription

__all__ = ["Failover"]

_log = logging.getLogger(__name__)


class Failover:
    """One utterance's transcriptions, one per profile that was asked.

    Offsets are bytes of ``PCM_16K_MONO`` from the utterance's first audio.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        *,
        replay_buffer: ReplayBuffer,
        commands: list[Command],
    ) -> None:
        self.failures: list[Exception] = []
        """Why those that were asked have no result, in order."""
        self.has_given_up = False
        """Whether no profile is waited for any more: ``stand_in`` is all there is."""
        self._candidates = candidates
        self._limits = candidates[0].limits
        self._replay_buffer = replay_buffer
        self._commands = commands
        self._numbers = count(1)
        self._asked: list[Transcription] = []
        self._ended_at: float | None = None
        self._speech_end = 0
        self.current = self._add()
        """The transcription of the profile that is asked now."""

    @property
    def needs_no_replay(self) -> bool:
        """Whether no other profile can ever have to hear the utterance from its beginning."""
        return len(self._candidates) == 1

    @property
    def connections(self) -> int:
        """How many sessions were opened, for all profiles."""
        return sum(each.connections for each in self._asked)

    @property
    def stand_in(self) -> Transcription | None:
        """The newest transcription whose finals hold all speech, though it is not complete."""
        if self._ended_at is None:
            return None
        return next((each for each in reversed(self._asked) if each.covers(self._speech_end)), None)

    def is_open(self, attempt: int) -> bool:
        """Whether that attempt's session is the one that counts."""
        return self.current.attempt is not None and self.current.attempt.number == attempt

    def start(self, *, now: float) -> None:
        """Ask the first profile."""
        self.current.start(now=now)
        self._move_on_if_failed(now=now)

    def finish(self, *, speech_end: int | None, now: float) -> None:
        """No more audio comes. ``speech_end`` is the end of the speech, if it is known."""
        self._ended_at = now
        self._speech_end = self._replay_buffer.end if speech_end is None else speech_end
        self.current.finish(speech_end=speech_end, now=now)

    def take(self, event: SessionEvent, *, now: float) -> None:
        """Take an event of the open session."""
        if isinstance(event, Failed):
            self.lost(event.error, now=now)
        else:
            self.current.take(event, now=now)

    def lost(self, error: Exception | None, *, now: float) -> None:
        """The open session is over or useless."""
        self.current.lost(error, now=now)
        self._move_on_if_failed(now=now)

    def stalled(self, *, now: float) -> None:
        """The service has taken no audio for too long."""
        error = ConnectionLostError(
            f"the service took no audio for {self._limits.stall_s:g} s",
            provider=self.current.candidate.provider,
        )
        self.lost(error, now=now)

    def next_timeout(self) -> float:
        """When ``handle_timeout`` is due; infinity if nothing is."""
        return min(self.current.next_timeout(), self._final_due(), self._total_due())

    def handle_timeout(self, *, now: float) -> None:
        """Give up, move on, or let the current profile do what is due."""
        if now >= self._total_due():
            self.failures.append(self._too_late(self._limits.total_s))
            self.has_given_up = True
        elif now >= self._final_due():
            error = self._too_late(self.current.candidate.limits.final_s)
            if self.stand_in:
                self.failures.append(error)
                self.has_given_up = True
            else:
                self._ask_next(error, now=now)
                self._move_on_if_failed(now=now)
        else:
            self.current.handle_timeout(now=now)
            self._move_on_if_failed(now=now)

    def _final_due(self) -> float:
        """The last profile is waited for until the total deadline: nothing else can help."""
        current = self.current
        if self._ended_at is None or current.ready_at is None:
            return inf
        if not self._has_fallback and not self.stand_in:
            return inf
        since = max(self._ended_at, current.ready_at, current.heard_all_at)
        return since + current.candidate.limits.final_s

    def _total_due(self) -> float:
        if self._ended_at is None:
            return inf
        return max(self._ended_at, self.current.heard_all_at) + self._limits.total_s

    @property
    def _has_fallback(self) -> bool:
        return len(self._asked) < len(self._candidates)

    def _move_on_if_failed(self, *, now: float) -> None:
        while (error := self.current.error) and not self.has_given_up:
            if self._has_fallback:
                self._ask_next(error, now=now)
            else:
                self.failures.append(error)
                self.has_given_up = True

    def _ask_next(self, error: Exception, *, now: float) -> None:
        """Give the utterance to the next profile, from its beginning."""
        replaced = self.current
        self.failures.append(error)
        replaced.stop()
        self.current = self._add()
        _log.info(
            "profile %s: %s; profile %s is asked in its place",
            replaced.candidate.profile,
            error,
            self.current.candidate.profile,
        )
        self.current.start(now=now)
        if self._ended_at is not None and not self.current.error:
            self.current.finish(speech_end=None, now=now)

    def _add(self) -> Transcription:
        added = Transcription(
            self._candidates[len(self._asked)],
            replay_buffer=self._replay_buffer,
            commands=self._commands,
            numbers=self._numbers,
            has_fallback=len(self._asked) + 1 < len(self._candidates),
        )
        self._asked.append(added)
        return added

    def _too_late(self, limit_s: float) -> BridgeError:
        return FinalTimeoutError(
            f"no transcript came within {limit_s:g} s after the audio",
            provider=self.current.candidate.provider,
        )
