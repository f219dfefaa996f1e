"""Whether somebody speaks, frame by frame."""

import math
import random
from functools import cache
from typing import Final, NamedTuple, Protocol

from ..audio import AudioFormat, Encoding
from ..errors import DependencyError
from .level import LevelGate

__all__ = [
    "FRAME_MS",
    "SPEECH_FORMAT",
    "Frame",
    "MicroVadDetector",
    "VoiceDetector",
    "new_detector",
]

SPEECH_FORMAT: Final = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
"""What detectors hear."""

FRAME_MS: Final = 10
"""What microVAD hears at once."""

_FRAME_BYTES: Final = SPEECH_FORMAT.bytes_of(FRAME_MS)

_WINDOW_FRAMES: Final = 76
"""For so long, 760 ms, microVAD answers -1: measured with pymicro-vad 2.1.0."""

_HISS_RMS: Final = 20
"""-64 dB of full scale, below what microphones add themselves. Behind digital silence the network
missed words that it found behind hiss."""

_AFTER_SOUND_FRAMES: Final = 20
"""For so long the network goes on after the last sound: it is late."""

_NOBODY: Final = 0.3
"""Below this the network has forgotten the last speech, and needs not hear the silence."""


class Frame(NamedTuple):
    """What a detector says of ``FRAME_MS`` of audio."""

    loud: bool
    """Whether it stands out of the room: known at once, and true of every noise."""
    voice: float
    """Probability, 0 to 1, that somebody speaks; known some tenths of a second late."""


class VoiceDetector(Protocol):
    """Hears one stream from its beginning."""

    def feed(self, pcm: bytes) -> list[Frame]:
        """Hear audio in ``SPEECH_FORMAT``, cut anywhere; tells of each frame that is complete."""


class MicroVadDetector:
    """microVAD says whether it is speech, the level says when.

    microVAD is a small neural network. It is sure of speech 0.1 to 0.45 s late and stays so for 0.3
    to 0.4 s after it, but takes neither a knock nor a fan for a voice. It begins with a window
    full of hiss, so that it answers from the first frame on, and does not hear silence, which
    costs as much as speech: three quarters of a desktop core's 9 to 14 ms for a second of audio.
    """

    def __init__(self) -> None:
        """Load the libraries.

        Raises:
            DependencyError: One is not installed.
        """
        try:
            from pymicro_vad import MicroVad
        except ImportError as err:
            raise DependencyError(
                "voice activity detection needs a library: pip install pymicro-vad",
                library="pymicro-vad",
            ) from err
        self._level = LevelGate()
        network = MicroVad()
        self._probability = network.process_10ms
        for hiss in _hiss():
            self._probability(hiss)
        self._voice = 0.0
        self._to_hear = 0
        self._rest = b""

    def feed(self, pcm: bytes) -> list[Frame]:
        """What is known of each frame that is complete."""
        heard = self._rest + pcm if self._rest else pcm
        whole = len(heard) - len(heard) % _FRAME_BYTES
        self._rest = heard[whole:]
        return [
            self._hear(heard[start : start + _FRAME_BYTES])
            for start in range(0, whole, _FRAME_BYTES)
        ]

    def _hear(self, frame: bytes) -> Frame:
        loud = self._level.is_loud(frame)
        if loud:
            self._to_hear = _AFTER_SOUND_FRAMES
        if self._to_hear or self._voice >= _NOBODY:
            self._to_hear = max(0, self._to_hear - 1)
            # Noise got at most 0.15 from the network and a word at least 0.28. The root puts the
            # thresholds people use, 0.4 to 0.5, between them.
            self._voice = math.sqrt(min(1.0, max(0.0, self._probability(frame))))
        return Frame(loud=loud, voice=self._voice)


@cache
def _hiss() -> tuple[bytes, ...]:
    """A window of quiet noise in frames, always the same: results must not depend on chance."""
    import audioop

    chance = random.Random(0)  # noqa: S311 - noise, not a secret
    full_scale = audioop.lin2lin(chance.randbytes(_FRAME_BYTES // 2 * _WINDOW_FRAMES), 1, 2)
    pcm = audioop.mul(full_scale, 2, _HISS_RMS / audioop.rms(full_scale, 2))
    return tuple(pcm[at : at + _FRAME_BYTES] for at in range(0, len(pcm), _FRAME_BYTES))


def new_detector() -> VoiceDetector:
    """A detector for one stream.

    Raises:
        DependencyError: A library of it is not installed.
    """
    return MicroVadDetector()
