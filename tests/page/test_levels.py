"""How loud audio is, in steps of 20 ms."""

import math
from array import array

import pytest

from wyoming_bridge.audio import PCM_16K_MONO, AudioFormat, Encoding
from wyoming_bridge.page.levels import LevelMeter, Levels, paired
from wyoming_bridge.recorder import TracedFrame

STEP = 640  # the bytes of 20 ms of audio


def square(*, peak: int, ms: int) -> bytes:
    return array("h", [peak, -peak] * (8 * ms)).tobytes()


def frame(speech: int, floor: int) -> TracedFrame:
    return TracedFrame(speech=speech, is_sound=True, noise_floor_dbfs=floor)


def test_a_step_has_the_extremes_and_the_level_of_its_samples() -> None:
    levels = LevelMeter(PCM_16K_MONO).measure(square(peak=16384, ms=20) + bytes(STEP))

    assert (levels.low, levels.high, levels.level) == ([-50, 0], [50, 0], [-6, -100])


def test_samples_of_one_sign_still_have_zero_between_their_extremes() -> None:
    levels = LevelMeter(PCM_16K_MONO).measure(array("h", [16384] * 320).tobytes())

    assert (levels.low, levels.high) == ([0], [50])


@pytest.mark.parametrize("size", [1, 639, 640, 641, 5000])
def test_the_steps_do_not_depend_on_the_pieces(size: int) -> None:
    audio = b"".join(square(peak=peak, ms=15) for peak in range(100, 30000, 700))
    meter, levels = LevelMeter(PCM_16K_MONO), Levels()
    for at in range(0, len(audio), size):
        levels.extend(meter.measure(audio[at : at + size]))

    assert levels == LevelMeter(PCM_16K_MONO).measure(audio)
    assert len(levels.low) == len(audio) // STEP


def test_audio_of_another_format_has_steps_of_the_same_duration() -> None:
    source = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=48000, channels=2)
    wave = [round(8000 * math.sin(at / 24)) for at in range(48000)]
    audio = array("h", [sample for each in wave for sample in (each, each)]).tobytes()

    levels = LevelMeter(source).measure(audio)

    assert 45 <= len(levels.level) <= 50  # the resampler keeps some audio back
    assert set(levels.level[5:]) == {-15}


def test_two_frames_of_the_detector_are_a_step() -> None:
    frames = [frame(10, -60), frame(90, -58), frame(20, -50), frame(5, -49), frame(99, -10)]

    levels = paired(frames)

    assert (levels.speech, levels.floor) == ([90, 20], [-58, -49])
    assert levels.low == []
