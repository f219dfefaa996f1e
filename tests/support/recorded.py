"""The recordings in ``samples``."""

import wave
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"

SPOKEN_MS = {
    "austen-0870": (220, 6750),
    "austen-0890": (280, 5120),
    "austen-0920": (290, 5800),
    "something": (470, 2280),
    "goforward": (500, 2380),
    "numbers": (500, 3560),
}
"""Start and end of the speech in each recording, in ms, read from its waveform."""


def recorded(name: str) -> bytes:
    """Return a recording as 16 kHz mono s16le."""
    with wave.open(str(SAMPLES / f"{name}.wav")) as clip:
        return clip.readframes(clip.getnframes())
