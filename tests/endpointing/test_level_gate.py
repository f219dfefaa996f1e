"""Which frames are louder than the background noise, and which are as loud as the speaker."""

import random
import struct
from itertools import cycle

import pytest

from wyoming_bridge.endpointing.noise_floor import LevelGate


def frames(count: int, *, level: float) -> list[bytes]:
    """Return white noise with the given root mean square, in frames of 10 ms."""
    chance = random.Random(1)  # noqa: S311 - only noise for a test
    return [
        struct.pack("<160h", *(round(chance.gauss(0, level)) for _ in range(160)))
        for _ in range(count)
    ]


def voices(count: int, *, level: float) -> list[bytes]:
    """Return noise whose level changes every 100 ms, like the speech of several people."""
    swell = cycle((0.6, 1.3, 0.9, 1.5, 1.0))
    return [frame for _ in range(count // 10) for frame in frames(10, level=level * next(swell))]


def gate_after(*sounds: list[bytes]) -> LevelGate:
    gate = LevelGate()
    for sound in sounds:
        for frame in sound:
            gate.feed(frame)
    return gate


def listen(gate: LevelGate, frame: bytes) -> bool:
    """Feed a frame; return whether it is in the foreground."""
    gate.feed(frame)
    return gate.is_foreground


def speak(gate: LevelGate, frame: bytes) -> bool:
    """Feed a frame that is speech; return whether it is in the foreground."""
    gate.feed(frame)
    gate.update_speech_level()
    return gate.is_foreground


def test_a_sound_stands_out_of_a_quiet_room_and_the_room_itself_does_not() -> None:
    gate = LevelGate()
    room = [gate.feed(frame) for frame in frames(200, level=40)]

    assert not any(room)
    assert not gate.is_noisy
    assert all(gate.feed(frame) for frame in frames(20, level=400))


def test_a_lasting_noise_becomes_the_background_noise() -> None:
    gate = LevelGate()
    sounds = [gate.feed(frame) for frame in frames(200, level=1000)]

    assert all(sounds[:90])
    assert not any(sounds[110:])
    assert gate.is_noisy


def test_speech_slightly_above_a_noisy_room_is_a_sound() -> None:
    gate = gate_after(frames(200, level=1000))

    assert sum(gate.feed(frame) for frame in frames(20, level=1700)) >= 18
    assert gate.is_noisy


def test_a_room_is_not_noisy_for_a_speaker_who_is_far_louder() -> None:
    gate = gate_after(frames(200, level=300), frames(50, level=6000))

    assert not gate.is_noisy
    assert not any(gate.feed(frame) for frame in frames(20, level=400))


def test_speech_without_a_pause_does_not_become_the_background_noise_within_a_second() -> None:
    gate = LevelGate()

    assert all(gate.feed(frame) for frame in frames(90, level=3000))


def test_digital_silence_is_a_quiet_room() -> None:
    gate = LevelGate()

    assert not any(gate.feed(bytes(320)) for _ in range(500))
    assert not gate.is_noisy
    assert not any(gate.feed(frame) for frame in frames(20, level=30))


def test_background_speech_12_db_below_the_speaker_is_not_foreground() -> None:
    gate = LevelGate()
    before = [listen(gate, frame) for frame in voices(150, level=500)]
    near = [speak(gate, frame) for frame in frames(50, level=4000)]
    far = [speak(gate, frame) for frame in voices(50, level=900)]

    assert all(before)  # the gate does not know the level of the speaker yet
    assert all(near)
    assert not any(far[30:])  # before that, the window of 0.3 s contains the speaker


@pytest.mark.parametrize(("below_db", "is_foreground"), [(9, True), (11, False)])
def test_foreground_is_at_most_10_db_below_the_speech(
    *, below_db: float, is_foreground: bool
) -> None:
    gate = gate_after(voices(150, level=500))
    for frame in frames(100, level=4000):
        speak(gate, frame)
    after = [listen(gate, frame) for frame in frames(50, level=4000 / 10 ** (below_db / 20))]

    assert after[30:] == [is_foreground] * 20


def test_foreground_lasts_about_300_ms_longer_than_the_speech() -> None:
    gate = gate_after(voices(150, level=500))
    for frame in frames(50, level=4000):
        speak(gate, frame)
    after = [listen(gate, frame) for frame in voices(40, level=400)]

    # After 270 ms, the window of 300 ms contains 30 ms of speech: a tenth of its energy, -10 dB.
    assert sum(after) == pytest.approx(27, abs=1)
    assert not any(after[29:])


def test_a_bang_that_counts_as_speech_does_not_make_the_speech_soft() -> None:
    gate = gate_after(voices(150, level=500))
    for frame in frames(2, level=10_000):
        speak(gate, frame)

    assert all(speak(gate, frame) for frame in frames(50, level=1500))


def test_one_syllable_of_background_speech_is_not_foreground() -> None:
    gate = gate_after(voices(150, level=500))
    for frame in [*frames(50, level=4000), *voices(30, level=500)]:
        speak(gate, frame)

    assert not any(speak(gate, frame) for frame in frames(10, level=1700))


def test_a_soft_voice_next_to_a_fan_is_foreground() -> None:
    gate = LevelGate()
    speech = [*frames(50, level=4000), *voices(150, level=900)]

    assert all(listen(gate, frame) for frame in frames(150, level=500))
    assert all(speak(gate, frame) for frame in speech)


def test_a_soft_voice_in_a_quiet_room_is_foreground() -> None:
    gate = gate_after(frames(150, level=40))
    speech = [*frames(50, level=4000), *frames(50, level=400)]

    assert all(speak(gate, frame) for frame in speech)


def test_background_speech_25_db_below_the_speaker_is_ignored() -> None:
    gate = gate_after(voices(150, level=400))
    for frame in frames(100, level=7500):
        speak(gate, frame)

    assert all(speak(gate, frame) for frame in frames(50, level=1000))


def test_a_short_pause_of_the_background_speech_is_not_its_end() -> None:
    gate = gate_after(voices(150, level=500))
    for frame in frames(50, level=4000):
        speak(gate, frame)
    for frame in frames(15, level=100):
        gate.feed(frame)

    assert not any([listen(gate, frame) for frame in voices(100, level=700)][30:])


def test_a_loud_sound_that_is_not_speech_does_not_make_the_speech_after_it_soft() -> None:
    gate = gate_after(voices(150, level=500), frames(100, level=7500), voices(100, level=500))

    assert all(speak(gate, frame) for frame in frames(50, level=1500))
