"""Counts the sessions and results of utterances, for the metrics."""

from collections.abc import Sequence
from typing import Protocol

from ..endpointing import Endpoint, Endpointing, Frame
from ..events import Failed, SessionEvent
from ..providers.contract import Message
from ..session import Direction
from ..transcriber import Interpretation, Result
from ..transcriber.commands import Command, Fail, Open, Resolve

__all__ = ["Statistics", "UtteranceStatistics"]


class Statistics(Protocol):
    """Counters of all utterances.

    ``profile`` is the name of a session's profile. ``requested`` is the name of the profile that
    the client requested for the utterance.
    """

    def session_opened(self, profile: str, *, is_further: bool) -> None:
        """Count a session. ``is_further``: the utterance already had a session of this profile."""

    def session_failed(self, profile: str, error: Exception) -> None:
        """Count a session that failed. Another session may replace it."""

    def resolved(self, requested: str, result: Result) -> None:
        """Count a result."""

    def failed(self, requested: str, error: Exception) -> None:
        """Count an utterance that has no result."""


class UtteranceStatistics:
    """The observer of one utterance for the statistics."""

    wants_details = False

    def __init__(self, statistics: Statistics, *, profile: str) -> None:
        """Create the observer. ``profile`` is the name of the profile that the client requested."""
        self._statistics = statistics
        self._requested = profile
        self._profiles: dict[int, str] = {}
        """The profile of each session."""

    def commanded(self, command: Command) -> None:
        """Count sessions and outcomes."""
        match command:
            case Open(attempt=attempt, candidate=candidate):
                is_further = candidate.profile in self._profiles.values()
                self._profiles[attempt] = candidate.profile
                self._statistics.session_opened(candidate.profile, is_further=is_further)
            case Resolve(result=result):
                self._statistics.resolved(self._requested, result)
            case Fail(error=error):
                self._statistics.failed(self._requested, error)
            case _:
                pass

    def session_reported(self, attempt: int, event: SessionEvent) -> None:
        """Count a session that failed."""
        if isinstance(event, Failed):
            self._statistics.session_failed(self._profiles[attempt], event.error)

    def session_ended(self, attempt: int, error: Exception | None) -> None:
        """Count a session that broke."""
        if error:
            self._statistics.session_failed(self._profiles[attempt], error)

    def interpreted(self, text: str, interpretation: Interpretation) -> None:
        """Count nothing."""

    def audio_received(self, audio: bytes) -> None:
        """Count nothing: the result has the length of the audio."""

    def endpointing_chosen(self, endpointing: Endpointing) -> None:
        """Count nothing."""

    def audio_ended(self, endpoint: Endpoint, *, speech_ms: int | None) -> None:
        """Count nothing: the result has the reason of the end."""

    def frames_detected(self, frames: Sequence[Frame]) -> None:
        """Count nothing."""

    def message_passed(self, attempt: int, direction: Direction, message: Message) -> None:
        """Count nothing."""
