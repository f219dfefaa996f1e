"""Voice activity in recorded speech, in noise and in silence."""

import math
import random
import struct
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.speech import Endpointer, SpeechEnded, SpeechEvent, SpeechStarted, new_detector

SAMPLES = Path(__file__).parents[2] / "samples"
CLIPS = {
    # Where somebody speaks, in seconds, as the waveform shows it.
    "something": (0.48, 2.20),
    "goforward": (0.50, 2.30),
    "numbers": (0.35, 3.40),
}


def clip(name: str) -> bytes:
    with wave.open(str(SAMPLES / f"{name}.wav")) as recording:
        return recording.readframes(recording.getnframes())


def noise(duration_ms: int, *, level: float, seed: int = 1) -> bytes:
    """White noise of a root mean square."""
    chance = random.Random(seed)  # noqa: S311 - a test's noise
    return struct.pack(
        f"<{16 * duration_ms}h", *(round(chance.gauss(0, level)) for _ in range(16 * duration_ms))
    )


def hum(duration_ms: int, *, level: float) -> bytes:
    samples = (
        round(level * math.sqrt(2) * math.sin(2 * math.pi * 50 * n / 16000))
        for n in range(16 * duration_ms)
    )
    return struct.pack(f"<{16 * duration_ms}h", *samples)


def events(pcm: bytes) -> list[SpeechEvent]:
    endpointer = Endpointer(threshold=0.5, min_speech_ms=100, min_silence_ms=100, silence_ms=600)
    return endpointer.feed(new_detector().feed(pcm))


@pytest.mark.parametrize("name", list(CLIPS))
@pytest.mark.parametrize("before_ms", [0, 1000])
def test_recorded_speech_has_one_beginning_and_one_end(name: str, before_ms: int) -> None:
    begins_s, ends_s = CLIPS[name]

    heard = events(noise(before_ms, level=20) + clip(name) + noise(1500, level=20))

    assert [type(event) for event in heard] == [SpeechStarted, SpeechEnded]
    assert abs(heard[0].at_ms - before_ms - begins_s * 1000) <= 450  # the network's window
    assert -100 <= heard[1].at_ms - before_ms - ends_s * 1000 <= 700


@pytest.mark.parametrize(
    "sound",
    [bytes(320_000), noise(10_000, level=30), noise(10_000, level=100), hum(10_000, level=100)],
    ids=["silence", "quiet noise", "noise", "hum"],
)
def test_what_is_no_speech_is_not_heard_as_speech(sound: bytes) -> None:
    assert events(sound) == []


def test_a_short_word_at_the_very_beginning_is_heard() -> None:
    word = clip("goforward")[int(0.52 * 32000) : int(0.87 * 32000)]

    heard = events(word + noise(1500, level=20))

    assert isinstance(heard[0], SpeechStarted)
    assert heard[0].at_ms <= 100


@given(st.lists(st.integers(1, 5000), max_size=8))
def test_where_the_audio_is_cut_changes_nothing(cuts: list[int]) -> None:
    pcm = clip("something")[16_000:48_000]
    whole = new_detector().feed(pcm)
    detector = new_detector()
    pieces: list[float] = []
    start = 0
    for size in [*cuts, len(pcm)]:
        pieces += detector.feed(pcm[start : start + size])
        start += size

    assert pieces == whole
    assert len(whole) == len(pcm) // 320
    assert all(0 <= probability <= 1 for probability in whole)
