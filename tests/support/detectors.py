"""A voice detector for made-up audio: whatever is not digital silence is speech.

What has no high byte is soft: others in the room are as loud.
"""

from wyoming_bridge.endpointing import FRAME_MS, Frame

_FRAME_BYTES = 32 * FRAME_MS


class LoudDetector:
    """Hears one stream; sure at once, and wrong about every noise."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, pcm: bytes) -> list[Frame]:
        heard = self._rest + pcm
        whole = len(heard) - len(heard) % _FRAME_BYTES
        self._rest = heard[whole:]
        frames = (heard[at : at + _FRAME_BYTES] for at in range(0, whole, _FRAME_BYTES))
        return [
            Frame(loud=any(frame), voice=float(any(frame)), near=any(frame[1::2]))
            for frame in frames
        ]
