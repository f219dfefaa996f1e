"""Audio in pieces of 100 ms: no byte is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.transcriber.batch import BATCH_BYTES, Batcher

MS = 32
"""Bytes of a millisecond: 16 kHz, 16 bits, mono."""


def batches_of(chunks: list[bytes]) -> list[bytes]:
    batcher = Batcher()
    return [batch for chunk in chunks for batch in batcher.add(chunk)] + batcher.take()


def chunks_of(duration_ms: int, *, count: int) -> list[bytes]:
    return [bytes([number]) * (duration_ms * MS) for number in range(count)]


chunk = st.binary(min_size=1, max_size=3 * BATCH_BYTES) | st.integers(1, 400).map(
    lambda ms: bytes([ms % 251]) * (ms * MS)
)


@given(st.lists(chunk, max_size=30))
def test_any_split_of_the_audio_gives_the_same_bytes(chunks: list[bytes]) -> None:
    assert b"".join(batches_of(chunks)) == b"".join(chunks)


@given(st.lists(chunk, max_size=30))
def test_all_batches_but_the_last_are_100_ms(chunks: list[bytes]) -> None:
    batches = batches_of(chunks)
    assert all(len(batch) == BATCH_BYTES for batch in batches[:-1])
    assert all(0 < len(batch) <= BATCH_BYTES for batch in batches[-1:])


@given(st.lists(chunk, max_size=30))
def test_less_than_a_batch_is_held(chunks: list[bytes]) -> None:
    batcher = Batcher()
    for each in chunks:
        batcher.add(each)
    assert sum(map(len, batcher.take())) < BATCH_BYTES
    assert batcher.take() == []


@pytest.mark.parametrize(
    ("chunk_ms", "sent_ms"),
    [
        (10, [100, 20]),
        (20, [100, 100, 40]),
        (30, [100, 100, 100, 60]),
        (50, [100, 100, 100, 100, 100, 100]),
        (64, [100] * 7 + [68]),
        (100, [100] * 12),
        (128, [100] * 15 + [36]),
    ],
)
def test_chunks_leave_joined_or_split(chunk_ms: int, sent_ms: list[int]) -> None:
    sent = batches_of(chunks_of(chunk_ms, count=12))
    assert [len(batch) // MS for batch in sent] == sent_ms


def test_a_tenth_chunk_of_10_ms_does_not_wait_for_an_eleventh() -> None:
    batcher = Batcher()
    due = [len(batcher.add(each)) for each in chunks_of(10, count=10)]
    assert due == [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_what_is_held_when_somebody_pauses_is_taken_at_once() -> None:
    batcher = Batcher()
    (chunk,) = chunks_of(64, count=1)
    assert batcher.add(chunk) == []
    assert batcher.take() == [chunk]


def test_nothing_taken_is_nothing_held() -> None:
    assert batches_of([]) == []
