"""The scripted engine: its words, and the effect of lost audio on them."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patience import PATIENCE_S
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.local.engine import EngineBusyError
from wyoming_bridge.local.engines.scripted import ScriptedEngine, ScriptedVoice, scripted_words
from wyoming_bridge.local.engines.vocabulary import VOCABULARY

BLOCK = 6400


def tone(count: int) -> bytes:
    """Return ``count`` different blocks of sound."""
    return b"".join(bytes([number + 1]) * BLOCK for number in range(count))


async def opened(engine: ScriptedEngine) -> ScriptedVoice:
    await engine.start()
    return await engine.open()


async def words_of(pieces: list[bytes], *, block_ms: int = 200) -> list[str]:
    """Return the words of one segment that is fed in pieces."""
    voice = await opened(ScriptedEngine(block_ms=block_ms))
    for piece in pieces:
        await voice.feed(piece)
    await voice.flush()
    finals = [said for said in await results_of(voice) if isinstance(said, FinalText)]
    return finals[0].text.split()


async def results_of(voice: ScriptedVoice) -> list[PartialText | FinalText]:
    said = []
    async for result in voice.results():
        said.append(result)
        if isinstance(result, FinalText):
            break
    return said


def test_the_vocabulary_has_256_distinct_words() -> None:
    assert len(VOCABULARY) == len(set(VOCABULARY)) == 256
    assert all(word.isalpha() and word.islower() for word in VOCABULARY)


def test_the_word_of_a_block_does_not_depend_on_its_position() -> None:
    one, two = tone(2)[:BLOCK], tone(2)[BLOCK:]
    assert scripted_words(one + two) == scripted_words(one) + scripted_words(two)
    assert scripted_words(two + one) == scripted_words(two) + scripted_words(one)


def test_half_of_the_vocabulary_are_the_words_of_the_terms() -> None:
    terms = ["Xavier", "ill disposed", " ", ""]
    plain, biased = scripted_words(tone(200)), scripted_words(tone(200), bias_terms=terms)
    changed = [
        (before, after) for before, after in zip(plain, biased, strict=True) if before != after
    ]
    assert 60 < len(changed) < 140
    assert {after for _, after in changed} == {"Xavier", "ill", "disposed"}
    assert scripted_words(tone(200), bias_terms=terms) == biased


@pytest.mark.parametrize("terms", [[], [""], [" ", "\t"]])
def test_without_the_words_of_a_term_nothing_changes(terms: list[str]) -> None:
    assert scripted_words(tone(200), bias_terms=terms) == scripted_words(tone(200))


async def test_a_voice_uses_the_terms_it_was_opened_with() -> None:
    engine = ScriptedEngine()
    await engine.start()
    voice = await engine.open(bias_terms=["Xavier"])
    await voice.feed(tone(9))
    await voice.flush()
    said = [result.text for result in await results_of(voice)]
    assert said[-1].split() == scripted_words(tone(9), bias_terms=["Xavier"])
    assert "Xavier" in said[-1]
    await engine.close()


def test_lost_doubled_and_reordered_audio_changes_the_words() -> None:
    pcm = tone(4)
    wrong = (pcm[BLOCK:], pcm[2:], pcm[:320] + pcm, pcm[BLOCK:] + pcm[:BLOCK])
    assert scripted_words(pcm) not in [scripted_words(other) for other in wrong]


def test_a_silent_block_gives_no_word_and_an_incomplete_block_does() -> None:
    assert scripted_words(bytes(BLOCK)) == []
    assert scripted_words(bytes(BLOCK) + b"\x01\x00") == scripted_words(b"\x01\x00")
    assert len(scripted_words(b"\x01\x00")) == 1


def test_half_a_sample_at_the_end_is_left_out() -> None:
    assert scripted_words(tone(1) + b"\x01") == scripted_words(tone(1))


@given(st.lists(st.binary(max_size=200), max_size=20), st.integers(1, 4))
def test_audio_in_any_pieces_gives_the_words_of_the_pure_function(
    pieces: list[bytes], block_ms: int
) -> None:
    words = asyncio.run(words_of(pieces, block_ms=block_ms))
    assert words == scripted_words(b"".join(pieces), block_ms=block_ms)


async def test_blocks_are_counted_from_the_last_flush() -> None:
    voice = await opened(ScriptedEngine())
    texts = []
    for pcm in (tone(1) + b"\x01\x00", tone(2)):
        await voice.feed(pcm)
        await voice.flush()
        texts.append((await results_of(voice))[-1].text.split())
    assert texts == [scripted_words(tone(1) + b"\x01\x00"), scripted_words(tone(2))]


async def test_a_partial_follows_each_word() -> None:
    voice = await opened(ScriptedEngine())
    await voice.feed(tone(2) + bytes(BLOCK))
    await voice.flush()
    first, second = scripted_words(tone(2))
    one, two, final = await results_of(voice)
    assert (one.text, two.text, final.text) == (first, f"{first} {second}", f"{first} {second}")
    assert [(w.start_ms, w.end_ms, w.confidence) for w in final.words] == [
        (0, 200, 1.0),
        (200, 400, 1.0),
    ]


async def test_a_delayed_final_is_sent_when_it_is_due() -> None:
    voice = await opened(ScriptedEngine(flush_delay_s=0.05))
    loop = asyncio.get_running_loop()
    asked = loop.time()
    await voice.flush()
    await results_of(voice)
    assert loop.time() >= asked + 0.05


async def test_a_delayed_final_does_not_delay_the_end_of_the_voice() -> None:
    voice = await opened(ScriptedEngine(flush_delay_s=3600))
    await voice.flush()
    listening = asyncio.create_task(results_of(voice), name="listening")
    await voice.close()
    async with asyncio.timeout(PATIENCE_S):
        assert await listening == []


async def test_a_cancelled_reader_loses_no_final() -> None:
    voice = await opened(ScriptedEngine(flush_delay_s=0.05))
    await voice.flush()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(results_of(voice), timeout=0.001)
    assert await results_of(voice) == [FinalText(text="", start_ms=0, end_ms=0)]


async def test_a_voice_beyond_the_maximum_is_refused() -> None:
    engine = ScriptedEngine(max_voices=1)
    voice = await opened(engine)
    with pytest.raises(EngineBusyError, match="max 1 concurrent voices reached"):
        await engine.open()
    await voice.close()
    await engine.open()


def test_a_block_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="block_ms must be at least 1, got 0"):
        ScriptedEngine(block_ms=0)
