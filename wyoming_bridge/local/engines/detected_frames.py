"""What the detector reported about the audio of one voice, and the evidence that it is speech."""

from statistics import median
from typing import Final, NamedTuple

from ...endpointing import DEFAULT_TUNING, FRAME_MS, Frame
from .evidence import SHORT_MS, Evidence
from .piece import SAMPLES_PER_MS

__all__ = ["DELAY_SAMPLES", "SPEECH_THRESHOLD", "DetectedFrames"]

SPEECH_THRESHOLD: Final = 0.5
"""The probability from which a frame counts as speech: the middle of the usual thresholds."""

DELAY_SAMPLES: Final = DEFAULT_TUNING.vad_onset_delay_ms * SAMPLES_PER_MS
"""The detector reports speech at most this long after it begins."""

_FRAME_SAMPLES: Final = FRAME_MS * SAMPLES_PER_MS


class _Frame(NamedTuple):
    """A frame that is a sound, or that counts as speech."""

    at: int
    """The first sample."""
    is_sound: bool
    probability: float


class DetectedFrames:
    """The frames that are a sound, or that count as speech.

    Positions are samples from the first audio of the voice.
    """

    def __init__(self) -> None:
        self.end = 0
        """The end of the audio that the detector has processed."""
        self._frames: list[_Frame] = []

    def add(self, frame: Frame) -> None:
        """Add the next frame that the detector has processed."""
        if frame.is_sound or frame.speech_probability >= SPEECH_THRESHOLD:
            self._frames.append(_Frame(self.end, frame.is_sound, frame.speech_probability))
        self.end += _FRAME_SAMPLES

    def forget_before(self, at: int) -> None:
        """Forget the frames before a position."""
        self._frames = [frame for frame in self._frames if frame.at >= at]

    def continue_from(self, at: int) -> None:
        """Forget the frames from a position on. The next frame that is added begins there."""
        self._frames = [frame for frame in self._frames if frame.at < at]
        self.end = at

    def has_recent_sound(self) -> bool:
        """Return whether the last sounds may be speech that the detector has not reported yet."""
        since = self.end - DELAY_SAMPLES
        return any(frame.is_sound and frame.at >= since for frame in self._frames)

    def evidence(self, start: int, end: int) -> Evidence:
        """Return how likely it is that the audio between two positions is speech.

        The detector is late, so what it reports until ``DELAY_SAMPLES`` after the end counts too.
        Sound for which the report may not have come yet does not count.
        """
        reported = [
            frame.probability
            for frame in self._frames
            if start <= frame.at < end + DELAY_SAMPLES and frame.probability >= SPEECH_THRESHOLD
        ]
        sound_end = min(end, self.end - DELAY_SAMPLES)
        sounds = sum(frame.is_sound for frame in self._frames if start <= frame.at < sound_end)
        return Evidence(
            speech_share=len(reported) / max(1, sounds),
            certainty=median(reported) if reported else 0.0,
            is_short=end - start <= SHORT_MS * SAMPLES_PER_MS,
        )
