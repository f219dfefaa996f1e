"""Makes sounds without speech, as 16 kHz mono s16le. They are the same in each run."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["NO_SPEECH", "VOICE_LIKE", "made"]

RATE = 16_000

Samples = npt.NDArray[np.float64]


def _pcm(samples: Samples, *, peak: float) -> bytes:
    """Return the sound with this peak, in room noise of -60 dBFS."""
    room = _white(len(samples), seed=1) * 33
    scaled = peak * samples / max(1e-9, np.abs(samples).max()) + room
    return np.clip(scaled.round(), -32768, 32767).astype("<i2").tobytes()


def _white(size: int, *, seed: int) -> Samples:
    return np.random.default_rng(seed).normal(0, 1, size)


def _pink(size: int) -> Samples:
    spectrum = np.fft.rfft(_white(size, seed=2))
    return np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), size)


def _tones(seconds: float, *hz: float) -> Samples:
    times_s = np.arange(int(RATE * seconds)) / RATE
    return sum((np.sin(2 * np.pi * each * times_s) for each in hz), np.zeros_like(times_s))


def _hum(mains_hz: int) -> Samples:
    return sum(
        (_tones(5, mains_hz * harmonic) / harmonic for harmonic in (1, 2, 3, 5, 7)),
        np.zeros(5 * RATE),
    )


def _struck(seconds: float, *, per_s: float, fade_s: float, seed: int) -> Samples:
    """Return short bursts of noise at random times and levels."""
    chance = np.random.default_rng(seed)
    out = np.zeros(int(RATE * seconds))
    fade = np.exp(-np.arange(int(RATE * 5 * fade_s)) / (RATE * fade_s))
    for start in chance.integers(0, len(out) - len(fade), int(seconds * per_s)):
        out[start : start + len(fade)] += (
            chance.uniform(0.3, 1) * fade * chance.normal(0, 1, len(fade))
        )
    return out


def _knocks() -> Samples:
    """Return three groups of knocks on wood, which sound at 180, 320 and 510 Hz."""
    knock = _tones(0.15, 180, 320, 510) * np.exp(-np.arange(2400) / 400)
    out = np.zeros(4 * RATE)
    for start_s in (0.5, 0.75, 1.0, 1.9, 2.15, 2.4, 3.3, 3.55):
        start = int(RATE * start_s)
        out[start : start + len(knock)] += knock
    return out


def _plucked(notes_hz: tuple[tuple[float, ...], ...], *, beat_s: float, fade_s: float) -> Samples:
    """Return one chord after another. Each note has four overtones that fade."""
    size = int(RATE * beat_s)
    fade = np.exp(-np.arange(size) / (RATE * fade_s))
    return np.concatenate([_chord(chord, size, fade) for chord in notes_hz])


def _chord(chord: tuple[float, ...], size: int, fade: Samples) -> Samples:
    out = np.zeros(size)
    for hz in chord:
        for overtone in range(1, 5):
            out += _tones(size / RATE, hz * overtone)[:size] / overtone
    return out * fade


SINGERS_HZ = ((220, 123), (139, 110), (165, 165))
"""The notes of two singers."""

VOWELS_HZ = ((570, 840, 2410), (730, 1090, 2440), (300, 870, 2240))
"""The formants of "o", "a" and "u"."""


def _choir() -> Samples:
    """Return two singers, who sing a vowel on each of three chords for 0.8 s."""
    size = 12_800
    at = np.arange(size)
    turns = 2 * np.pi * (at / RATE + 0.00017 * np.sin(2 * np.pi * 5.5 * at / RATE))
    fade = np.minimum(1, np.minimum(at / 800, (size - at) / 1280))
    parts = []
    for notes, formants in zip(SINGERS_HZ, VOWELS_HZ, strict=True):
        part = np.zeros(size)
        for note in notes:
            for harmonic in range(1, 4000 // note):
                hz = harmonic * note
                gain = sum(1 / (1 + ((hz - formant) / 90) ** 2) for formant in formants)
                part += gain / harmonic**0.5 * np.sin(turns * hz)
        parts.append(fade * part)
    return np.concatenate(parts)


def _jingle() -> Samples:
    """Return a rising tune with chords below, like the jingle of a television programme."""
    tune = (523, 659, 784, 1047, 784, 1047, 1319, 1568)
    return _plucked(
        tuple((note, note / 2, note / 4 * 1.5) for note in tune) * 2, beat_s=0.25, fade_s=0.3
    )


def _chords() -> Samples:
    chords = ((262, 330, 392), (330, 392, 523))
    return _plucked(chords * 6, beat_s=0.5, fade_s=0.2)


def _muted(seconds: int) -> bytes:
    """Return the last bit of a converter that has an offset."""
    flicker = np.random.default_rng(8).integers(0, 2, seconds * RATE)
    return (flicker - 12).astype("<i2").tobytes()


def _switched_on(sound: Samples) -> Samples:
    return np.concatenate([np.zeros(RATE), sound])


NO_SPEECH: dict[str, Callable[[], bytes]] = {
    "digital silence": lambda: bytes(5 * 2 * RATE),
    "a muted microphone": lambda: _muted(5),
    "a quiet room": lambda: _pcm(_white(5 * RATE, seed=3), peak=100),
    "50 Hz hum": lambda: _pcm(_hum(50), peak=3000),
    "60 Hz hum": lambda: _pcm(_switched_on(_hum(60)), peak=8000),
    "a tone": lambda: _pcm(_tones(3, 440), peak=8000),
    "beeps": lambda: _pcm(_plucked(((1000,), (0,)) * 6, beat_s=0.2, fade_s=9), peak=9000),
    "a fan": lambda: _pcm(_white(5 * RATE, seed=4), peak=3000),
    "white noise": lambda: _pcm(_switched_on(_white(4 * RATE, seed=5)), peak=20_000),
    "pink noise": lambda: _pcm(_switched_on(_pink(4 * RATE)), peak=20_000),
    "knocks": lambda: _pcm(_knocks(), peak=20_000),
    "clicks": lambda: _pcm(_struck(4, per_s=2, fade_s=0.002, seed=6), peak=30_000),
    "applause": lambda: _pcm(_struck(5, per_s=60, fade_s=0.008, seed=7), peak=15_000),
    "a jingle": lambda: _pcm(_jingle(), peak=9000),
    "a choir": lambda: _pcm(_choir(), peak=9000),
}
"""Functions that return the sounds. Moonshine's model writes "Thank you." for the choir."""

VOICE_LIKE: dict[str, Callable[[], bytes]] = {
    "plucked chords": lambda: _pcm(_chords(), peak=9000),
}
"""Sounds that are speech to the voice detector. Only an engine that reports how sure it is can
return no text for them."""


@cache
def made(name: str) -> bytes:
    """Return a sound of ``NO_SPEECH`` or ``VOICE_LIKE``."""
    return {**NO_SPEECH, **VOICE_LIKE}[name]()
