"""The replay buffer returns the kept audio byte for byte."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.transcriber.replay_buffer import BATCH_BYTES, ReplayBuffer, ms_at, offset_at

BLOCK = 16000
"""The bytes of 0.5 s of audio. The buffer keeps its audio in blocks of this size."""

pieces = st.lists(
    st.builds(
        lambda seed, times: seed * times, st.binary(min_size=1, max_size=50), st.integers(1, 900)
    ),
    max_size=8,
)
places = st.integers(0, 10 * BLOCK)


def buffer_of(audio: list[bytes]) -> ReplayBuffer:
    replay_buffer = ReplayBuffer()
    for piece in audio:
        replay_buffer.append(piece)
    return replay_buffer


@given(pieces, places, places)
def test_the_audio_between_two_offsets_is_returned(audio: list[bytes], one: int, two: int) -> None:
    whole = b"".join(audio)

    assert b"".join(buffer_of(audio).between(one, two)) == whole[one:two]


@given(pieces, places, pieces)
def test_audio_before_an_offset_is_released_and_more_can_follow(
    audio: list[bytes], before: int, more: list[bytes]
) -> None:
    replay_buffer = buffer_of(audio)
    replay_buffer.release(before)
    for piece in more:
        replay_buffer.append(piece)
    whole = b"".join(audio + more)

    assert replay_buffer.end == len(whole)
    assert replay_buffer.begin == min(before, sum(map(len, audio)))
    assert b"".join(replay_buffer.between(0, replay_buffer.end)) == whole[replay_buffer.begin :]


@given(pieces, places, places)
def test_released_audio_is_not_returned(audio: list[bytes], one: int, two: int) -> None:
    replay_buffer = buffer_of(audio)
    replay_buffer.release(max(one, two))
    replay_buffer.release(min(one, two))

    assert replay_buffer.begin == min(max(one, two), replay_buffer.end)


def test_the_returned_audio_is_split_into_batches() -> None:
    pieces = list(buffer_of([bytes(BLOCK), bytes(BLOCK)]).between(100, 2 * BLOCK))

    assert max(map(len, pieces)) == BATCH_BYTES
    assert sum(map(len, pieces)) == 2 * BLOCK - 100


def test_released_audio_takes_no_memory() -> None:
    replay_buffer = buffer_of([])
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
