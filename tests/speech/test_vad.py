"""Voice activity in recorded speech, in noise and in silence."""

import math
import random
import struct
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.speech import (
    Endpointer,
    Frame,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
    new_detector,
)

SAMPLES = Path(__file__).parents[2] / "samples"
CLIPS = {
    # Where somebody speaks, in seconds, as the waveform shows it.
    "something": (0.47, 2.28),
    "goforward": (0.50, 2.38),
    "numbers": (0.50, 3.56),
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
    endpointer = Endpointer(threshold=0.5, min_speech_ms=80, min_silence_ms=100, silence_ms=600)
    return endpointer.feed(new_detector().feed(pcm))


@pytest.mark.parametrize("name", list(CLIPS))
@pytest.mark.parametrize("before_ms", [0, 1000])
def test_recorded_speech_has_one_beginning_and_one_end(name: str, before_ms: int) -> None:
    begins_s, ends_s = CLIPS[name]

    heard = events(noise(before_ms, level=100) + clip(name) + noise(1500, level=20))

    assert [type(event) for event in heard] == [SpeechStarted, SpeechEnded]
    assert abs(heard[0].at_ms - before_ms - begins_s * 1000) <= 100
    assert abs(heard[1].at_ms - before_ms - ends_s * 1000) <= 150


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


WORDS = [("goforward", 0.49), ("goforward", 0.70), ("numbers", 0.90), ("something", 0.65)]


@pytest.mark.parametrize(("name", "at_s"), WORDS)
@pytest.mark.parametrize("before_ms", [0, 1000])
def test_a_word_of_a_third_of_a_second_has_a_beginning_and_an_end(
    name: str, at_s: float, before_ms: int
) -> None:
    word = clip(name)[int(at_s * 32000) & ~1 :][: 32 * 350]

    heard = events(noise(before_ms, level=20) + word + noise(1500, level=20))

    assert [type(event) for event in heard] == [SpeechStarted, SpeechEnded]
    assert before_ms <= heard[0].at_ms <= before_ms + 100
    assert before_ms + 150 <= heard[1].at_ms <= before_ms + 400


@pytest.mark.parametrize("name", ["something", "goforward", "numbers"])
@pytest.mark.parametrize("pause_ms", [100, 300, 450])
def test_a_pause_that_is_shorter_than_the_silence_cuts_nothing(name: str, pause_ms: int) -> None:
    begins_s, ends_s = CLIPS[name]
    pcm = clip(name)

    def loudness(place: int) -> int:
        return sum(map(abs, struct.unpack("<800h", pcm[place * 320 :][:1600])))

    middle = range(int(begins_s * 100) + 30, int(ends_s * 100) - 30)
    at = min(middle, key=loudness)  # the quietest place
    paused = pcm[: at * 320] + noise(pause_ms, level=20) + pcm[at * 320 :]

    heard = events(paused + noise(1500, level=20))

    assert [type(event) for event in heard] == [SpeechStarted, SpeechEnded]


@given(st.lists(st.integers(1, 5000), max_size=8))
def test_where_the_audio_is_cut_changes_nothing(cuts: list[int]) -> None:
    pcm = clip("something")[16_000:48_000]
    whole = new_detector().feed(pcm)
    detector = new_detector()
    pieces: list[Frame] = []
    start = 0
    for size in [*cuts, len(pcm)]:
        pieces += detector.feed(pcm[start : start + size])
        start += size

    assert pieces == whole
    assert len(whole) == len(pcm) // 320
    assert all(0 <= frame.voice <= 1 for frame in whole)
