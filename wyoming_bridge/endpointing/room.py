"""What a room sounds like behind the speech, and whether others talk in it."""

from collections import deque
from typing import Final

__all__ = ["BLOCK_FRAMES", "Room"]

BLOCK_FRAMES: Final = 5
"""A room is heard in blocks of 50 ms: single frames of noise dip by chance."""

_FLOOR_BLOCKS: Final = 60
"""The floor is the quietest block of 3 s: nobody speaks for so long without the closure of a
consonant."""

_FIRST_BLOCKS: Final = 20
"""For a second the room may be unknown, because somebody spoke from the beginning."""

_FIRST_FLOOR: Final = 80.0
"""Root mean square of a quiet room as satellites record it, 38 dB, until the room is known."""

_LOWEST_FLOOR: Final = 20.0
"""26 dB; there is no quieter room, but a microphone that is muted gives zeros."""

_OTHERS: Final = 120.0
_OTHERS_BELOW: Final = 16.0
_LULL_BLOCKS: Final = 3
"""Others may be heard where it is 42 dB loud, and at most 24 dB below the speech, for all of 3 s
but 0.15: people who talk at once leave lulls, which are short."""

_REMEMBERED_BLOCKS: Final = 200
_STEADY_BLOCKS: Final = 10
_STEADY_BELOW: Final = 1.3
_STEADY_ABOVE: Final = 1.2
"""A noise that was as loud as the room is now at its quietest, within 2 dB, for 0.5 s of the last
10 s, is a fan; five people who talk at once are never as still."""


class Room:
    """One room, from the beginning of a stream; it is told the mean level of each block."""

    def __init__(self) -> None:
        self._blocks: deque[float] = deque(maxlen=_REMEMBERED_BLOCKS)
        self._floor = _FIRST_FLOOR

    @property
    def floor(self) -> float:
        """How loud it is at its quietest, as a root mean square."""
        return self._floor

    def hear(self, level: float) -> None:
        """Hear the next block."""
        self._blocks.append(level)
        self._floor = max(self._known(min(self._recent())), _LOWEST_FLOOR)

    def has_others(self, speech: float) -> bool:
        """Whether others may be talking besides somebody who speaks so loud."""
        quiet = sorted(self._recent())[: _LULL_BLOCKS + 1][-1]
        is_loud = self._known(quiet) >= max(_OTHERS, speech / _OTHERS_BELOW)
        return is_loud and not self._is_steady(quiet)

    def _recent(self) -> list[float]:
        return list(self._blocks)[-_FLOOR_BLOCKS:]

    def _known(self, level: float) -> float:
        return min(level, _FIRST_FLOOR) if len(self._blocks) < _FIRST_BLOCKS else level

    def _is_steady(self, quiet: float) -> bool:
        low, high = quiet / _STEADY_BELOW, quiet * _STEADY_ABOVE
        steady_blocks = 0
        for level in self._blocks:
            steady_blocks = steady_blocks + 1 if low <= level <= high else 0
            if steady_blocks == _STEADY_BLOCKS:
                return True
        return False
