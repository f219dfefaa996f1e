"""The contract of an engine of the local server, tested with each engine.

Starting an engine takes longer than most tests, so the tests of a worker share one engine of each
kind. Tests that stop their engine have one of their own.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from engines import KINDS, a_final, created, results_until
from patience import PATIENCE_S
from recorded import recorded
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.local.engine import Engine, EngineError, Voice

pytestmark = [pytest.mark.once, pytest.mark.asyncio(loop_scope="module")]

SILENCE = bytes(32000)
SOMETHING = recorded("something")
GOFORWARD = recorded("goforward")


def cut(pcm: bytes, size: int) -> list[bytes]:
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(kind: str, engine_models: dict[str, Path]) -> AsyncIterator[Engine]:
    engine = created(kind, engine_models)
    await engine.start()
    yield engine
    await engine.close()


@pytest_asyncio.fixture(loop_scope="module")
async def own_engine(kind: str, engine_models: dict[str, Path]) -> AsyncIterator[Engine]:
    engine = created(kind, engine_models)
    await engine.start()
    yield engine
    await engine.close()


@pytest_asyncio.fixture(loop_scope="module")
async def voice(engine: Engine) -> AsyncIterator[Voice]:
    voice = await engine.open()
    yield voice
    await voice.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def something(engine: Engine) -> FinalText:
    """The final of the recording ``SOMETHING``, in one piece."""
    return await a_final(engine, SOMETHING)


async def test_each_flush_is_answered_by_one_final_in_order(voice: Voice) -> None:
    for pcm in (SOMETHING, SILENCE, GOFORWARD):
        await voice.feed(pcm)
        await voice.flush()
    finals = [said for said in await results_until(voice, 3) if isinstance(said, FinalText)]
    assert [bool(final.text) for final in finals] == [True, False, True]
    assert [(final.start_ms, final.end_ms) for final in finals] == [
        (0, 2998),
        (2998, 3998),
        (3998, 6784),
    ]


async def test_a_flush_without_audio_is_answered_by_an_empty_final(voice: Voice) -> None:
    await voice.flush()
    await voice.flush()
    empty = FinalText(text="", start_ms=0, end_ms=0)
    assert await results_until(voice, 2) == [empty, empty]


async def test_a_flush_directly_after_a_flush_is_empty(voice: Voice) -> None:
    await voice.feed(SOMETHING)
    await voice.flush()
    await voice.flush()
    assert (await results_until(voice, 2))[-1] == FinalText(text="", start_ms=2998, end_ms=2998)


async def test_silence_gives_no_words(engine: Engine) -> None:
    assert await a_final(engine, SILENCE) == FinalText(text="", start_ms=0, end_ms=1000)


async def test_feeding_nothing_changes_nothing(engine: Engine, something: FinalText) -> None:
    assert await a_final(engine, b"", SOMETHING, b"") == something


@pytest.mark.parametrize("size", [333, 1601, 65537])
async def test_pieces_of_any_size_give_the_same_words(
    engine: Engine, something: FinalText, size: int
) -> None:
    assert await a_final(engine, *cut(SOMETHING, size)) == something


async def test_half_a_sample_is_kept_across_a_flush(voice: Voice, something: FinalText) -> None:
    for piece in (SOMETHING[:1], SOMETHING[1:]):
        await voice.feed(piece)
        await voice.flush()
    first, *_, last = await results_until(voice, 2)
    assert first == FinalText(text="", start_ms=0, end_ms=0)
    assert last == something


async def test_half_a_sample_alone_is_ignored(engine: Engine) -> None:
    assert await a_final(engine, b"\x07") == FinalText(text="", start_ms=0, end_ms=0)


async def test_one_sample_is_audio(engine: Engine) -> None:
    assert (await a_final(engine, b"\x07\x07")).start_ms == 0


async def test_the_same_audio_always_has_the_same_result(engine: Engine) -> None:
    assert await a_final(engine, GOFORWARD) == await a_final(engine, GOFORWARD)


async def test_a_partial_is_sent_at_each_change_and_only_then(voice: Voice) -> None:
    await voice.feed(SOMETHING)
    await voice.flush()
    *partials, _ = await results_until(voice, 1)
    assert {type(partial) for partial in partials} == {PartialText}
    assert all(before != after for before, after in pairwise(partials))
    assert {partial.stability for partial in partials} == {None}


async def test_words_lie_within_their_final_in_order(voice: Voice) -> None:
    await voice.feed(GOFORWARD)
    await voice.flush()
    await voice.feed(SOMETHING)
    await voice.flush()
    last = (await results_until(voice, 2))[-1]
    times = [last.start_ms, *(t for w in last.words for t in (w.start_ms, w.end_ms)), last.end_ms]
    assert times == sorted(times)
    assert [word.text for word in last.words] in ([], last.text.split())
    assert all(0 <= word.confidence <= 1 for word in last.words)


async def test_ten_voices_at_once_do_not_mix(engine: Engine) -> None:
    pieces = [random.Random(seed).randbytes(6501) for seed in range(10)]  # noqa: S311 - test data
    alone = [await a_final(engine, pcm) for pcm in pieces]
    voices = [await engine.open() for _ in pieces]
    for parts in zip(*(cut(pcm, 777) for pcm in pieces), strict=True):
        for voice, part in zip(voices, parts, strict=True):
            await voice.feed(part)
    await asyncio.gather(*(voice.flush() for voice in voices))
    said = await asyncio.gather(*(results_until(voice, 1) for voice in voices))
    await asyncio.gather(*(voice.close() for voice in voices))
    assert [results[-1] for results in said] == alone


async def test_a_minute_of_audio_in_one_piece_is_recognised(
    engine: Engine, something: FinalText
) -> None:
    minute = await a_final(engine, SOMETHING + bytes(57 * 32000))
    assert minute.text.split()[:3] == something.text.split()[:3]
    assert minute.end_ms == something.end_ms + 57000


async def test_closing_a_voice_ends_its_results(voice: Voice) -> None:
    await voice.feed(SOMETHING)
    listening = asyncio.create_task(anext(aiter(voice.results()), None), name="listening")
    await voice.close()
    async with asyncio.timeout(PATIENCE_S):
        assert await listening is None
    assert [said async for said in voice.results()] == []


async def test_closing_twice_is_allowed(own_engine: Engine) -> None:
    voice = await own_engine.open()
    await voice.close()
    await voice.close()
    await own_engine.close()
    await own_engine.close()


async def test_a_closed_voice_refuses_audio_and_flushes(voice: Voice) -> None:
    await voice.close()
    with pytest.raises(EngineError, match="the voice is closed"):
        await voice.feed(SOMETHING)
    with pytest.raises(EngineError, match="the voice is closed"):
        await voice.flush()


async def test_closing_the_engine_ends_every_voice(own_engine: Engine) -> None:
    voice = await own_engine.open()
    await own_engine.close()
    with pytest.raises(EngineError, match="the voice is closed"):
        await voice.feed(SOMETHING)
    with pytest.raises(EngineError, match="not running"):
        await own_engine.open()


async def test_an_engine_can_be_started_again(own_engine: Engine) -> None:
    await own_engine.start()
    await own_engine.close()
    await own_engine.start()
    assert (await a_final(own_engine, SOMETHING)).text
