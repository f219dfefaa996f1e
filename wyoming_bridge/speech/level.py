"""How loud it is, against the room and against whoever speaks: at once, and fooled by any noise."""

from collections import deque
from typing import Final

from ..errors import DependencyError

__all__ = ["LevelGate"]

_S16: Final = 2
"""Bytes of a sample, audioop's measure of width."""

_BLOCK_FRAMES: Final = 5
"""The floor is the quietest block of 50 ms: single frames of noise dip by chance."""

_REMEMBERED_BLOCKS: Final = 60
"""Of 3 s: nobody speaks for so long without the closure of a consonant."""

_FIRST_BLOCKS: Final = 20
"""For a second the room may be unknown, because somebody spoke from the beginning."""

_FIRST_FLOOR: Final = 80.0
"""Root mean square of a quiet room as satellites record it, 38 dB, until the room is known."""

_LOWEST_FLOOR: Final = 20.0
"""26 dB; there is no quieter room, but a microphone that is muted gives zeros."""

_ABOVE_QUIET: Final = 3.2
_ABOVE_NOISE: Final = 1.5
"""10 dB and 3.5 dB: what stands out of a quiet room, and of a noisy one, where speech does not
stand as far above it. Noise that is always there varies by less than 1 dB from frame to frame."""

_BELOW_PEAK: Final = 0.125
"""18 dB below the speech: a breath, and the echo of the last word."""

_MEAN_ABOVE_NOISE: Final = 1.35
_MEAN: Final = 0.15
"""2.6 dB over some 70 ms: speech that is weaker than the noise still lifts its level."""

_BELOW_PEAK_IN_NOISE: Final = 0.2
_MEAN_BELOW_PEAK: Final = 0.15
"""14 and 16.5 dB below the speech: what is quieter are the noise's own ups and downs."""

_NOISY: Final = 200.0
_CLEAR: Final = 14.0
"""A room is noisy from 46 dB on, unless whoever speaks is 23 dB louder than that."""

_ATTACK: Final = 0.1
_DECAY: Final = 0.9977
"""How a peak follows, a frame: a tenth of the way up; that of all sounds 2 dB a second down. A bang
of 20 ms does not make speech quiet, and a second speaker further off is heard after a while."""

_OTHERS_FLOOR: Final = 120.0
_OTHERS_BELOW: Final = 12.0
_OTHERS_GONE: Final = 32.0
"""Others may be heard where the floor is 42 dB and more, unless whoever speaks is 21.5 dB above it;
then until he is 30 dB above it: people who talk at once leave quiet moments. In clean recordings
the speech stayed 23 dB above such a floor."""

_NEAR: Final = 0.316
"""10 dB below the speech at its loudest. Of 396 takes among others who are 10 dB quieter than the
speech, none was cut and 25 ended late; with 9 dB 5 were cut and 16 late."""


class LevelGate:
    """Hears one stream from its beginning, a frame of 16-bit mono at a time."""

    def __init__(self) -> None:
        """Load the library.

        Raises:
            DependencyError: It is not installed.
        """
        try:
            import audioop
        except ImportError as err:
            raise DependencyError(
                "voice activity detection needs audioop, which Python 3.13 and later do not "
                "have: install audioop-lts",
                library="audioop-lts",
            ) from err
        self._rms = audioop.rms
        self._blocks: deque[float] = deque(maxlen=_REMEMBERED_BLOCKS)
        self._block = 0.0
        self._frames = 0
        self._floor = _FIRST_FLOOR
        self._peak = 0.0
        self._mean = 0.0
        self._loudest = 0.0
        self._among_others = False

    @property
    def noisy(self) -> bool:
        """Whether quiet speech may not stand out of the room."""
        return self._floor >= _NOISY and self._peak < self._floor * _CLEAR

    @property
    def near(self) -> bool:
        """Whether it is about as loud as the speech was, or nobody else is in the room."""
        return not self._among_others or self._mean >= self._loudest * _NEAR

    def follow_speech(self) -> None:
        """What was heard last is taken for speech: so loud does somebody speak."""
        self._loudest = _followed(self._loudest, self._mean, 1.0)

    def hear(self, frame: bytes) -> bool:
        """Whether the next frame stands out of the room, and is not far below the speech."""
        level = self._rms(frame, _S16)
        self._block += level
        self._frames += 1
        if self._frames == _BLOCK_FRAMES:
            self._end_block()
        self._peak = _followed(self._peak, level, _DECAY)
        self._mean += (level - self._mean) * _MEAN
        floor, peak = self._floor, self._peak
        if not self.noisy:
            return level >= max(floor * _ABOVE_QUIET, peak * _BELOW_PEAK)
        return level >= max(floor * _ABOVE_NOISE, peak * _BELOW_PEAK_IN_NOISE) or self._mean >= max(
            floor * _MEAN_ABOVE_NOISE, peak * _MEAN_BELOW_PEAK
        )

    def _end_block(self) -> None:
        self._blocks.append(self._block / _BLOCK_FRAMES)
        self._block = 0.0
        self._frames = 0
        floor = min(self._blocks)
        if len(self._blocks) < _FIRST_BLOCKS:
            floor = min(floor, _FIRST_FLOOR)
        self._floor = max(floor, _LOWEST_FLOOR)
        below = _OTHERS_GONE if self._among_others else _OTHERS_BELOW
        self._among_others = self._floor >= max(_OTHERS_FLOOR, self._loudest / below)


def _followed(peak: float, level: float, decay: float) -> float:
    return peak + (level - peak) * _ATTACK if level > peak else peak * decay
