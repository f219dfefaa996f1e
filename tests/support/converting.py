"""Conversions of raw audio, and samples for them."""

import dataclasses
import math
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import strategies as st

from wyoming_bridge.audio import AudioFormat, Converter, Encoding
from wyoming_bridge.audio.resample import _soxr

SPEECH = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16_000, channels=1)


@st.composite
def cut_audio(draw: st.DrawFn) -> list[bytes]:
    """Noise of any length, in pieces of any size."""
    size = draw(st.integers(0, 6_000))
    audio = draw(st.randoms(use_true_random=False)).randbytes(size)
    cuts = sorted(draw(st.lists(st.integers(0, size), max_size=12)))
    return [audio[start:end] for start, end in pairwise([0, *cuts, size])]


def run(converter: Converter, *pieces: bytes) -> bytes:
    return b"".join([*map(converter.convert, pieces), converter.flush()])


def pcm(*samples: int) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


def samples_of(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 2}h", data))


def sine(*, frequency_hz: float, rate_hz: int, seconds: float = 1) -> list[int]:
    return [
        round(20_000 * math.sin(2 * math.pi * frequency_hz * index / rate_hz))
        for index in range(round(rate_hz * seconds))
    ]


def at_rate(rate_hz: int) -> AudioFormat:
    return dataclasses.replace(SPEECH, sample_rate_hz=rate_hz)


def encoded(encoding: Encoding, *, channels: int = 1) -> AudioFormat:
    return dataclasses.replace(SPEECH, encoding=encoding, channels=channels)


@contextmanager
def missing(*modules: str) -> Iterator[None]:
    """Make modules missing. The converter finds out again whether soxr is installed."""
    with pytest.MonkeyPatch.context() as patched:
        for name in modules:
            patched.setitem(sys.modules, name, None)
        _soxr.cache_clear()
        yield
    _soxr.cache_clear()
