"""One second of a synthetic voice, so that no recording of a person has to be shipped.

Pulses like those of vocal cords pass two resonators, like those of a mouth: the vowel "a", then
"i", with pauses around them. A service may or may not recognise a word in it.
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
"""The pitch of a calm male voice."""

_SOUNDS: Final = (  # start and end in ms, and the two resonances of the vowel in Hz
    (150, 450, 730, 1090),
    (550, 850, 270, 2290),
)
"""The vowels of "father" and "see", as Peterson and Barney measured them in 1952."""

_BANDWIDTH_HZ: Final = 90
"""Bandwidth of a resonance, which sets its decay; 50 to 150 Hz is usual."""

_FADE_MS: Final = 40
"""Duration of the fade in and fade out of each vowel, which avoid clicks."""

_PEAK: Final = 12_000
"""About a third of full scale, as from a speaker near the microphone."""


def voice_like_second() -> bytes:
    """Return one second of audio in ``PCM_16K_MONO``, the same on every call."""
    samples = [0.0] * _at(SECOND_MS)
    for start_ms, end_ms, *resonances in _SOUNDS:
        sound: Iterator[float] = _pulses(_at(end_ms - start_ms))
        for frequency_hz in resonances:
            sound = _resonating(sound, frequency_hz)
        for index, value in enumerate(_faded(list(sound)), start=_at(start_ms)):
            samples[index] = value
    return struct.pack(f"<{len(samples)}h", *(round(_PEAK * value) for value in samples))


def _at(ms: int) -> int:
    """Return the number of samples in a duration."""
    return _RATE_HZ * ms // 1000


def _pulses(count: int) -> Iterator[float]:
    """Yield the change of the air flow through vocal cords: it rises slowly and stops suddenly."""
    period = _RATE_HZ // _PULSE_HZ
    flow = [(index % period / period) ** 2 for index in range(count + 1)]
    return (after - before for before, after in pairwise(flow))


def _resonating(sound: Iterator[float], frequency_hz: int) -> Iterator[float]:
    """Filter a sound with a two-pole resonator."""
    radius = math.exp(-math.pi * _BANDWIDTH_HZ / _RATE_HZ)
    turn = 2 * radius * math.cos(2 * math.pi * frequency_hz / _RATE_HZ)
    last = before = 0.0
    for value in sound:
        last, before = value + turn * last - radius * radius * before, last
        yield last


def _faded(sound: list[float]) -> Iterator[float]:
    """Yield the sound scaled to a peak of 1, with a fade in and a fade out."""
    peak = max(map(abs, sound))
    fade = _at(_FADE_MS)
    for index, value in enumerate(sound):
        yield value / peak * min(1.0, index / fade, (len(sound) - index) / fade)
