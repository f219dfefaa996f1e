"""What stands out of a room, quiet or noisy."""

import random
import struct
from itertools import cycle

import pytest

from wyoming_bridge.endpointing.level import LevelGate


def frames(count: int, *, level: float) -> list[bytes]:
    """White noise of a root mean square, in frames of 10 ms."""
    chance = random.Random(1)  # noqa: S311 - a test's noise
    return [
        struct.pack("<160h", *(round(chance.gauss(0, level)) for _ in range(160)))
        for _ in range(count)
    ]


def voices(count: int, *, level: float) -> list[bytes]:
    """What swells and falls as people do who talk at once: each 100 ms is another level."""
    swell = cycle((0.6, 1.3, 0.9, 1.5, 1.0))
    return [frame for _ in range(count // 10) for frame in frames(10, level=level * next(swell))]


def near_in(gate: LevelGate, frame: bytes) -> bool:
    gate.hear(frame)
    return gate.near


def speak_in(gate: LevelGate, frame: bytes) -> bool:
    """Hear a frame that is speech."""
    gate.hear(frame)
    gate.follow_speech()
    return gate.near


def test_in_a_quiet_room_a_sound_is_loud_and_the_room_is_not() -> None:
    gate = LevelGate()
    heard = [gate.hear(frame) for frame in frames(200, level=40)]

    assert not any(heard)
    assert not gate.noisy
    assert all(gate.hear(frame) for frame in frames(20, level=400))


def test_a_noise_that_stays_becomes_the_room() -> None:
    gate = LevelGate()
    heard = [gate.hear(frame) for frame in frames(200, level=1000)]

    assert all(heard[:90])
    assert not any(heard[110:])
    assert gate.noisy


def test_speech_just_above_the_noise_of_a_room_is_loud() -> None:
    gate = LevelGate()
    for frame in frames(200, level=1000):
        gate.hear(frame)

    assert sum(gate.hear(frame) for frame in frames(20, level=1700)) >= 18
    assert gate.noisy


def test_whoever_speaks_loud_makes_a_noisy_room_a_quiet_one() -> None:
    gate = LevelGate()
    for frame in [*frames(200, level=300), *frames(50, level=6000)]:
        gate.hear(frame)

    assert not gate.noisy
    assert not any(gate.hear(frame) for frame in frames(20, level=400))


def test_speech_without_a_pause_does_not_become_the_room_at_once() -> None:
    gate = LevelGate()

    assert all(gate.hear(frame) for frame in frames(90, level=3000))


def test_digital_silence_is_a_quiet_room() -> None:
    gate = LevelGate()

    assert not any(gate.hear(bytes(320)) for _ in range(500))
    assert not gate.noisy
    assert not any(gate.hear(frame) for frame in frames(20, level=30))


def test_in_a_room_where_others_are_heard_whoever_is_12_db_below_the_speech_is_not_near() -> None:
    gate = LevelGate()
    room = [near_in(gate, frame) for frame in voices(150, level=500)]
    near = [speak_in(gate, frame) for frame in frames(50, level=4000)]
    far = [speak_in(gate, frame) for frame in voices(50, level=900)]

    assert all(room)  # nobody has spoken yet
    assert all(near)
    assert not any(far[30:])  # the last word is heard a moment longer


@pytest.mark.parametrize(("below_db", "near"), [(9, True), (11, False)])
def test_near_is_what_is_within_10_db_of_the_speech(*, below_db: float, near: bool) -> None:
    gate = LevelGate()
    for frame in voices(150, level=500):
        gate.hear(frame)
    for frame in frames(100, level=4000):
        speak_in(gate, frame)
    heard = [near_in(gate, frame) for frame in frames(50, level=4000 / 10 ** (below_db / 20))]

    assert heard[30:] == [near] * 20


def test_near_is_told_for_03_s_more() -> None:
    gate = LevelGate()
    for frame in voices(150, level=500):
        gate.hear(frame)
    for frame in frames(50, level=4000):
        speak_in(gate, frame)
    heard = [near_in(gate, frame) for frame in voices(40, level=400)]

    assert sum(heard) == pytest.approx(27, abs=1)  # then a tenth of the energy is left
    assert not any(heard[29:])


def test_a_bang_that_is_taken_for_speech_does_not_make_the_speech_soft() -> None:
    gate = LevelGate()
    for frame in voices(150, level=500):
        gate.hear(frame)
    for frame in frames(2, level=10_000):
        speak_in(gate, frame)

    assert all(speak_in(gate, frame) for frame in frames(50, level=1500))


def test_a_syllable_of_others_that_is_as_loud_as_soft_speech_is_not_near() -> None:
    gate = LevelGate()
    for frame in voices(150, level=500):
        gate.hear(frame)
    for frame in frames(50, level=4000):
        speak_in(gate, frame)
    for frame in voices(30, level=500):
        speak_in(gate, frame)

    assert not any(speak_in(gate, frame) for frame in frames(10, level=1700))


def test_beside_a_fan_whoever_drops_his_voice_is_still_near() -> None:
    gate = LevelGate()
    said = [*frames(50, level=4000), *voices(150, level=900)]

    assert all(near_in(gate, frame) for frame in frames(150, level=500))
    assert all(speak_in(gate, frame) for frame in said)


def test_in_a_quiet_room_whoever_drops_his_voice_is_still_near() -> None:
    gate = LevelGate()
    for frame in frames(150, level=40):
        gate.hear(frame)
    said = [*frames(50, level=4000), *frames(50, level=400)]

    assert all(speak_in(gate, frame) for frame in said)


def test_whoever_speaks_25_db_above_the_others_is_alone_in_the_room() -> None:
    gate = LevelGate()
    for frame in voices(150, level=400):
        gate.hear(frame)
    for frame in frames(100, level=7500):
        speak_in(gate, frame)

    assert all(speak_in(gate, frame) for frame in frames(50, level=1000))


def test_others_are_still_there_where_they_are_quiet_for_a_moment() -> None:
    gate = LevelGate()
    for frame in voices(150, level=500):
        gate.hear(frame)
    for frame in frames(50, level=4000):
        speak_in(gate, frame)
    for frame in frames(15, level=100):
        gate.hear(frame)

    assert not any([near_in(gate, frame) for frame in voices(100, level=700)][30:])


def test_what_is_loud_and_no_speech_does_not_make_the_speech_behind_it_soft() -> None:
    gate = LevelGate()
    for frame in [*voices(150, level=500), *frames(100, level=7500), *voices(100, level=500)]:
        gate.hear(frame)

    assert all(speak_in(gate, frame) for frame in frames(50, level=1500))
