"""Decodes the audio of a final a second time, with the mean of the features of this audio.

The decoder subtracts a mean from the features of the audio, which removes most of the effect of the
microphone and the loudness. While a user speaks, the decoder knows only the library's default mean.
Of 16 recorded commands, 3 were right with the default mean, 8 with the mean of the command's first
second, and 10 with the mean of the whole command. A mean of earlier commands is not used, because
the result of a voice must depend only on its own audio.
"""

from typing import Final

from ....audio import PCM_16K_MONO
from .library import Decoder

__all__ = ["SecondPass"]

_PRIOR_FRAMES: Final = 500
"""When the library updates the mean, the mean from ``set_cmn`` counts like this many frames."""

_FEWEST_FRAMES: Final = 50
"""The fewest frames that are decoded again: 0.5 s. A mean of less audio depends mostly on which
sounds were said."""

_MOST_BYTES: Final = PCM_16K_MONO.bytes_of(15_000)
"""The most audio that is decoded again: 15 s. Longer speech is not a command, and its second pass
would take a second or more."""

_BLOCK_BYTES: Final = 3_200
"""The size of a block of audio: 100 ms."""


class SecondPass:
    """Keeps the audio since the last final, and decodes it once more."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._default = decoder.get_cmn(False)
        self._audio = bytearray()

    def begin(self) -> None:
        """Forget the audio of the last final, and the mean of its features."""
        self._audio.clear()
        self._decoder.set_cmn(self._default)

    def keep(self, pcm: bytes) -> None:
        """Add audio that the decoder gets now. Only the beginning of long speech is kept."""
        if len(self._audio) <= _MOST_BYTES:
            self._audio += pcm

    def decode(self) -> None:
        """Decode the audio of the utterance again, unless it is too short or too long."""
        frames = self._decoder.n_frames()
        if frames < _FEWEST_FRAMES or len(self._audio) > _MOST_BYTES:
            return
        self._decoder.set_cmn(self._mean(frames))
        self._decoder.start_utt()
        for start in range(0, len(self._audio), _BLOCK_BYTES):
            self._decoder.process_raw(
                bytes(self._audio[start : start + _BLOCK_BYTES]), False, False
            )
        self._decoder.end_utt()

    def _mean(self, frames: int) -> str:
        """Return the mean of the utterance alone. The decoder's mean includes the default mean."""
        both = map(float, self._decoder.get_cmn(False).split(","))
        default = map(float, self._default.split(","))
        return ",".join(
            f"{now + (now - before) * _PRIOR_FRAMES / frames:.4f}"
            for now, before in zip(both, default, strict=True)
        )
