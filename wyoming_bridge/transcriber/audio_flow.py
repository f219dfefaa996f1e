"""The flow of audio: how much arrived, when more is due, and whether the source waits."""

from math import inf
from typing import Final

from ..audio import PCM_16K_MONO, AudioFormat

__all__ = ["MAX_WAITING_BYTES", "AudioFlow"]

MAX_WAITING_BYTES: Final = PCM_16K_MONO.bytes_of(20_000)
"""20 s of audio may wait for a slow service before the source has to wait. A connection may take
15 s to open, and the audio of that time fits, even as base64."""


class AudioFlow:
    """The audio flow of one utterance. Times are monotonic seconds."""

    def __init__(self, source: AudioFormat, *, idle_s: float, stall_s: float) -> None:
        """Create a flow without audio.

        ``idle_s`` is the longest time in which the source may send nothing. ``stall_s`` is the
        longest time in which the service may accept nothing while the source waits for it.
        """
        self._source = source
        self._idle_s = idle_s
        self._stall_s = stall_s
        self._bytes = 0
        self._due_since: float | None = None  # None if no audio is expected
        self._taken_at: float | None = None  # None if the source does not wait for the service

    @property
    def audio_ms(self) -> float:
        """Duration of the audio that arrived."""
        return self._source.duration_ms(self._bytes)

    def expect(self, *, now: float) -> None:
        """Expect audio from now on."""
        self._due_since = now

    def received(self, size: int, *, now: float) -> None:
        """Count bytes that arrived; more audio is expected from now on."""
        self._bytes += size
        self._due_since = now

    def ended(self) -> None:
        """Expect no more audio."""
        self._due_since = None

    def paused(self, *, now: float) -> None:
        """Note that the source waits. The service must accept audio within ``stall_s`` seconds."""
        if self._taken_at is None:
            self._taken_at = now

    def taken(self, *, now: float) -> None:
        """Note that the service accepted some of the waiting audio."""
        if self._taken_at is not None:
            self._taken_at = now

    def resumed(self, *, now: float) -> None:
        """Note that the source sends audio again."""
        self._taken_at = None
        if self._due_since is not None:
            self._due_since = now

    def missing_due(self) -> float:
        """Return when the audio counts as lost; infinity if no audio is due or the source waits."""
        if self._due_since is None or self._taken_at is not None:
            return inf
        return self._due_since + self._idle_s

    def stalled_due(self, *, ready_at: float | None) -> float:
        """Return the time by which the service must accept some audio while the source waits.

        Return infinity if the source does not wait, or if the session is not ready (``ready_at``
        is None).
        """
        if self._taken_at is None or ready_at is None:
            return inf
        return max(self._taken_at, ready_at) + self._stall_s
