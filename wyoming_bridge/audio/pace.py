"""Measures whether audio arrives as fast as it was spoken. It does no I/O and has no clock.

Without this measurement, a client that sends a little audio now and then could keep a session open
for any length of time. Services bill a session by its length, and the local engine has a limited
number of sessions. The caller passes the time as ``now``.
"""

from .format import AudioFormat

__all__ = ["AudioPace", "PausableClock"]


class PausableClock:
    """A clock that is paused while a client does not have to send. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._paused_at: float | None = None
        self._pauses_s = 0.0

    @property
    def is_paused(self) -> bool:
        """Whether the clock stands still."""
        return self._paused_at is not None

    def time(self, *, now: float) -> float:
        """Return the time without the pauses."""
        return (now if self._paused_at is None else self._paused_at) - self._pauses_s

    def pause(self, *, now: float) -> None:
        """Stop the clock. Stopping it twice is allowed."""
        if self._paused_at is None:
            self._paused_at = now

    def resume(self, *, now: float) -> None:
        """Let the clock continue."""
        if self._paused_at is not None:
            self._pauses_s += now - self._paused_at
            self._paused_at = None


class AudioPace:
    """The pace of one client's audio. Times are seconds of one ``PausableClock``."""

    def __init__(self, source: AudioFormat, *, now: float) -> None:
        """Begin at ``now``, when the first audio arrives. ``source`` is the format of the audio."""
        self._bytes_per_s = source.bytes_per_second
        self._due_at = now

    @property
    def due_at(self) -> float:
        """When the next audio is due at the pace of speech."""
        return self._due_at

    def add(self, size: int) -> None:
        """Count ``size`` bytes of audio."""
        self._due_at += size / self._bytes_per_s

    def behind_s(self, *, now: float) -> float:
        """Return how many seconds the audio is behind real time.

        Audio that arrived ahead of time makes the number negative.
        """
        return now - self._due_at
