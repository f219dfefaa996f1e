"""The detector: whether a frame of audio is speech.

microVAD, a small neural network, knows speech from noise, but late: it is sure 0.1 to 0.45 s after
speech begins and stays so for 0.3 to 0.7 s after its end. The level of the audio says when a sound
begins and ends, but every noise is a sound. A ``Frame`` has both answers, and the segmenter joins
them.
"""

import math
import random
import weakref
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from ..audio import PCM_16K_MONO
from ..errors import DependencyError
from .noise_floor import LevelGate
from .sparse_vad import SparseVad, SpeechModel
from .tuning import DEFAULT_TUNING, FRAME_MS, Tuning, rms

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """What a detector says about ``FRAME_MS`` of audio."""

    is_sound: bool
    """Whether it stands out of the room. This is known at once, and true for every noise."""
    speech_probability: float
    """Probability of speech, 0 to 1. It is known 0.1 to 0.45 s late."""
    is_noisy: bool = False
    """Whether the room is so loud that quiet speech may not be a sound of its own."""
    is_foreground: bool = True
    """False after 0.3 s that were 10 dB and more below the speech, in a room with background
    speech. The speaker may have dropped the voice, or other people talk, or there was no voice."""


class VoiceDetector(Protocol):
    """Looks for speech in one stream, from its beginning."""

    def feed(self, pcm: bytes) -> list[Frame]:
        """Process audio in ``PCM_16K_MONO``, of any length; return the frames that are complete."""


class DetectorFactory(Protocol):
    """Makes a detector for one stream."""

    def __call__(self, *, speech_threshold: float) -> VoiceDetector:
        """Return a detector for which speech is a probability from ``speech_threshold`` on."""


class MicroVad:
    """microVAD's network for one stream.

    In place of a quiet room the network receives hiss, and some of it before the first audio, so
    that it answers from the first frame on.
    """

    def __init__(self, *, tuning: Tuning = DEFAULT_TUNING) -> None:
        """Load the library and let the network warm up.

        Raises:
            DependencyError: It is not installed.
        """
        network = _take_network()
        weakref.finalize(self, _IDLE.append, network).atexit = False
        self._process = network.process
        hiss = _hiss(tuning.hiss_dbfs, tuning.vad_warm_up_ms)
        for frame in hiss:
            self._process(frame)
        self._hiss = cycle(hiss)

    def probability(self, frame: bytes, *, is_sound: bool, is_noisy: bool) -> float:
        """Return the probability of speech, 0 to 1."""
        sound = frame if is_sound or is_noisy else next(self._hiss)
        # Noises and knocks got at most 0.2 from the network, words of 0.2 s 0.48 and more. The
        # square root puts the thresholds that people use, 0.4 to 0.6, between them.
        return math.sqrt(min(1.0, max(0.0, self._process(sound))))


class MicroVadDetector:
    """Combines the level of each frame with a model's probability of speech."""

    def __init__(
        self, *, model: SpeechModel, speech_threshold: float, tuning: Tuning = DEFAULT_TUNING
    ) -> None:
        """Start before the first audio.

        A sound whose probability is at least ``speech_threshold`` is speech, so that its level is
        the speaker's; a bang or a tone is not.

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
        return Frame(is_sound, probability, is_noisy, level.is_foreground)


class _Network(NamedTuple):
    """One network of the library."""

    process: "Callable[[bytes], float]"
    """Takes a frame and returns the probability of speech, or -1 while it does not know."""
    reset: "Callable[[], None]"
    """Forgets everything."""


_IDLE: Final[list[_Network]] = []
"""Networks of detectors that no longer exist, for the next ones. The library never frees a
network, which would cost 11 KiB per utterance."""


def _take_network() -> _Network:
    """Return a network that has received no audio.

    Raises:
        DependencyError: The library is not installed.
    """
    try:
        from pymicro_vad import MicroVad as LibraryVad
    except ImportError as err:
        raise DependencyError(
            "voice activity detection needs a library: pip install pymicro-vad",
            library="pymicro-vad",
        ) from err
    if _IDLE:
        network = _IDLE.pop()
        network.reset()
        return network
    library: object = LibraryVad()
    # The second pair is that of releases before 2.0, which Home Assistant uses.
    names = ("process_10ms", "reset") if hasattr(library, "reset") else ("Process10ms", "Reset")
    return _Network(*(getattr(library, name) for name in names))


@cache
def _hiss(dbfs: float, duration_ms: int) -> tuple[bytes, ...]:
    """Return frames of quiet white noise, the same each time: results must not depend on chance."""
    import audioop

    generator = random.Random(0)  # noqa: S311 - noise, not a secret
    size = PCM_16K_MONO.bytes_of(duration_ms) // _SAMPLE_BYTES
    noise = audioop.lin2lin(generator.randbytes(size), 1, _SAMPLE_BYTES)
    level = rms(dbfs) / audioop.rms(noise, _SAMPLE_BYTES)
    pcm = audioop.mul(noise, _SAMPLE_BYTES, level)
    return tuple(pcm[at : at + _FRAME_BYTES] for at in range(0, len(pcm), _FRAME_BYTES))


def new_detector(*, speech_threshold: float) -> VoiceDetector:
    """Return a detector for one stream, for which speech is a probability from the threshold on.

    Raises:
        DependencyError: A library is not installed.
    """
    model = SparseVad(MicroVad(), speech_threshold=speech_threshold)
    return MicroVadDetector(model=model, speech_threshold=speech_threshold)
