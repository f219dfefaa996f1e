"""Compares the level of each frame with the levels of the background noise and of the speech.

The level changes as soon as a sound begins, but noise changes it too. microVAD distinguishes speech
from noise, but with a delay (see ``vad.py``).
"""

import math
from collections import deque
from typing import Final

from ..errors import DependencyError
from .tuning import DEFAULT_TUNING, FRAME_MS, Tuning, ratio, rms, rounded

__all__ = ["LevelGate", "NoiseFloor"]

_SAMPLE_BYTES: Final = 2


class NoiseFloor:
    """Measures the level of the background noise from the beginning of a stream."""

    def __init__(self, *, tuning: Tuning = DEFAULT_TUNING) -> None:
        """Start with the level of a quiet room as the floor."""
        block_ms = tuning.floor_block_ms
        self._floor_blocks = tuning.floor_window_ms // block_ms
        self._unknown_blocks = tuning.floor_unknown_ms // block_ms
        self._lull_blocks = tuning.background_lull_ms // block_ms
        self._steady_blocks = tuning.steady_noise_ms // block_ms
        self._initial_floor = float(rms(tuning.initial_floor_dbfs))
        self._min_floor = float(rms(tuning.min_floor_dbfs))
        self._background_speech = rms(tuning.background_speech_dbfs)
        self._below_speech = ratio(tuning.background_speech_below_db)
        self._steady_below = ratio(tuning.steady_below_db)
        self._steady_above = ratio(tuning.steady_above_db)
        self._blocks: deque[float] = deque(maxlen=tuning.steady_noise_memory_ms // block_ms)
        self.floor = self._initial_floor
        """The level of the quietest recent block, as a root mean square of 16-bit samples.

        It is at least ``min_floor_dbfs``, and at most ``initial_floor_dbfs`` in the first
        ``floor_unknown_ms``."""

    def feed(self, level: float) -> None:
        """Process the mean level of the next block, a root mean square."""
        self._blocks.append(level)
        self.floor = max(self._limited(min(self._recent())), self._min_floor)

    def has_background_speech(self, speech_level: float) -> bool:
        """Return whether other people may be talking. ``speech_level`` is the speaker's level."""
        lull = sorted(self._recent())[: self._lull_blocks + 1][-1]
        threshold = max(self._background_speech, speech_level / self._below_speech)
        return self._limited(lull) >= threshold and not self._is_steady(lull)

    def _recent(self) -> list[float]:
        return list(self._blocks)[-self._floor_blocks :]

    def _limited(self, level: float) -> float:
        """Return the level; at most that of a quiet room in the first ``floor_unknown_ms``."""
        is_unknown = len(self._blocks) < self._unknown_blocks
        return min(level, self._initial_floor) if is_unknown else level

    def _is_steady(self, lull: float) -> bool:
        """Return whether a steady noise explains the level of the quietest moments."""
        low, high = lull / self._steady_below, lull * self._steady_above
        steady_blocks = 0
        for level in self._blocks:
            steady_blocks = steady_blocks + 1 if low <= level <= high else 0
            if steady_blocks == self._steady_blocks:
                return True
        return False


class LevelGate:
    """Separates sounds from background noise, and foreground from background speech, by level.

    The gate processes one stream from its beginning, one frame of 16-bit mono at a time.
    """

    def __init__(self, *, tuning: Tuning = DEFAULT_TUNING) -> None:
        """Load audioop.

        Raises:
            DependencyError: audioop is not installed.
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
        self._noisy_from = rms(tuning.noisy_from_dbfs)
        self._clear = ratio(tuning.clear_above_floor_db)
        self._above_floor = ratio(tuning.sound_above_floor_db)
        self._above_noisy_floor = ratio(tuning.sound_above_noisy_floor_db)
        self._mean_above_noisy_floor = ratio(tuning.mean_above_noisy_floor_db)
        self._below_peak = ratio(-tuning.sound_below_peak_db)
        self._below_noisy_peak = ratio(-tuning.sound_below_noisy_peak_db)
        self._mean_below_noisy_peak = ratio(-tuning.mean_below_noisy_peak_db)
        self._attack = rounded(FRAME_MS / tuning.peak_attack_ms)
        self._decay = ratio(-tuning.peak_decay_db_per_s * FRAME_MS / 1000)
        self._smoothing = rounded(FRAME_MS / tuning.mean_window_ms)
        # Twice the value in dB, because the energy is the square of the level.
        self._foreground = ratio(-2 * tuning.foreground_below_speech_db)
        self._floor = NoiseFloor(tuning=tuning)
        self._block_frames = tuning.floor_block_ms // FRAME_MS
        self._block_sum = 0
        self._frames = 0
        self._peak = 0.0
        self._mean = 0.0
        window_frames = tuning.foreground_window_ms // FRAME_MS
        self._energies = deque([0] * window_frames, maxlen=window_frames)
        self._window_frames = window_frames
        self._energy = 0
        self._speech_energy = 0
        self._has_background_speech = False
        self.is_noisy = False
        """Whether the background noise is so loud that quiet speech may not stand out from it."""

    @property
    def noise_floor(self) -> float:
        """The level of the background noise, as a root mean square of 16-bit samples."""
        return self._floor.floor

    @property
    def is_foreground(self) -> bool:
        """Whether the last frames were about as loud as the speech.

        It is also True if there is no background speech.
        """
        is_near = self._energy >= self._speech_energy * self._foreground
        return is_near or not self._has_background_speech

    def update_speech_level(self) -> None:
        """Note that the last frames were speech. The level of the loudest speech is kept."""
        self._speech_energy = max(self._speech_energy, self._energy)

    def feed(self, frame: bytes) -> bool:
        """Take the next frame, and return whether it is a sound.

        A sound is louder than the background noise and not far below the speech.
        """
        level = self._rms(frame, _SAMPLE_BYTES)
        self._block_sum += level
        self._frames += 1
        if self._frames == self._block_frames:
            self._end_block()
        self._energy += level * level - self._energies[0]
        self._energies.append(level * level)
        peak = self._peak
        peak = peak + (level - peak) * self._attack if level > peak else peak * self._decay
        self._peak = peak
        self._mean += (level - self._mean) * self._smoothing
        floor = self._floor.floor
        self.is_noisy = floor >= self._noisy_from and peak < floor * self._clear
        if not self.is_noisy:
            return level >= max(floor * self._above_floor, peak * self._below_peak)
        return level >= max(
            floor * self._above_noisy_floor, peak * self._below_noisy_peak
        ) or self._mean >= max(
            floor * self._mean_above_noisy_floor, peak * self._mean_below_noisy_peak
        )

    def _end_block(self) -> None:
        self._floor.feed(self._block_sum / self._block_frames)
        self._block_sum = 0
        self._frames = 0
        speech_level = math.sqrt(self._speech_energy / self._window_frames)
        self._has_background_speech = self._floor.has_background_speech(speech_level)
