"""Speech by its level above the noise of the room: at once, and fooled by every loud noise."""

import math
from typing import Final

__all__ = ["EnergyDetector"]

_S16: Final = 2
"""Bytes of a sample, audioop's measure of width."""

_FIRST_FLOOR_DB: Final = 38.0
"""Root mean square of 80: a quiet room as satellites record it, until the room itself is known."""

_LOWEST_FLOOR_DB: Final = 26.0
"""Below this there is no room so quiet; a microphone that is muted gives zeros."""

_RISE_DB: Final = 0.03
"""How fast the floor follows louder noise, a frame: 3 dB a second. It falls at once, by half."""

_SURELY_NOT_DB: Final = 6.0
_SURELY_DB: Final = 18.0
"""Above the floor; between them lies the doubt. Speech stands 20 dB and more above a quiet room."""


class EnergyDetector:
    """Hears one stream from its beginning, a frame of 16-bit mono at a time."""

    def __init__(self) -> None:
        import audioop

        self._rms = audioop.rms
        self._floor_db = _FIRST_FLOOR_DB

    def probability(self, frame: bytes) -> float:
        """How much a frame sounds like speech, 0 to 1."""
        level_db = 20 * math.log10(max(1, self._rms(frame, _S16)))
        above_db = level_db - self._floor_db
        if above_db < 0:
            self._floor_db = max(_LOWEST_FLOOR_DB, self._floor_db + above_db / 2)
        else:
            self._floor_db += min(_RISE_DB, above_db)
        doubt = (above_db - _SURELY_NOT_DB) / (_SURELY_DB - _SURELY_NOT_DB)
        return min(1.0, max(0.0, doubt))
