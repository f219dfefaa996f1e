"""Sound by its level above the noise of the room: at once, and fooled by every loud noise."""

import math
from collections import deque
from typing import Final

from ..errors import DependencyError

__all__ = ["EnergyDetector"]

_S16: Final = 2
"""Bytes of a sample, audioop's measure of width."""

_FIRST_FLOOR_DB: Final = 38.0
"""Root mean square of 80: a quiet room as satellites record it, until the room itself is known."""

_LOWEST_FLOOR_DB: Final = 26.0
"""Below this there is no room so quiet; a microphone that is muted gives zeros."""

_RISE_DB: Final = 0.06
"""How fast the floor follows louder noise, a frame: 6 dB a second. Faster it eats speech."""

_FALL: Final = 0.05
"""How much of the way down the floor goes, a frame. Faster it sinks to the dips of the noise."""

_SURELY_NOT_DB: Final = 6.0
_SURELY_DB: Final = 16.0
"""Above the floor; between them lies the doubt. Speech stands 20 dB and more above a quiet room."""

_HOLD_FRAMES: Final = 20
"""A sound lasts 200 ms longer, over the closure of a consonant and until the network has it."""


class EnergyDetector:
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
        self._floor_db = _FIRST_FLOOR_DB
        self._latest = deque([0.0], maxlen=_HOLD_FRAMES)

    def probability(self, frame: bytes, *, speech: float = 0.0) -> float:
        """How much a frame, or one shortly before, stands out of the room, 0 to 1.

        ``speech`` is how sure somebody else is that it is speech, 0 to 1: speech is not the room.
        """
        level_db = 20 * math.log10(max(1, self._rms(frame, _S16)))
        above_db = level_db - self._floor_db
        if above_db < 0:
            self._floor_db = max(_LOWEST_FLOOR_DB, self._floor_db + above_db * _FALL)
        else:
            self._floor_db += min(_RISE_DB * (1 - speech), above_db)
        doubt = (above_db - _SURELY_NOT_DB) / (_SURELY_DB - _SURELY_NOT_DB)
        self._latest.append(min(1.0, max(0.0, doubt)))
        return max(self._latest)
