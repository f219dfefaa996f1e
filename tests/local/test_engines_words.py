"""The scripted engine in the mode ``Words.RUNS``: silence separates words."""

import asyncio
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.events import FinalText
from wyoming_bridge.local.engines.scripted import ScriptedEngine, Words, scripted_words
from wyoming_bridge.local.engines.vocabulary import VOCABULARY
from wyoming_bridge.local.engines.words import RunSplitter, Sound

MS = 32
GAP = bytes(20 * MS)
ALMOST = bytes(20 * MS - 2)
ONE, TWO = bytes([3, 1]) * 16 * 100, bytes([5, 2]) * 16 * 60

sounds_and_gaps = st.lists(
    st.one_of(
        st.binary(max_size=64),
        st.sampled_from([b"\x00\x01", b"\x01\x00", b"\x00\x00", ALMOST, GAP, bytes(641), GAP * 3]),
    ),
    max_size=20,
).map(b"".join)


def split(*pieces: bytes) -> list[Sound]:
    splitter = RunSplitter()
    return [sound for piece in pieces for sound in splitter.feed(piece)] + list(splitter.flush())


def word(pcm: bytes) -> str:
    return VOCABULARY[zlib.crc32(pcm) % len(VOCABULARY)]


def slowly(pcm: bytes) -> list[Sound]:
    """Return the sounds in the audio. Find them by their definition, sample by sample."""
    samples = [pcm[at : at + 2] for at in range(0, len(pcm) - 1, 2)]
    loud = [at for at, sample in enumerate(samples) if any(sample)]
    firsts = [
        at
        for before, at in zip([None, *loud], loud, strict=False)
        if before is None or at - before > 320
    ]
    ends = [
        at + 1
        for at, after in zip(loud, [*loud[1:], None], strict=False)
        if after is None or after - at > 320
    ]
    return [
        Sound(checksum=zlib.crc32(pcm[first * 2 : end * 2]), first=first, end=end)
        for first, end in zip(firsts, ends, strict=True)
    ]


async def finals_of(*segments: list[bytes]) -> list[FinalText]:
    """Return the finals of segments. Each segment is fed in pieces, and then flushed."""
    engine = ScriptedEngine(words=Words.RUNS)
    await engine.start()
    voice = await engine.open()
    for pieces in segments:
        for piece in pieces:
            await voice.feed(piece)
        await voice.flush()
    finals = []
    async for result in voice.results():
        if isinstance(result, FinalText):
            finals.append(result)
        if len(finals) == len(segments):
            break
    await engine.close()
    return finals


def test_a_word_is_the_checksum_of_all_sound_between_two_silences() -> None:
    pcm = GAP + ONE + GAP + TWO + ALMOST + ONE + GAP

    assert scripted_words(pcm, words=Words.RUNS) == [word(ONE), word(TWO + ALMOST + ONE)]


def test_zeros_around_a_word_are_cut_off_and_half_samples_are_not_silence() -> None:
    pcm = b"\x00\x07" + ONE + b"\x07\x00"

    assert split(bytes(6) + pcm + bytes(8)) == [
        Sound(checksum=zlib.crc32(pcm), first=3, end=3 + len(pcm) // 2)
    ]


@pytest.mark.parametrize("zeros", [bytes(639), bytes(640)])
def test_zeros_are_counted_in_samples_and_not_in_bytes(zeros: bytes) -> None:
    # 640 zero bytes in a row make only 319 silent samples, too few to end a word.
    pcm = b"\x01\x00" + bytes(638) + b"\x00\x01"

    assert pcm.find(zeros) >= 0
    assert len(split(pcm)) == 1


def test_silence_and_half_a_sample_give_no_words() -> None:
    assert split(bytes(64_000)) == split(b"") == split(b"\x01") == []


@given(sounds_and_gaps)
def test_words_match_their_definition(pcm: bytes) -> None:
    assert split(pcm) == slowly(pcm)


@given(sounds_and_gaps, st.lists(st.integers(0, 8000), max_size=8))
def test_audio_in_any_pieces_gives_the_same_words(pcm: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(pcm)]

    assert split(*(pcm[a:b] for a, b in pairwise(places))) == split(pcm)


@given(
    st.lists(st.binary(min_size=2, max_size=40).filter(any), min_size=1, max_size=6),
    st.data(),
)
def test_any_flush_in_silence_changes_no_word(sounds: list[bytes], data: st.DataObject) -> None:
    sounds = [sound[: len(sound) & ~1] for sound in sounds]
    segments: list[bytes] = [b""]
    for sound in sounds:
        zeros = 2 * data.draw(st.integers(320, 700))
        segments[-1] += sound
        flush = data.draw(st.one_of(st.none(), st.integers(0, zeros)))
        before = zeros if flush is None else flush
        segments[-1] += bytes(before)
        segments += [] if flush is None else [bytes(zeros - before)]

    heard = asyncio.run(finals_of(*([segment] for segment in segments)))

    whole = scripted_words(b"".join(segments), words=Words.RUNS)
    assert [word for final in heard for word in final.text.split()] == whole
    assert [each.start_ms for final in heard for each in final.words] == [
        sound.first // 16 for sound in split(b"".join(segments))
    ]


async def test_a_flush_inside_a_word_gives_two_words() -> None:
    first, second = await finals_of([ONE[:1600]], [ONE[1600:]])

    assert (first.text, second.text) == (word(ONE[:1600]), word(ONE[1600:]))


async def test_words_and_finals_have_their_times_from_the_first_audio() -> None:
    first, second = await finals_of([GAP, ONE[:333], ONE[333:] + GAP], [bytes(160) + TWO])

    assert [(w.start_ms, w.end_ms, w.confidence) for w in first.words] == [(20, 120, 1.0)]
    assert [(w.start_ms, w.end_ms) for w in second.words] == [(145, 205)]
    assert [(f.start_ms, f.end_ms) for f in (first, second)] == [(0, 140), (140, 205)]


async def test_lost_doubled_and_reordered_audio_changes_the_words() -> None:
    pcm = ONE + GAP + TWO
    wrong = (pcm[2:], pcm[:320] + pcm, TWO + GAP + ONE, ONE + ALMOST + TWO)

    assert scripted_words(pcm, words=Words.RUNS) not in [
        scripted_words(other, words=Words.RUNS) for other in wrong
    ]


def test_the_words_of_terms_are_used_for_runs_too() -> None:
    sounds = [bytes([number, 1]) * 100 for number in range(1, 60)]

    heard = scripted_words(GAP.join(sounds), words=Words.RUNS, bias_terms=["Xavier"])

    assert len(heard) == len(sounds)
    assert 15 < heard.count("Xavier") < 45


def test_an_unknown_kind_of_words_is_refused() -> None:
    with pytest.raises(ValueError, match="letters"):
        ScriptedEngine(words="letters")
