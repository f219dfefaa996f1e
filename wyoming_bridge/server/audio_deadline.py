"""Ends an utterance whose audio arrives more slowly than it was spoken."""

import asyncio
from collections.abc import Callable
from typing import Final

from ..audio import AudioFormat, AudioPace, PausableClock
from ..errors import ErrorText, LocalError, RequestError

__all__ = ["AudioDeadline"]

_MAX_BEHIND_S: Final = 10.0
"""How far audio may be behind real time. Speakers do not wait longer than that for an answer."""

_CONFIRMED_AFTER_S: Final = 2.0
"""The utterance ends only if its audio is still too late after this time. When a paused process
continues, or a network link recovers, the delayed audio arrives within this time."""


class AudioDeadline:
    """Limits how late the audio of one utterance may be. A timer checks it, even without audio."""

    def __init__(
        self, source: AudioFormat, *, audio_timeout_s: float, fail: Callable[[LocalError], None]
    ) -> None:
        """Start the timer with the first audio, whose format is ``source``.

        ``audio_timeout_s`` is how long the client may send nothing. If it is longer than 10 s, the
        audio may be that late. ``fail`` is called with the error when the audio is too late.
        """
        self._loop = asyncio.get_running_loop()
        self._clock = PausableClock()
        self._pace = AudioPace(source, now=self._loop.time())
        self._max_behind_s = max(_MAX_BEHIND_S, audio_timeout_s)
        self._fail = fail
        self._is_late = False
        self._timer = self._loop.call_later(self._max_behind_s, self._check)

    def add(self, size: int) -> None:
        """Count ``size`` bytes of audio."""
        self._pace.add(size)
        if self._is_late and self._in_time_s > 0:
            self._is_late = False

    def behind_s(self, *, now: float) -> float:
        """Return how many seconds the audio is behind the pace of speech."""
        return self._pace.behind_s(now=self._clock.time(now=now))

    def pause(self) -> None:
        """Note that the bridge does not read, so the client cannot send."""
        self._clock.pause(now=self._loop.time())

    def resume(self) -> None:
        """Note that the bridge reads again."""
        self._clock.resume(now=self._loop.time())

    def cancel(self) -> None:
        """Stop the timer, because the audio has ended."""
        self._timer.cancel()

    @property
    def _in_time_s(self) -> float:
        """How many seconds remain until the audio is too late."""
        return self._max_behind_s - self.behind_s(now=self._loop.time())

    def _check(self) -> None:
        in_time_s = self._in_time_s
        if self._clock.is_paused or in_time_s > 0:
            self._is_late = False
            wait_s = _CONFIRMED_AFTER_S if self._clock.is_paused else in_time_s
            self._timer = self._loop.call_later(wait_s, self._check)
        elif self._is_late:
            seconds = f"{self._max_behind_s:g}"
            self._fail(RequestError(ErrorText.AUDIO_BEHIND, seconds=seconds))
        else:
            self._is_late = True
            self._timer = self._loop.call_later(_CONFIRMED_AFTER_S, self._check)
