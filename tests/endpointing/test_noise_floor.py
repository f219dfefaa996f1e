"""The noise floor, and whether there is background speech."""

import pytest

from wyoming_bridge.endpointing.noise_floor import NoiseFloor

SECOND = 20  # blocks of 50 ms
TALK = (300.0, 650.0, 450.0, 750.0, 500.0) * 4
"""The levels of one second in which several people talk at the same time."""


def floor_of(*blocks: float) -> NoiseFloor:
    noise_floor = NoiseFloor()
    for level in blocks:
        noise_floor.feed(level)
    return noise_floor


def test_the_floor_is_the_quietest_moment_of_three_seconds() -> None:
    assert floor_of(*[500.0] * SECOND, 60.0, *[500.0] * 59).floor == 60
    assert floor_of(*[500.0] * SECOND, 60.0, *[500.0] * 60).floor == 500


def test_a_room_counts_as_quiet_in_the_first_second() -> None:
    assert floor_of().floor == 80
    assert floor_of(*[500.0] * (SECOND - 1)).floor == 80
    assert floor_of(*[500.0] * SECOND).floor == 500


def test_the_floor_is_never_below_minus_64_dbfs() -> None:
    assert floor_of(*[0.0] * 60).floor == 20


def test_people_who_talk_on_are_background_speech_up_to_24_db_below_the_speaker() -> None:
    noise_floor = floor_of(*TALK * 3)

    assert noise_floor.has_background_speech(3000)
    assert not noise_floor.has_background_speech(300 * 16 + 1)


@pytest.mark.parametrize(("level", "is_background"), [(119.0, False), (120.0, True)])
def test_people_below_minus_49_dbfs_are_not_background_speech(
    *, level: float, is_background: bool
) -> None:
    assert floor_of(*[level, 3 * level] * 30).has_background_speech(0) is is_background


@pytest.mark.parametrize(("blocks", "is_background"), [(3, True), (4, False)])
def test_background_speech_has_pauses_of_at_most_150_ms(
    *, blocks: int, is_background: bool
) -> None:
    noise_floor = floor_of(*TALK, *[60.0] * blocks, *TALK)

    assert noise_floor.has_background_speech(3000) is is_background


@pytest.mark.parametrize(("blocks", "is_background"), [(9, True), (10, False)])
def test_a_level_that_stays_for_half_a_second_is_a_steady_noise(
    *, blocks: int, is_background: bool
) -> None:
    fan = [250.0, 310.0, 300.0, 280.0, 260.0, 310.0, 240.0, 300.0, 240.0, 310.0]

    noise_floor = floor_of(*TALK, *fan[:blocks], *TALK[1:])

    assert noise_floor.has_background_speech(3000) is is_background


def test_a_level_that_stays_above_the_quietest_moment_is_not_a_steady_noise() -> None:
    assert floor_of(*TALK, *[380.0] * SECOND, *TALK).has_background_speech(3000)


@pytest.mark.parametrize("level", [30.0, 220.0])
def test_a_room_that_was_quieter_before_is_not_a_steady_noise(level: float) -> None:
    assert floor_of(*[level] * SECOND, *TALK * 3).has_background_speech(3000)


def test_a_gap_in_the_audio_does_not_hide_a_steady_noise() -> None:
    fan = [300.0] * SECOND

    assert not floor_of(0.0, *fan, 0.0, 0.0, *TALK * 2).has_background_speech(3000)


def test_a_steady_noise_is_forgotten_after_ten_seconds() -> None:
    fan = [300.0] * SECOND

    assert not floor_of(*fan, *TALK * 9).has_background_speech(2000)
    assert floor_of(*fan, *TALK * 10).has_background_speech(2000)


def test_there_is_no_background_speech_in_the_first_second() -> None:
    talk = TALK * 2

    assert not floor_of(*talk[: SECOND - 1]).has_background_speech(1000)
    assert floor_of(*talk[:SECOND]).has_background_speech(1000)
