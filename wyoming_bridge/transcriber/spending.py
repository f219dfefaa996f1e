"""The limits on the audio that the sessions of one transcription may get.

Services charge for audio, and also for audio that is sent a second time.
"""

from ..audio import PCM_16K_MONO
from ..errors import BudgetError
from .attempt import Attempt
from .candidate import Candidate
from .replay_buffer import ReplayBuffer
from .sessions import Sessions
from .transcript import Transcript

__all__ = ["Spending"]


class Spending:
    """Gives up a transcription when its audio would exceed a limit of the profile's budget."""

    def __init__(
        self,
        candidate: Candidate,
        *,
        sessions: Sessions,
        transcript: Transcript,
        replay_buffer: ReplayBuffer,
    ) -> None:
        """Start without audio. The budget identifies the transcription by ``transcript``."""
        self._provider = candidate.provider
        self._budget = candidate.budget
        self._sessions = sessions
        self._transcript = transcript
        self._replay_buffer = replay_buffer
        self._fetched_ms = 0  # how much of a stream the service is known to have transcribed

    def check(self, *, starting: Attempt | None = None) -> None:
        """Give up if the audio that sessions may be sent now would exceed a limit.

        ``starting`` is a session that is ready now, and gets the audio that was waiting.
        """
        if self._budget.max_s is None and self._budget.max_sent_s is None:
            return
        end = self._replay_buffer.end
        waiting = sum(
            end - each.sent_until
            for each in self._sessions.open.all
            if each is starting or (each.ready_at is not None and not each.is_last)
        )
        try:
            self._budget.check(
                provider=self._provider,
                spender=self._transcript,
                next_s=PCM_16K_MONO.duration_ms(waiting) / 1000,
            )
        except BudgetError as error:
            self._sessions.give_up(error)

    def count_fetched(self, until_ms: int) -> None:
        """Count the audio of a stream up to the end of a word, and give up at the daily limit.

        An utterance may finish beyond the limit, but not a stream, because it may never end.
        """
        self._budget.spend(max(0, until_ms - self._fetched_ms) / 1000)
        self._fetched_ms = max(self._fetched_ms, until_ms)
        try:
            self._budget.check(provider=self._provider)
        except BudgetError as error:
            self._sessions.give_up(error)
