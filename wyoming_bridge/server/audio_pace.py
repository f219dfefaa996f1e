"""Finds audio that arrives more slowly than it was spoken. No I/O; time is an argument.

Without this check, a client that sends a little audio now and then could hold a session for any
length of time. Sessions are paid for by time, and the local engine has a limited number of them.
"""

from typing import Final

from ..audio import AudioFormat

__all__ = ["MAX_BEHIND_S", "AudioPace"]

MAX_BEHIND_S: Final = 10.0
"""How far audio may be behind real time. A speaker does not wait longer than that for an answer."""

_CONFIRMED_AFTER_S: Final = 2.0
"""How long audio must stay more than ``MAX_BEHIND_S`` behind before it is too slow. When a paused
process continues, or a network link recovers, the delayed audio arrives within this time."""


class AudioPace:
    """The pace of one utterance's audio. Times are monotonic seconds."""

    def __init__(self, source: AudioFormat, *, now: float) -> None:
        """Begin with the first audio, in the format ``source``."""
        self._bytes_per_s = source.bytes_of(1000)
        self._due_at = now  # when the next audio is due at the pace of speech
        self._behind_since: float | None = None
        self._paused_at: float | None = None

    def is_too_slow(self, size: int, *, now: float) -> bool:
        """Count ``size`` bytes of audio, and return whether the utterance's audio is too slow."""
        behind_s = now - self._due_at
        self._due_at += size / self._bytes_per_s
        if behind_s <= MAX_BEHIND_S:
            self._behind_since = None
            return False
        if self._behind_since is None:
            self._behind_since = now
        return now - self._behind_since >= _CONFIRMED_AFTER_S

    def behind_s(self, *, now: float) -> float:
        """Return how many seconds the audio is behind real time.

        Time during which the bridge does not read the client's audio is not counted.
        """
        return (now if self._paused_at is None else self._paused_at) - self._due_at

    def paused(self, *, now: float) -> None:
        """Note that the bridge does not read, so the client cannot send."""
        if self._paused_at is None:
            self._paused_at = now

    def resumed(self, *, now: float) -> None:
        """Note that the bridge reads again."""
        if self._paused_at is not None:
            self._due_at += now - self._paused_at
            self._paused_at = None
