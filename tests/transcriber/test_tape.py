"""The audio that is kept: what is asked for comes back, byte for byte."""

from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.transcriber.tape import Tape, milliseconds, place_of

pieces = st.lists(st.binary(min_size=1, max_size=50), max_size=20)


def tape_of(audio: list[bytes]) -> Tape:
    tape = Tape()
    for piece in audio:
        tape.append(piece)
    return tape


@given(pieces, st.integers(0, 1000), st.integers(0, 1000))
def test_what_lies_between_two_places_comes_back(audio: list[bytes], one: int, two: int) -> None:
    whole = b"".join(audio)

    assert b"".join(tape_of(audio).between(one, two)) == whole[one:two]


@given(pieces, st.integers(0, 1000))
def test_only_what_ends_before_a_place_is_let_go(audio: list[bytes], before: int) -> None:
    whole = b"".join(audio)
    tape = tape_of(audio)
    tape.release(before)

    assert tape.end == len(whole)
    assert tape.begin <= min(before, len(whole))
    assert b"".join(tape.between(0, tape.end)) == whole[tape.begin :]
    assert before - tape.begin < 50 or tape.begin == tape.end


def test_a_whole_piece_is_not_copied() -> None:
    piece = bytes(100)
    (back,) = tape_of([piece]).between(0, 100)

    assert back is piece


def test_a_millisecond_is_sixteen_samples_of_two_bytes() -> None:
    assert place_of(1000) == 32000
    assert milliseconds(32000 + 31) == 1000
