"""Measures how loud audio is over time, in steps that the page draws."""

import audioop
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log10
from typing import Final

from ..audio import PCM_16K_MONO, AudioFormat, Converter
from ..endpointing.tuning import FRAME_MS
from ..recorder import TracedFrame

__all__ = ["FRAMES_PER_STEP", "STEP_MS", "LevelMeter", "Levels", "paired"]

STEP_MS: Final = 20
"""Duration of a step: two frames of the detector. When a sentence fills the width of a screen, a
step is about one pixel wide."""

_STEP_BYTES: Final = PCM_16K_MONO.bytes_of(STEP_MS)

FRAMES_PER_STEP: Final = STEP_MS // FRAME_MS
_WIDTH: Final = 2
_FULL_SCALE: Final = 32768
_SILENCE_DBFS: Final = -100


@dataclass(slots=True, kw_only=True)
class Levels:
    """Levels of successive steps, one entry per step.

    ``speech`` and ``floor`` come from the voice detector. They can be shorter than the other lists,
    or empty.
    """

    low: list[int] = field(default_factory=list)
    """The lowest sample in percent of full scale, -100 to 0."""
    high: list[int] = field(default_factory=list)
    """The highest sample in percent of full scale, 0 to 100."""
    level: list[int] = field(default_factory=list)
    """The root mean square in dBFS, -100 to 0."""
    speech: list[int] = field(default_factory=list)
    """The probability of speech in percent."""
    floor: list[int] = field(default_factory=list)
    """The background noise in dBFS; -100 if it was not measured."""

    def extend(self, more: "Levels") -> None:
        """Append later steps."""
        self.low += more.low
        self.high += more.high
        self.level += more.level
        self.speech += more.speech
        self.floor += more.floor

    def to_data(self) -> dict[str, list[int]]:
        """Return the levels as JSON values."""
        return {
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "speech": self.speech,
            "floor": self.floor,
        }


class LevelMeter:
    """Measures one stream of audio."""

    def __init__(self, source: AudioFormat) -> None:
        """Create a meter for audio in the format ``source``.

        Raises:
            DependencyError: The format needs a library that is not installed.
        """
        self._converter = Converter(source=source, target=PCM_16K_MONO)
        self._rest = b""

    def measure(self, audio: bytes) -> Levels:
        """Return the levels of the steps that the next audio completes.

        ``audio`` may have any length. The rest after the last complete step is kept.
        """
        pcm = self._rest + self._converter.convert(audio)
        whole = len(pcm) - len(pcm) % _STEP_BYTES
        self._rest = pcm[whole:]
        levels = Levels()
        for at in range(0, whole, _STEP_BYTES):
            step = pcm[at : at + _STEP_BYTES]
            low, high = audioop.minmax(step, _WIDTH)
            levels.low.append(min(0, _percent(low)))
            levels.high.append(max(0, _percent(high)))
            levels.level.append(_dbfs(audioop.rms(step, _WIDTH)))
        return levels


def paired(frames: Sequence[TracedFrame]) -> Levels:
    """Return the detector's values for whole steps of two frames. Leave out a single last frame."""
    levels = Levels()
    for at in range(0, len(frames) - FRAMES_PER_STEP + 1, FRAMES_PER_STEP):
        step = frames[at : at + FRAMES_PER_STEP]
        levels.speech.append(max(each.speech for each in step))
        levels.floor.append(step[-1].noise_floor_dbfs)
    return levels


def _percent(sample: int) -> int:
    return round(100 * sample / _FULL_SCALE)


def _dbfs(rms: int) -> int:
    return round(20 * log10(rms / _FULL_SCALE)) if rms else _SILENCE_DBFS
