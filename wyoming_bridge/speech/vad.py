"""Whether somebody speaks, frame by frame."""

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


class VoiceDetector(Protocol):
    """Hears one stream from its beginning."""

    def feed(self, pcm: bytes) -> list[float]:
        """Hear audio in ``SPEECH_FORMAT``, cut anywhere.

        Returns the probability of speech, 0 to 1, of each frame of ``FRAME_MS`` that is complete.
        """


class MicroVadDetector:
    """microVAD, a small neural network: 14 ms of CPU for a second of audio on a desktop core.

    It answers nothing for its first 760 ms, the length of its window. Until then the level of
    the audio decides, so that a short word at the very beginning is heard.
    """

    def __init__(self) -> None:
        """Load the library.

        Raises:
            DependencyError: It is not installed.
        """
        try:
            from pymicro_vad import MicroVad
        except ImportError as err:
            raise DependencyError(
                "voice activity detection needs pymicro-vad: pip install 'wyoming-bridge[local]'",
                library="pymicro-vad",
            ) from err
        self._network = MicroVad()
        self._level = EnergyDetector()
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
        by_level = self._level.probability(frame)
        by_network = self._network.process_10ms(frame)
        return by_network if by_network >= 0 else by_level


def new_detector() -> VoiceDetector:
    """A detector for one stream.

    Raises:
        DependencyError: Its library is not installed.
    """
    return MicroVadDetector()
