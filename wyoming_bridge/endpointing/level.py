"""How loud it is, against the room and against whoever speaks: at once, and fooled by any noise."""

import math
from collections import deque
from typing import Final

from ..errors import DependencyError
from .room import BLOCK_FRAMES, Room

__all__ = ["LevelGate"]

_S16: Final = 2
"""Bytes of a sample, audioop's measure of width."""

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
"""How the peak follows, a frame: a tenth of the way up, 2 dB a second down. A bang of 20 ms does
not make speech quiet, and a second speaker further off is heard after a while."""

_NEAR_FRAMES: Final = 30
_NEAR: Final = 0.1
"""What is near has at most 10 dB less energy than the speech at its loudest, over 0.3 s: single
syllables of others are louder than soft words. Of 828 takes among others 10 dB below the speech
none was cut or late; with 9.7 dB one was cut (of those 20 dB below), with 10.3 dB 4 were late."""


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
        self._room = Room()
        self._block = 0
        self._frames = 0
        self._peak = 0.0
        self._mean = 0.0
        self._energies = deque([0] * _NEAR_FRAMES, maxlen=_NEAR_FRAMES)
        self._energy = 0
        self._loudest = 0  # of the energy
        self._among_others = False

    @property
    def noisy(self) -> bool:
        """Whether quiet speech may not stand out of the room."""
        floor = self._room.floor
        return floor >= _NOISY and self._peak < floor * _CLEAR

    @property
    def near(self) -> bool:
        """Whether it was about as loud as the speech, or nobody else is in the room."""
        return not self._among_others or self._energy >= self._loudest * _NEAR

    def follow_speech(self) -> None:
        """What was heard last is taken for speech: so loud does somebody speak."""
        self._loudest = max(self._loudest, self._energy)

    def hear(self, frame: bytes) -> bool:
        """Whether the next frame stands out of the room, and is not far below the speech."""
        level = self._rms(frame, _S16)
        self._block += level
        self._frames += 1
        if self._frames == BLOCK_FRAMES:
            self._end_block()
        self._energy += level * level - self._energies[0]
        self._energies.append(level * level)
        peak = self._peak
        self._peak = peak + (level - peak) * _ATTACK if level > peak else peak * _DECAY
        self._mean += (level - self._mean) * _MEAN
        floor, peak = self._room.floor, self._peak
        if not self.noisy:
            return level >= max(floor * _ABOVE_QUIET, peak * _BELOW_PEAK)
        return level >= max(floor * _ABOVE_NOISE, peak * _BELOW_PEAK_IN_NOISE) or self._mean >= max(
            floor * _MEAN_ABOVE_NOISE, peak * _MEAN_BELOW_PEAK
        )

    def _end_block(self) -> None:
        self._room.hear(self._block / BLOCK_FRAMES)
        self._block = 0
        self._frames = 0
        self._among_others = self._room.has_others(math.sqrt(self._loudest / _NEAR_FRAMES))
