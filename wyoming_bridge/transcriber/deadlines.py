"""The deadlines of an utterance: when a profile's transcript is late, and when to give up.

The module does no I/O and reads no clock. Times are monotonic seconds, and infinity stands for a
deadline that does not exist yet.
"""

from collections.abc import Iterable
from math import inf

from .limits import Limits
from .replay_buffer import ReplayBuffer, ms_at
from .transcription import Transcription

__all__ = ["Deadlines"]


class Deadlines:
    """The deadlines of one utterance. Those for transcripts begin when the audio has ended."""

    def __init__(self, limits: Limits, *, replay_buffer: ReplayBuffer) -> None:
        """Create the deadlines before the utterance begins. ``limits`` are the first profile's."""
        self.began_at = 0.0
        """When the utterance began."""
        self.ended_at: float | None = None
        """When the audio ended; None as long as it goes on."""
        self._limits = limits
        self._replay_buffer = replay_buffer

    def final(self, transcription: Transcription) -> float:
        """Return the deadline of a profile's transcript.

        It is infinity until the audio has ended and the profile's service has been ready.
        """
        if self.ended_at is None or transcription.sessions.ready_at is None:
            return inf
        since = max(self.ended_at, transcription.sessions.ready_at, transcription.all_processed_at)
        return since + transcription.candidate.limits.final_s

    def stand_in(self, transcription: Transcription | None) -> float:
        """Return when to use a stand-in, or infinity without one.

        Its text is known to contain all speech, so there is no need to wait until its service has
        processed replayed audio.
        """
        if self.ended_at is None or transcription is None:
            return inf
        if transcription.sessions.ready_at is None:
            return inf
        since = max(self.ended_at, transcription.sessions.ready_at)
        return since + transcription.candidate.limits.final_s

    def fallback(self, newest: Transcription) -> float:
        """Return when to try the next profile because the newest one is in trouble or late."""
        trouble_since = newest.sessions.trouble_since
        if trouble_since is None:
            return self.final(newest)
        return min(trouble_since + self._limits.trouble_s, self.final(newest))

    def total(self, tried: Iterable[Transcription]) -> float:
        """Return when to give up all profiles that were tried."""
        if self.ended_at is None:
            return inf
        all_processed_at = max(each.all_processed_at for each in tried)
        # Without this bound, sessions that break again and again would move the deadline forever.
        at_latest = self.began_at + 2 * ms_at(self._replay_buffer.end) / 1000
        return max(self.ended_at, min(all_processed_at, at_latest)) + self._limits.total_s
