"""PocketSphinx: its transcripts of recorded speech."""

import asyncio

import pytest

from recognised import HEARD, SOMETHING, final_of
from recorded import recorded
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine

pytestmark = pytest.mark.once


async def test_four_voices_at_once_recognise_recorded_speech(
    pocketsphinx: PocketsphinxEngine,
) -> None:
    voices = [await pocketsphinx.open() for _ in HEARD]
    finals = await asyncio.gather(
        *(final_of(voice, recorded(name)) for voice, name in zip(voices, HEARD, strict=True))
    )
    assert [final.text for final in finals] == list(HEARD.values())


async def test_words_have_times_and_confidence(pocketsphinx: PocketsphinxEngine) -> None:
    final = await final_of(await pocketsphinx.open(), SOMETHING)
    assert [(word.text, word.start_ms, word.end_ms) for word in final.words] == [
        ("go", 430, 630),
        ("somewhere", 630, 1170),
        ("and", 1170, 1350),
        ("do", 1350, 1530),
        ("something", 1530, 2120),
    ]
    assert final.words[1].confidence > 0.9 > final.words[2].confidence


async def test_times_continue_after_a_flush(pocketsphinx: PocketsphinxEngine) -> None:
    voice = await pocketsphinx.open()
    first = await final_of(voice, SOMETHING)
    second = await final_of(voice, SOMETHING)
    assert second.text == first.text
    assert second.words[0].start_ms == pytest.approx(first.words[0].start_ms + 2998, abs=100)
