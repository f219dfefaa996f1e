"""Detects whether a frame of audio is speech.

microVAD, a small neural network, distinguishes speech from noise, but with a delay: it reports
speech 0.1 to 0.45 s after the beginning, and still for 0.3 to 0.7 s after the end. The level of the
audio shows exactly when a sound begins and ends, but noise is a sound too. A ``Frame`` contains
both results, and the segmenter combines them.
"""

import math
import random
import weakref
from functools import cache
from itertools import cycle
from typing import Final, NamedTuple, Protocol

from ..audio import PCM_16K_MONO
from .networks import give_back, take_network
from .noise_floor import LevelGate
from .sparse_vad import SparseVad, SpeechModel
from .tuning import DEFAULT_TUNING, FRAME_MS, Tuning, rms

__all__ = [
    "DetectorFactory",
    "Frame",
    "MicroVad",
    "MicroVadDetector",
    "VoiceDetector",
    "new_detector",
]

_FRAME_BYTES: Final = PCM_16K_MONO.bytes_of(FRAME_MS)

_SAMPLE_BYTES: Final = 2


class Frame(NamedTuple):
    """A detector's results for ``FRAME_MS`` of audio."""

    is_sound: bool
    """Whether the frame is louder than the background noise. This has no delay. It is also true for
    a sudden noise."""
    speech_probability: float
    """Probability of speech, 0 to 1, with a delay of 0.1 to 0.45 s."""
    is_noisy: bool = False
    """Whether the background noise is so loud that quiet speech may not count as a sound."""
    is_foreground: bool = True
    """False if there is background speech, and the last 0.3 s were more than 10 dB below the
    speech. Then the speaker speaks softly, or other people talk, or there is no voice."""
    noise_floor: float = 0.0
    """The level of the background noise, as a root mean square of 16-bit samples; 0 if it is not
    measured."""


class VoiceDetector(Protocol):
    """Looks for speech in one stream, from its beginning."""

    def feed(self, pcm: bytes) -> list[Frame]:
        """Process audio in ``PCM_16K_MONO``, of any length; return the frames that are complete."""


class DetectorFactory(Protocol):
    """Creates detectors."""

    def __call__(self, *, speech_threshold: float) -> VoiceDetector:
        """Return a detector for one stream.

        A frame counts as speech if its probability of speech is at least ``speech_threshold``, 0
        to 1.
        """


class MicroVad:
    """microVAD's network for one stream.

    The network gets quiet noise (hiss) instead of silence. It also gets some hiss before the first
    audio, because it returns no probability before it has processed that much audio.
    """

    def __init__(self, *, tuning: Tuning = DEFAULT_TUNING) -> None:
        """Load the library and let the network warm up.

        Raises:
            DependencyError: The library is not installed.
        """
        network = take_network()
        weakref.finalize(self, give_back, network).atexit = False
        self._process = network.process
        hiss = _hiss(tuning.hiss_dbfs, tuning.vad_warm_up_ms)
        for frame in hiss[network.silent_frames :]:
            self._process(frame)
        self._hiss = cycle(hiss)

    def probability(self, frame: bytes, *, is_sound: bool, is_noisy: bool) -> float:
        """Return the probability of speech, 0 to 1."""
        sound = frame if is_sound or is_noisy else next(self._hiss)
        # The network returned at most 0.2 for noises and knocks, and at least 0.48 for words of
        # 0.2 s. The square root puts the usual thresholds, 0.4 to 0.6, between the two.
        return math.sqrt(min(1.0, max(0.0, self._process(sound))))


class MicroVadDetector:
    """Combines the level of each frame with a model's probability of speech."""

    def __init__(
        self, *, model: SpeechModel, speech_threshold: float, tuning: Tuning = DEFAULT_TUNING
    ) -> None:
        """Start before the first audio.

        Only frames with a probability of at least ``speech_threshold`` raise the speaker's level,
        so that a bang or a tone does not raise it.

        Raises:
            DependencyError: A library is not installed.
        """
        self._model = model
        self._speech_threshold = speech_threshold
        self._level = LevelGate(tuning=tuning)
        self._incomplete = b""

    def feed(self, pcm: bytes) -> list[Frame]:
        """Process audio in ``PCM_16K_MONO``, of any length; return the frames that are complete."""
        audio = self._incomplete + pcm if self._incomplete else pcm
        complete_bytes = len(audio) - len(audio) % _FRAME_BYTES
        self._incomplete = audio[complete_bytes:]
        return [
            self._feed_frame(audio[start : start + _FRAME_BYTES])
            for start in range(0, complete_bytes, _FRAME_BYTES)
        ]

    def _feed_frame(self, frame: bytes) -> Frame:
        level = self._level
        is_sound, is_noisy = level.feed(frame), level.is_noisy
        probability = self._model.probability(frame, is_sound=is_sound, is_noisy=is_noisy)
        if probability >= self._speech_threshold:
            level.update_speech_level()
        return Frame(is_sound, probability, is_noisy, level.is_foreground, level.noise_floor)


@cache
def _hiss(dbfs: float, duration_ms: int) -> tuple[bytes, ...]:
    """Return frames of quiet white noise, always the same, so that results are reproducible."""
    import audioop

    generator = random.Random(0)  # noqa: S311 - noise, not a secret
    size = PCM_16K_MONO.bytes_of(duration_ms) // _SAMPLE_BYTES
    noise = audioop.lin2lin(generator.randbytes(size), 1, _SAMPLE_BYTES)
    level = rms(dbfs) / audioop.rms(noise, _SAMPLE_BYTES)
    pcm = audioop.mul(noise, _SAMPLE_BYTES, level)
    return tuple(pcm[at : at + _FRAME_BYTES] for at in range(0, len(pcm), _FRAME_BYTES))


def new_detector(*, speech_threshold: float) -> VoiceDetector:
    """Return a detector for one stream.

    A frame counts as speech if its probability of speech is at least ``speech_threshold``, 0 to 1.

    Raises:
        DependencyError: A library is not installed.
    """
    model = SparseVad(MicroVad(), speech_threshold=speech_threshold)
    return MicroVadDetector(model=model, speech_threshold=speech_threshold)
