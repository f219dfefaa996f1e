"""Finds sessions that hold a place in the engine without using it.

The module does no I/O. The caller passes the time as ``now``.
"""

import math

from ..audio import PCM_16K_MONO, AudioPace, PausableClock

__all__ = ["AudioTimeout"]


class AudioTimeout:
    """The limit for a session whose audio is missing, or arrives more slowly than it was spoken.

    A session ends when no audio has arrived for the timeout, and when its audio is late by the
    timeout. Without the second limit, a client that sends a sample per minute could hold its place
    for ever. Text shows that a session is used, so the pace of its audio begins again after a final
    with text: a client may send a command, wait for the text, and later send the next command.

    Time in which the client does not have to send audio does not count: while the engine is behind,
    and while the server still has to send a final.
    """

    def __init__(self, timeout_s: float, *, now: float) -> None:
        """Begin to wait for audio. ``timeout_s`` is 0 if there is no limit."""
        self._timeout_s = timeout_s or math.inf
        self._clock = PausableClock()  # all times below are times of this clock
        self._audio_at = now
        self._pace: AudioPace | None = None

    def left_s(self, *, now: float) -> float:
        """Return how many seconds remain until the session ends. Pauses do not count."""
        since = self._audio_at if self._pace is None else min(self._audio_at, self._pace.due_at)
        return max(0.0, since + self._timeout_s - self._clock.time(now=now))

    def pause(self, *, now: float) -> None:
        """Note that from now on the client does not have to send audio."""
        self._clock.pause(now=now)

    def resume(self, *, now: float) -> None:
        """Note that the client has to send audio again."""
        self._clock.resume(now=now)

    def receive(self, *, now: float) -> None:
        """Note that the client has sent audio, in any format.

        The pace begins here, because the beginning of a file may contain no audio.
        """
        self._audio_at = self._clock.time(now=now)
        if self._pace is None:
            self._pace = AudioPace(PCM_16K_MONO, now=self._audio_at)

    def feed(self, size: int) -> None:
        """Count ``size`` bytes of audio for the engine, in ``PCM_16K_MONO``."""
        if self._pace:
            self._pace.add(size)

    def report_final(self, text: str, *, now: float) -> None:
        """Note that the client gets a final."""
        if text:
            self._audio_at = self._clock.time(now=now)
            self._pace = None
