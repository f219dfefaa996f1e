"""The recordings in ``samples``."""

import wave
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"


def recorded(name: str) -> bytes:
    """Speech as 16 kHz mono s16le."""
    with wave.open(str(SAMPLES / f"{name}.wav")) as clip:
        return clip.readframes(clip.getnframes())
