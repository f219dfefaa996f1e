"""A detector for synthetic audio: everything but digital silence is speech.

Samples without a high byte are soft speech, as loud as background speech.
"""

from wyoming_bridge.endpointing import FRAME_MS, Frame

_FRAME_BYTES = 32 * FRAME_MS


class LoudDetector:
    """Reports speech without delay for all audio except digital silence."""

    def __init__(self, *, speech_threshold: float = 0.5) -> None:
        self._incomplete = b""

    def feed(self, pcm: bytes) -> list[Frame]:
        audio = self._incomplete + pcm
        whole = len(audio) - len(audio) % _FRAME_BYTES
        self._incomplete = audio[whole:]
        frames = (audio[at : at + _FRAME_BYTES] for at in range(0, whole, _FRAME_BYTES))
        return [
            Frame(
                is_sound=any(frame),
                speech_probability=float(any(frame)),
                is_foreground=any(frame[1::2]),
            )
            for frame in frames
        ]
