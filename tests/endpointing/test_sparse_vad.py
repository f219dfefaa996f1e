"""``SparseVad``, which skips calls of the model of the detector to save CPU time."""

import random
import struct

import pytest

from recorded import SPOKEN_MS, recorded
from wyoming_bridge.endpointing import (
    Frame,
    MicroVadDetector,
    Segmenter,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
    new_detector,
)
from wyoming_bridge.endpointing.sparse_vad import SparseVad
from wyoming_bridge.endpointing.vad import MicroVad

SPEECH, SILENCE = (True, 1.0), (False, 0.0)


class Scripted:
    """A model that returns the probability that the test sets, and counts its calls."""

    def __init__(self) -> None:
        self.answer = 0.0
        self.calls = 0

    def probability(self, frame: bytes, *, is_sound: bool, is_noisy: bool) -> float:
        self.calls += 1
        return self.answer


def calls(
    *parts: tuple[bool, float, int], is_noisy: bool = False, speech_threshold: float = 0.5
) -> list[int]:
    """Return how often the model runs in each part.

    Each part has a flag for a sound, the model's probability of speech, and a length in frames.
    """
    model = Scripted()
    sparse = SparseVad(model, speech_threshold=speech_threshold)
    counts = []
    for is_sound, answer, frames in parts:
        before, model.answer = model.calls, answer
        for _ in range(frames):
            sparse.probability(b"", is_sound=is_sound, is_noisy=is_noisy)
        counts.append(model.calls - before)
    return counts


def quiet(duration_ms: int) -> bytes:
    chance = random.Random(1)  # noqa: S311 - only noise for a test
    samples = (round(chance.gauss(0, 20)) for _ in range(16 * duration_ms))
    return struct.pack(f"<{16 * duration_ms}h", *samples)


def events(frames: list[Frame]) -> list[SpeechEvent]:
    segmenter = Segmenter(
        speech_threshold=0.5, min_speech_ms=80, min_silence_ms=100, silence_ms=600
    )
    return segmenter.feed(frames)


def test_silence_before_the_first_sound_is_skipped() -> None:
    assert calls((*SILENCE, 1000)) == [0]


def test_sounds_that_are_not_surely_speech_are_all_processed() -> None:
    assert calls((True, 0.98, 100)) == [100]


def test_seven_tenths_of_sure_speech_are_skipped() -> None:
    assert calls((*SPEECH, 1), (*SPEECH, 300)) == [1, 90]


def test_the_model_runs_for_450_ms_after_a_click() -> None:
    assert calls((True, 0.0, 1), (*SILENCE, 1000)) == [1, 44]


def test_the_first_100_ms_of_silence_after_a_word_are_skipped() -> None:
    word = (*SPEECH, 10)

    assert calls(word, (False, 1.0, 10), (*SILENCE, 1000))[1:] == [0, 34]


def test_in_a_noisy_room_no_gap_is_skipped() -> None:
    word = (*SPEECH, 10)

    assert calls(word, (False, 1.0, 10), is_noisy=True)[1] == 10


@pytest.mark.parametrize(("speech_threshold", "last"), [(0.5, 0), (0.25, 0), (0.2, 100)])
def test_the_model_runs_on_while_its_probability_counts_as_speech(
    speech_threshold: float, last: int
) -> None:
    click, fading = (True, 0.24, 1), (False, 0.24, 100)

    counts = calls(click, fading, fading, speech_threshold=speech_threshold)

    assert counts[2] == last


def test_a_skipped_frame_has_the_probability_of_the_last_one() -> None:
    model = Scripted()
    sparse = SparseVad(model, speech_threshold=0.5)
    model.answer = 1.0
    sparse.probability(b"", is_sound=True, is_noisy=False)
    model.answer = 0.0

    assert sparse.probability(b"", is_sound=True, is_noisy=False) == 1.0


@pytest.mark.parametrize("name", list(SPOKEN_MS))
def test_without_the_wrapper_the_detector_finds_the_same_speech(name: str) -> None:
    pcm = recorded(name) + quiet(1500)

    sparse = events(new_detector(speech_threshold=0.5).feed(pcm))
    full = events(MicroVadDetector(model=MicroVad(), speech_threshold=0.5).feed(pcm))

    assert [type(event) for event in full] == [SpeechStarted, SpeechEnded]
    assert full == sparse


@pytest.mark.parametrize("speech_threshold", [0.1, 0.5, 0.9])
def test_after_speech_the_probability_falls_below_the_threshold(speech_threshold: float) -> None:
    frames = new_detector(speech_threshold=speech_threshold).feed(
        recorded("something") + quiet(3000)
    )

    assert max(frame.speech_probability for frame in frames) >= speech_threshold
    assert frames[-1].speech_probability < speech_threshold
