"""A second that sounds like a voice and is nobody's: no recording has to be shipped.

Pulses as of vocal cords go through two resonators as of a mouth: "a", then "i", with pauses
around them. A service may hear a word in it, or none.
"""

import math
import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from ..audio import PCM_16K_MONO

__all__ = ["SECOND_MS", "voice_like_second"]

SECOND_MS: Final = 1000

_RATE_HZ: Final = PCM_16K_MONO.sample_rate_hz
_PULSE_HZ: Final = 120
"""The pitch of a man who speaks calmly."""

_SOUNDS: Final = (  # from when to when in ms, and the two resonances of the vowel in Hz
    (150, 450, 730, 1090),
    (550, 850, 270, 2290),
)
"""The vowels of "father" and "see", as Peterson and Barney measured them in 1952."""

_BANDWIDTH_HZ: Final = 90
"""How fast a resonance dies away; 50 to 150 is usual."""

_FADE_MS: Final = 40
"""A voice does not begin with a click."""

_PEAK: Final = 12_000
"""A third of what fits: somebody near the microphone."""


def voice_like_second() -> bytes:
    """The second in ``PCM_16K_MONO``, the same every time."""
    samples = [0.0] * _at(SECOND_MS)
    for start_ms, end_ms, *resonances in _SOUNDS:
        sound: Iterator[float] = _pulses(_at(end_ms - start_ms))
        for frequency_hz in resonances:
            sound = _resonating(sound, frequency_hz)
        for place, value in enumerate(_faded(list(sound)), start=_at(start_ms)):
            samples[place] = value
    return struct.pack(f"<{len(samples)}h", *(round(_PEAK * value) for value in samples))


def _at(ms: int) -> int:
    """Samples until then."""
    return _RATE_HZ * ms // 1000


def _pulses(count: int) -> Iterator[float]:
    """Air as the vocal cords let it through: it rises slowly, and is cut off."""
    period = _RATE_HZ // _PULSE_HZ
    flow = [(place % period / period) ** 2 for place in range(count + 1)]
    return (after - before for before, after in pairwise(flow))


def _resonating(sound: Iterator[float], frequency_hz: int) -> Iterator[float]:
    """A resonance of two poles."""
    radius = math.exp(-math.pi * _BANDWIDTH_HZ / _RATE_HZ)
    turn = 2 * radius * math.cos(2 * math.pi * frequency_hz / _RATE_HZ)
    last = before = 0.0
    for value in sound:
        last, before = value + turn * last - radius * radius * before, last
        yield last


def _faded(sound: list[float]) -> Iterator[float]:
    """The sound at a peak of 1, swelling at its beginning and dying away at its end."""
    peak = max(map(abs, sound))
    fade = _at(_FADE_MS)
    for place, value in enumerate(sound):
        yield value / peak * min(1.0, place / fade, (len(sound) - place) / fade)
