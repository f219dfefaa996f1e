"""Whether somebody speaks, frame by frame."""

import math
import random
from functools import cache
from itertools import cycle
from typing import Final, Protocol

from ..audio import AudioFormat, Encoding
from ..errors import DependencyError
from .energy import EnergyDetector

__all__ = ["FRAME_MS", "SPEECH_FORMAT", "MicroVadDetector", "VoiceDetector", "new_detector"]

SPEECH_FORMAT: Final = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
"""What detectors hear."""

FRAME_MS: Final = 10
"""What microVAD hears at once."""

_FRAME_BYTES: Final = SPEECH_FORMAT.bytes_of(FRAME_MS)

_WINDOW_FRAMES: Final = 76
"""For so long, 760 ms, microVAD answers -1: measured with pymicro-vad 2.1.0."""

_HISS_RMS: Final = 20
"""-64 dB of full scale, below what microphones add themselves. Words cut out of the samples got
0.28 and more from microVAD with it; without it, after digital silence, some only 0.07. Four
times as loud it hides quiet speech."""

_LEVEL_ALONE: Final = 0.3
"""What a sound is worth while the network has not heard it: an `Endpointer` takes it for the
possible beginning of speech, and its usual thresholds, from 0.4 on, not for speech."""


class VoiceDetector(Protocol):
    """Hears one stream from its beginning."""

    def feed(self, pcm: bytes) -> list[float]:
        """Hear audio in ``SPEECH_FORMAT``, cut anywhere.

        Returns the probability of speech, 0 to 1, of each frame of ``FRAME_MS`` that is complete.
        """


class MicroVadDetector:
    """microVAD says whether it is speech, the level says when.

    microVAD is a small neural network: with the rest of this 15 ms of CPU for a second of audio
    on a desktop core. It is sure of speech 0.1 to 0.4 s late and stays so for 0.3 to 0.7 s
    after it, but takes neither a knock nor a loud fan for a voice. It begins with a window full of
    hiss, so that it answers from the first frame on: that takes less than a millisecond.
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
                "voice activity detection needs pymicro-vad: pip install 'wyoming-bridge[local]'",
                library="pymicro-vad",
            ) from err
        self._level = EnergyDetector()
        import audioop  # after the line above, which knows what to say when it is not there

        self._add = audioop.add
        self._network = MicroVad()
        for hiss in _hiss():
            self._network.process_10ms(hiss)
        self._hiss = cycle(_hiss())
        self._rest = b""

    def feed(self, pcm: bytes) -> list[float]:
        """The probability of speech, 0 to 1, of each frame that is complete."""
        heard = self._rest + pcm
        whole = len(heard) - len(heard) % _FRAME_BYTES
        self._rest = heard[whole:]
        return [
            self._probability(heard[start : start + _FRAME_BYTES])
            for start in range(0, whole, _FRAME_BYTES)
        ]

    def _probability(self, frame: bytes) -> float:
        network = self._network.process_10ms(
            self._add(frame, next(self._hiss), SPEECH_FORMAT.bytes_per_frame)
        )
        speech = min(1.0, max(0.0, network))
        # Noise got at most 0.15 from the network and a word at least 0.28. The root puts the
        # thresholds people use, 0.4 to 0.5, between them.
        return self._level.probability(frame, speech=speech) * max(_LEVEL_ALONE, math.sqrt(speech))


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
