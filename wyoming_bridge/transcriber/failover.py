"""The profiles of an utterance: when each is tried, and how long each may take.

The module does no I/O and reads no clock. It gets the time as an argument, and appends commands
that ``Execution`` executes. When a profile is in trouble, the next profile is tried in parallel.
The first complete transcript wins.
"""

import logging
from collections.abc import Sequence
from itertools import count
from math import inf

from ..errors import BridgeError, ConnectionLostError, ErrorText
from ..events import Failed, SessionEvent, SignsOfLife
from .candidate import Candidate
from .commands import Command
from .deadlines import Deadlines
from .profile_errors import ProfileErrors, too_late
from .replay_buffer import ReplayBuffer
from .transcription import Transcription
from .transcriptions import Transcriptions

__all__ = ["Failover"]

_log = logging.getLogger(__name__)


class Failover:
    """The profiles of one utterance: which of them were tried, and when the next one is.

    Offsets are bytes of ``PCM_16K_MONO`` from the utterance's first audio.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        *,
        replay_buffer: ReplayBuffer,
        commands: list[Command],
    ) -> None:
        self.error: Exception | None = None
        """Why the utterance no longer waits for any profile. It is None as long as the utterance
        waits, and if a profile's transcript is complete."""
        self._candidates = candidates
        self._limits = candidates[0].limits
        self._replay_buffer = replay_buffer
        self._commands = commands
        self._numbers = count(1)
        self._errors = ProfileErrors()
        self._deadlines = Deadlines(self._limits, replay_buffer=replay_buffer)
        self._waits_since = inf
        self._speech_end = 0
        self.tried = Transcriptions(self._transcription(candidates[0]))
        """The transcriptions of the profiles that were tried."""

    @property
    def needs_no_replay(self) -> bool:
        """Whether confirmed audio may be released.

        It may if the utterance has no fallback. A fallback would need the whole audio.
        """
        return len(self._candidates) == 1

    @property
    def stand_in(self) -> Transcription | None:
        """The newest transcription that contains all speech, even if the service did not finish.

        None if there is no such text, or if the audio has not ended.
        """
        if self._deadlines.ended_at is None:
            return None
        return self.tried.newest_that_covers(self._speech_end)

    def failures(self, winner: Transcription) -> tuple[BridgeError, ...]:
        """Return the errors of the profiles that were tried before the winner.

        If the winner is a stand-in, the error that ended the wait for a result comes last.
        """
        errors = self._errors.of_all(self.tried.before(winner))
        return (*errors, self.error) if isinstance(self.error, BridgeError) else tuple(errors)

    def start(self, *, now: float) -> None:
        """Try the first profile."""
        self._deadlines.began_at = now
        self.tried.first.start(now=now)
        self._move_on(now=now)

    def stop(self) -> None:
        """End all sessions."""
        for each in self.tried.all:
            each.sessions.stop()

    def send(self, *, now: float) -> None:
        """Send the audio in the replay buffer that fills whole batches."""
        for each in self.tried.all:
            each.send()
        if self.tried.newest.sessions.error:
            self._move_on(now=now)

    def flush(self, *, now: float) -> None:
        """Request a final of all audio in the replay buffer."""
        for each in self.tried.all:
            if each.can_flush:
                each.flush(now=now)

    def finish(self, *, speech_end: int | None, now: float) -> None:
        """Finish all transcriptions. ``speech_end`` is the offset after the speech, if known."""
        self._deadlines.ended_at = now
        self._speech_end = self._replay_buffer.end if speech_end is None else speech_end
        for each in self.tried.all:
            each.finish(speech_end=speech_end, now=now)
        self.await_service(since=now)
        self._move_on(now=now)

    def await_service(self, *, since: float) -> None:
        """Let the time limit for services that are not ready begin at ``since``.

        ``since`` is infinity as long as audio arrives: the user is still speaking, so there is
        time.
        """
        self._waits_since = since
        for each in self.tried.all:
            each.sessions.await_service(since=since)

    def send_nothing(self, *, now: float) -> None:
        """Note that no audio will be sent, because the service fetches a stream itself."""
        self.tried.first.send_nothing(now=now)

    def take(self, attempt: int, event: SessionEvent, *, now: float) -> None:
        """Handle an event of an open session."""
        if isinstance(event, Failed):
            self.lost(attempt, event.error, now=now)
        else:
            for each in self.tried.all:
                each.take(attempt, event, now=now)
            self._move_on(now=now)

    def lost(self, attempt: int, error: Exception | None, *, now: float) -> None:
        """Handle a session that ended or must be replaced. A closed session is ignored.

        ``error`` is the reason.
        """
        if found := self.tried.find(attempt):
            transcription, lost = found
            transcription.sessions.lost(lost, error, now=now)
            self._move_on(now=now)

    def note_signs_of_life(self, attempt: int, signs: SignsOfLife) -> None:
        """Note the signs of life of a session's service. Those of a closed session are ignored."""
        if (found := self.tried.find(attempt)) is None:
            return
        transcription, session = found
        session.is_accepted = session.is_accepted or signs.is_accepted
        for message_at in (signs.message_at, signs.working_at):
            if message_at is not None and session.liveness.message_received(at=message_at):
                transcription.sessions.gave_sign_of_life(at=message_at)
        if signs.pong_at is not None and session.liveness.pong_received(at=signs.pong_at):
            transcription.sessions.gave_sign_of_life(at=signs.pong_at)

    def stalled(self, *, now: float) -> None:
        """Replace the current session of the lead, which has accepted no audio for too long."""
        lead = self.tried.lead
        if lead.sessions.current:
            error = ConnectionLostError(
                ErrorText.TOOK_NO_AUDIO,
                provider=lead.candidate.provider,
                seconds=f"{self._limits.stall_s:g}",
            )
            self.lost(lead.sessions.current.number, error, now=now)

    def next_timeout(self) -> float:
        """Return when to call ``handle_timeout``; infinity if nothing is due."""
        due = min(self._fallback_due, *[each.sessions.next_timeout() for each in self.tried.all])
        deadlines = self._deadlines
        if deadlines.ended_at is None:  # the other deadlines begin when the audio has ended
            return due
        return min(due, deadlines.stand_in(self.stand_in), deadlines.total(self.tried.all))

    def handle_timeout(self, *, now: float) -> None:
        """Give up, try another profile, or handle the timeouts of the profiles' sessions."""
        stand_in = self.stand_in
        if now >= self._deadlines.total(self.tried.all):
            first = self.tried.first
            self.error = first.error or too_late(first, limit_s=self._limits.total_s)
        elif stand_in and now >= self._deadlines.stand_in(stand_in):
            self.error = too_late(stand_in, limit_s=stand_in.candidate.limits.final_s)
        elif now >= self._fallback_due:
            self._try_next(now=now)
        else:
            for each in self.tried.all:
                each.sessions.handle_timeout(now=now)
        self._move_on(now=now)

    @property
    def _fallback_due(self) -> float:
        return self._deadlines.fallback(self.tried.newest) if self._has_fallback else inf

    @property
    def _has_fallback(self) -> bool:
        return len(self.tried.all) < len(self._candidates)

    def _move_on(self, *, now: float) -> None:
        """If the last profile has failed, try the next one.

        Give up if no profile can give a complete transcript any more.
        """
        while self.tried.newest.error and self._has_fallback:
            self._try_next(now=now)
        if self.error or not all(each.error or each.is_complete for each in self.tried.all):
            return
        if self.tried.complete is None:
            self.error = next(each.error for each in self.tried.all if each.error)

    def _try_next(self, *, now: float) -> None:
        """Send the utterance to the next profile too, from the utterance's beginning."""
        before = self.tried.newest
        if now >= self._deadlines.final(before):
            self._errors.note_late(before)
        elif self._errors.of(before) is None:
            self._errors.note_not_ready(before, limit_s=self._limits.trouble_s)
        added = self._transcription(self._candidates[len(self.tried.all)])
        self.tried.add(added)
        _log.info(
            "%s: %s; trying profile %s too",
            before.candidate.label,
            self._errors.of(before),
            added.candidate.shown_name,
        )
        added.start(now=now)
        if self._deadlines.ended_at is not None and not added.error:
            added.finish(speech_end=None, now=now)
        added.sessions.await_service(since=self._waits_since)

    def _transcription(self, candidate: Candidate) -> Transcription:
        return Transcription(
            candidate,
            replay_buffer=self._replay_buffer,
            commands=self._commands,
            numbers=self._numbers,
        )
