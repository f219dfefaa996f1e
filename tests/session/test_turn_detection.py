"""Whole utterances in each dialect of OpenAI's protocol, with each way to end a segment."""

import asyncio
from itertools import product

import pytest

from openai_calls import LOOPBACK
from sessions import noise
from stages import SERVERS, words_of_speaches
from utterances import SECOND, an_utterance, silence
from virtual_time import in_virtual_time
from wyoming_bridge.providers.openai import OpenAISettings, new_client
from wyoming_bridge.providers.openai.client.dialects import DIALECTS
from wyoming_bridge.providers.openai.protocol import DialectName
from wyoming_bridge.testing import FakeConnector, scripted_words
from wyoming_bridge.transcriber import Limits, Result

COMBINATIONS = [
    (name, strategy)
    for name, strategy in product(DialectName, ("manual", "server_vad", "semantic_vad"))
    if strategy in ("manual", *DIALECTS[name].detections)
]
LOCALAI = (DialectName.LOCALAI, "server_vad")
SPEACHES = (DialectName.SPEACHES, "server_vad")

each_combination = pytest.mark.parametrize(("name", "strategy"), COMBINATIONS)


async def transcribed(name: DialectName, strategy: str, *parts: bytes) -> tuple[Result, float]:
    """Speak in real time. Return the result, and the time from the end of the audio to it.

    The utterance must not need a second session.
    """
    connector = FakeConnector(SERVERS[name])
    settings = OpenAISettings(url=LOOPBACK, model="m", commit_strategy=strategy)
    utterance = an_utterance(
        connector,
        client=lambda: new_client(settings, None),
        limits=Limits(final_s=3, total_s=8),
    )
    pcm = b"".join(parts)
    async with utterance:
        for start in range(0, len(pcm), SECOND // 10):
            utterance.feed(pcm[start : start + SECOND // 10])
            await asyncio.sleep(0.1)
        utterance.finish()
        began = asyncio.get_running_loop().time()
        result = await utterance.result()
    assert len(connector.transports) == 1
    return result, asyncio.get_running_loop().time() - began


def words_of(name: DialectName, pcm: bytes) -> list[str]:
    return words_of_speaches(pcm) if name is DialectName.SPEACHES else scripted_words(pcm)


@each_combination
@in_virtual_time
async def test_all_words_of_speech_until_the_end_arrive_quickly(
    name: DialectName, strategy: str
) -> None:
    speech = noise(words=4)
    result, seconds = await transcribed(name, strategy, speech)
    assert result.text.split() == words_of(name, speech)
    assert result.complete
    assert seconds < 0.5


@each_combination
@in_virtual_time
async def test_all_words_of_two_sentences_arrive(name: DialectName, strategy: str) -> None:
    first, second = noise(1, words=3), noise(2, words=4)
    # The scripted engine makes other words if a segment begins inside one of its blocks of 200 ms.
    result, _ = await transcribed(name, strategy, first, silence(1000), second)
    assert len(result.text.split()) in {7, 8}
    assert result.text.split()[:3] == words_of(name, first)
    assert result.complete


@each_combination
@in_virtual_time
async def test_silence_has_no_text(name: DialectName, strategy: str) -> None:
    result, seconds = await transcribed(name, strategy, silence(1000))
    assert (result.text, result.complete) == ("", True)
    assert seconds < 2


@pytest.mark.parametrize(("name", "strategy"), [LOCALAI, SPEACHES])
@in_virtual_time
async def test_silence_after_a_turn_has_no_text(name: DialectName, strategy: str) -> None:
    speech = noise(words=4)
    result, seconds = await transcribed(name, strategy, speech, silence(2000))
    assert result.text.split() == words_of(name, speech)
    assert result.complete
    assert seconds < 2
