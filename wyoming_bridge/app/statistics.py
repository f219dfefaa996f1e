"""Counts the sessions and results of utterances, for the metrics."""

from typing import Protocol

from ..events import Failed, SessionEvent, SessionStarted
from ..transcriber import Observer, Result
from ..transcriber.commands import Close, Command, Fail, Open, Resolve

__all__ = ["Statistics", "UtteranceStatistics"]


class Statistics(Protocol):
    """Counters of all utterances.

    ``profile`` is the name of a session's profile. ``requested`` is the name of the profile that
    the client requested for the utterance.
    """

    def session_started(self, profile: str, *, is_replay: bool) -> None:
        """Count a session whose service is ready for audio.

        ``is_replay`` says whether the session also gets audio that was already sent in an earlier
        session of the profile.
        """

    def session_failed(self, profile: str, error: Exception) -> None:
        """Count a session that failed, before or after its start. Another one may replace it."""

    def resolved(self, requested: str, result: Result) -> None:
        """Count a result."""

    def failed(self, requested: str, error: Exception) -> None:
        """Count an utterance that has no result."""


class UtteranceStatistics(Observer):
    """Observes one utterance, and counts its sessions and its outcome."""

    def __init__(self, statistics: Statistics, *, profile: str) -> None:
        """Create the observer. ``profile`` is the name of the profile that the client requested."""
        self._statistics = statistics
        self._requested = profile
        self._profiles: dict[int, str] = {}
        """The profile of each session."""
        self._opening: dict[int, Open] = {}
        """The sessions whose service is not ready for audio yet."""

    def commanded(self, command: Command) -> None:
        """Count sessions and outcomes."""
        match command:
            case Open(attempt=attempt, candidate=candidate):
                self._profiles[attempt] = candidate.profile
                self._opening[attempt] = command
            case Close(attempt=attempt):
                self._opening.pop(attempt, None)
            case Resolve(result=result):
                self._statistics.resolved(self._requested, result)
            case Fail(error=error):
                self._statistics.failed(self._requested, error)
            case _:
                pass

    def session_reported(self, attempt: int, event: SessionEvent) -> None:
        """Count a session that started or failed."""
        match event:
            case SessionStarted() if opened := self._opening.pop(attempt, None):
                self._statistics.session_started(
                    opened.candidate.profile, is_replay=opened.is_replay
                )
            case Failed(error=error):
                self._statistics.session_failed(self._profiles[attempt], error)
            case _:
                pass

    def session_ended(self, attempt: int, error: Exception | None) -> None:
        """Count a session that broke."""
        if error:
            self._statistics.session_failed(self._profiles[attempt], error)
