"""The audio that is kept: what is asked for comes back, byte for byte."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.transcriber.replay_buffer import BATCH_BYTES, ReplayBuffer, ms_at, offset_at

BLOCK = 16000
"""Bytes; more than that comes back in several pieces."""

pieces = st.lists(
    st.builds(
        lambda seed, times: seed * times, st.binary(min_size=1, max_size=50), st.integers(1, 900)
    ),
    max_size=8,
)
places = st.integers(0, 10 * BLOCK)


def tape_of(audio: list[bytes]) -> ReplayBuffer:
    replay_buffer = ReplayBuffer()
    for piece in audio:
        replay_buffer.append(piece)
    return replay_buffer


@given(pieces, places, places)
def test_what_lies_between_two_places_comes_back(audio: list[bytes], one: int, two: int) -> None:
    whole = b"".join(audio)

    assert b"".join(tape_of(audio).between(one, two)) == whole[one:two]


@given(pieces, places, pieces)
def test_what_lies_before_a_place_is_let_go_and_more_can_follow(
    audio: list[bytes], before: int, more: list[bytes]
) -> None:
    replay_buffer = tape_of(audio)
    replay_buffer.release(before)
    for piece in more:
        replay_buffer.append(piece)
    whole = b"".join(audio + more)

    assert replay_buffer.end == len(whole)
    assert replay_buffer.begin == min(before, sum(map(len, audio)))
    assert b"".join(replay_buffer.between(0, replay_buffer.end)) == whole[replay_buffer.begin :]


@given(pieces, places, places)
def test_what_was_let_go_does_not_come_back(audio: list[bytes], one: int, two: int) -> None:
    replay_buffer = tape_of(audio)
    replay_buffer.release(max(one, two))
    replay_buffer.release(min(one, two))

    assert replay_buffer.begin == min(max(one, two), replay_buffer.end)


def test_what_comes_back_is_cut_into_batches() -> None:
    pieces = list(tape_of([bytes(BLOCK), bytes(BLOCK)]).between(100, 2 * BLOCK))

    assert max(map(len, pieces)) == BATCH_BYTES
    assert sum(map(len, pieces)) == 2 * BLOCK - 100


def test_audio_that_is_let_go_is_not_kept() -> None:
    replay_buffer = tape_of([])
    tracemalloc.start()
    for _ in range(1000):
        replay_buffer.append(bytes(BATCH_BYTES))
        replay_buffer.release(replay_buffer.end - BATCH_BYTES)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 10 * BLOCK


def test_a_millisecond_is_sixteen_samples_of_two_bytes() -> None:
    assert offset_at(1000) == 32000
    assert ms_at(32000 + 31) == 1000
