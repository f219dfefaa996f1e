"""PocketSphinx: sentences that it learns."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
import yaml

from patience import PATIENCE_S
from recognised import HEARD, SOMETHING, final_of
from recorded import recorded
from wyoming_bridge.house import House
from wyoming_bridge.house.language import HouseLanguage
from wyoming_bridge.local.engine import EngineError, Learner
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine

pytestmark = pytest.mark.once

SAMPLES = Path(__file__).parents[2] / "samples"

COMMANDS = {
    "activate-mood-lighting": "activate mood lighting",
    "next": "next",
    "lock-the-front-door": "lock the front door",
    "timer-status": "timer status",
    "whats-the-weather": "what's the weather",
}
"""Recordings of commands, and what is said in each."""


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    house = House.from_data(yaml.safe_load((SAMPLES / "house.yaml").read_text()))
    return HouseLanguage(house).sentences(limit=100_000)


async def heard(engine: PocketsphinxEngine, name: str) -> str:
    voice = await engine.open()
    try:
        return (await final_of(voice, recorded(name))).text
    finally:
        await voice.close()


async def test_the_engine_can_learn() -> None:
    assert isinstance(PocketsphinxEngine(), Learner)


async def test_commands_are_recognised_only_after_their_house_was_learned(
    pocketsphinx: PocketsphinxEngine, sentences: list[str]
) -> None:
    before = [await heard(pocketsphinx, f"commands/{name}") for name in COMMANDS]
    await pocketsphinx.learn(sentences)
    after = [await heard(pocketsphinx, f"commands/{name}") for name in COMMANDS]

    assert after == list(COMMANDS.values())
    assert [text for text in before if text in after] == []


async def test_an_open_voice_keeps_its_model_and_its_process_ends_after_it(
    pocketsphinx: PocketsphinxEngine, sentences: list[str]
) -> None:
    before = pocketsphinx.pid
    assert before is not None
    voice = await pocketsphinx.open()
    await pocketsphinx.learn(sentences)
    assert pocketsphinx.pid != before
    assert (await final_of(voice, SOMETHING)).text == HEARD["something"]
    await voice.close()
    await pocketsphinx.close()
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)


async def test_the_same_sentences_are_not_learned_again(pocketsphinx: PocketsphinxEngine) -> None:
    await pocketsphinx.learn(["lock the door"])
    pid = pocketsphinx.pid
    await pocketsphinx.learn(["lock the door"])
    assert pocketsphinx.pid == pid


async def test_without_sentences_the_engine_recognises_all_of_english_again(
    pocketsphinx: PocketsphinxEngine,
) -> None:
    await pocketsphinx.learn(["lock the door"])
    assert await heard(pocketsphinx, "something") != HEARD["something"]
    await pocketsphinx.learn([])
    assert await heard(pocketsphinx, "something") == HEARD["something"]


async def test_sentences_can_be_learned_before_the_start(sentences: list[str]) -> None:
    engine = PocketsphinxEngine()
    await engine.learn(sentences)
    assert engine.pid is None
    await engine.start()
    try:
        assert await heard(engine, "commands/timer-status") == "timer status"
    finally:
        await engine.close()


async def test_a_new_process_has_learned_the_sentences_of_a_killed_one(
    pocketsphinx: PocketsphinxEngine, sentences: list[str]
) -> None:
    await pocketsphinx.learn(sentences)
    assert pocketsphinx.pid is not None
    os.killpg(pocketsphinx.pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_S):
        assert await heard(pocketsphinx, "commands/timer-status") == "timer status"


async def test_terms_still_make_words_more_likely(
    pocketsphinx: PocketsphinxEngine, sentences: list[str]
) -> None:
    await pocketsphinx.learn(sentences)
    plain = await heard(pocketsphinx, "austen-0870")
    voice = await pocketsphinx.open(bias_terms=("John Dashwood", "leisure"))
    biased = (await final_of(voice, recorded("austen-0870"))).text
    assert "dashwood" not in plain
    assert "dashwood" in biased
    voice = await pocketsphinx.open(bias_terms=("Front Door", "Dashwood"))
    command = await final_of(voice, recorded("commands/lock-the-front-door"))
    assert command.text == "lock the front door"


async def test_words_that_cannot_be_pronounced_are_logged_once(
    pocketsphinx: PocketsphinxEngine, caplog: pytest.LogCaptureFixture
) -> None:
    await pocketsphinx.learn(["lock the door", "lock кухня", "open кухня"])
    assert caplog.messages == [
        "pocketsphinx cannot pronounce 'кухня', and leaves out the sentences with them"
    ]


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        (["on"] * 150_001, "at most 150000 sentences, got 150001"),
        (["on " * 51], "at most 50 words, got 51"),
    ],
)
async def test_too_many_sentences_are_refused_and_change_nothing(
    pocketsphinx: PocketsphinxEngine, sentences: list[str], message: str
) -> None:
    pid = pocketsphinx.pid
    with pytest.raises(EngineError, match=message):
        await pocketsphinx.learn(sentences)
    assert pocketsphinx.pid == pid


async def test_a_closed_engine_stays_closed_when_it_learns(
    pocketsphinx: PocketsphinxEngine,
) -> None:
    learning = asyncio.create_task(pocketsphinx.learn(["lock the door"]))
    await pocketsphinx.close()
    await asyncio.gather(learning, return_exceptions=True)
    assert pocketsphinx.pid is None
