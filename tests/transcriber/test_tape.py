"""The audio that is kept: what is asked for comes back, byte for byte."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.transcriber.tape import BATCH_BYTES, Tape, milliseconds, place_of

BLOCK = 16000
"""Bytes; more than that comes back in several pieces."""

pieces = st.lists(
    st.builds(
        lambda seed, times: seed * times, st.binary(min_size=1, max_size=50), st.integers(1, 900)
    ),
    max_size=8,
)
places = st.integers(0, 10 * BLOCK)


def tape_of(audio: list[bytes]) -> Tape:
    tape = Tape()
    for piece in audio:
        tape.append(piece)
    return tape


@given(pieces, places, places)
def test_what_lies_between_two_places_comes_back(audio: list[bytes], one: int, two: int) -> None:
    whole = b"".join(audio)

    assert b"".join(tape_of(audio).between(one, two)) == whole[one:two]


@given(pieces, places, pieces)
def test_what_lies_before_a_place_is_let_go_and_more_can_follow(
    audio: list[bytes], before: int, more: list[bytes]
) -> None:
    tape = tape_of(audio)
    tape.release(before)
    for piece in more:
        tape.append(piece)
    whole = b"".join(audio + more)

    assert tape.end == len(whole)
    assert tape.begin == min(before, sum(map(len, audio)))
    assert b"".join(tape.between(0, tape.end)) == whole[tape.begin :]


@given(pieces, places, places)
def test_what_was_let_go_does_not_come_back(audio: list[bytes], one: int, two: int) -> None:
    tape = tape_of(audio)
    tape.release(max(one, two))
    tape.release(min(one, two))

    assert tape.begin == min(max(one, two), tape.end)


def test_what_comes_back_is_cut_into_batches() -> None:
    pieces = list(tape_of([bytes(BLOCK), bytes(BLOCK)]).between(100, 2 * BLOCK))

    assert max(map(len, pieces)) == BATCH_BYTES
    assert sum(map(len, pieces)) == 2 * BLOCK - 100


def test_audio_that_is_let_go_is_not_kept() -> None:
    tape = tape_of([])
    tracemalloc.start()
    for _ in range(1000):
        tape.append(bytes(BATCH_BYTES))
        tape.release(tape.end - BATCH_BYTES)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 10 * BLOCK


def test_a_millisecond_is_sixteen_samples_of_two_bytes() -> None:
    assert place_of(1000) == 32000
    assert milliseconds(32000 + 31) == 1000
