"""What a room sounds like behind the speech."""

import pytest

from wyoming_bridge.endpointing.room import Room

SECOND = 20  # blocks
TALK = (300.0, 650.0, 450.0, 750.0, 500.0) * 4
"""A second of people who talk at once."""


def room_of(*blocks: float) -> Room:
    room = Room()
    for level in blocks:
        room.hear(level)
    return room


def test_the_floor_is_the_quietest_moment_of_three_seconds() -> None:
    assert room_of(*[500.0] * SECOND, 60.0, *[500.0] * 59).floor == 60
    assert room_of(*[500.0] * SECOND, 60.0, *[500.0] * 60).floor == 500


def test_in_the_first_second_the_room_is_taken_for_quiet() -> None:
    assert room_of().floor == 80
    assert room_of(*[500.0] * (SECOND - 1)).floor == 80
    assert room_of(*[500.0] * SECOND).floor == 500


def test_no_room_is_quieter_than_26_db() -> None:
    assert room_of(*[0.0] * 60).floor == 20


def test_who_talks_on_in_the_room_is_heard_beside_the_speech() -> None:
    room = room_of(*TALK * 3)

    assert room.has_others(3000)
    assert not room.has_others(300 * 16 + 1)  # 24 dB above them


@pytest.mark.parametrize(("level", "others"), [(119.0, False), (120.0, True)])
def test_who_is_quieter_than_42_db_does_not_count(*, level: float, others: bool) -> None:
    assert room_of(*[level, 3 * level] * 30).has_others(0) is others


@pytest.mark.parametrize(("blocks", "others"), [(3, True), (4, False)])
def test_others_leave_lulls_of_015_s(*, blocks: int, others: bool) -> None:
    assert room_of(*TALK, *[60.0] * blocks, *TALK).has_others(3000) is others


@pytest.mark.parametrize(("blocks", "others"), [(9, True), (10, False)])
def test_a_noise_that_stays_as_it_is_for_05_s_is_a_fan(*, blocks: int, others: bool) -> None:
    fan = [250.0, 310.0, 300.0, 280.0, 260.0, 310.0, 240.0, 300.0, 240.0, 310.0]

    assert room_of(*TALK, *fan[:blocks], *TALK[1:]).has_others(3000) is others


def test_what_stays_as_it_is_above_the_quietest_moment_is_a_voice() -> None:
    assert room_of(*TALK, *[380.0] * SECOND, *TALK).has_others(3000)


@pytest.mark.parametrize("level", [30.0, 220.0])
def test_what_was_steady_and_quieter_before_the_others_began_is_no_fan(level: float) -> None:
    assert room_of(*[level] * SECOND, *TALK * 3).has_others(3000)


def test_a_fan_is_one_in_spite_of_a_gap_in_the_audio() -> None:
    fan = [300.0] * SECOND

    assert not room_of(0.0, *fan, 0.0, 0.0, *TALK * 2).has_others(3000)


def test_a_fan_is_forgotten_after_ten_seconds() -> None:
    fan = [300.0] * SECOND

    assert not room_of(*fan, *TALK * 9).has_others(2000)
    assert room_of(*fan, *TALK * 10).has_others(2000)


def test_nobody_is_heard_beside_the_speech_in_the_first_second() -> None:
    talk = TALK * 2

    assert not room_of(*talk[: SECOND - 1]).has_others(1000)
    assert room_of(*talk[:SECOND]).has_others(1000)
