"""The times of the events in one utterance."""

from dataclasses import dataclass

from .result import Timing

__all__ = ["Timeline"]


@dataclass(slots=True, kw_only=True)
class Timeline:
    """The first time of each event, in monotonic seconds; None until the event happens."""

    began_at: float | None = None
    """The first audio arrived, or ``connect`` was called."""
    ready_at: float | None = None
    """A service was ready for audio."""
    first_text_at: float | None = None
    """A service sent the first words."""
    ended_at: float | None = None
    """The utterance ended: the endpoint."""

    def begin(self, now: float) -> None:
        """Note that the utterance began."""
        self.began_at = now if self.began_at is None else self.began_at

    def service_ready(self, now: float) -> None:
        """Note that a service was ready."""
        self.ready_at = now if self.ready_at is None else self.ready_at

    def text_received(self, now: float) -> None:
        """Note that a service sent words."""
        self.first_text_at = now if self.first_text_at is None else self.first_text_at

    def timing(self, *, audio_ms: float, speech_ms: int | None, now: float) -> Timing:
        """Return the durations of an utterance whose result is known now."""
        began_at = now if self.began_at is None else self.began_at

        def since_began(at: float | None) -> float | None:
            return None if at is None else (at - began_at) * 1000

        return Timing(
            audio_ms=audio_ms,
            ready_ms=since_began(self.ready_at),
            first_text_ms=since_began(self.first_text_at),
            speech_ms=speech_ms,
            endpoint_ms=None if speech_ms is None else audio_ms - speech_ms,
            final_ms=None if self.ended_at is None else (now - self.ended_at) * 1000,
            total_ms=(now - began_at) * 1000,
        )
