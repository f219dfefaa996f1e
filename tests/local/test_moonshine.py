"""Moonshine: its transcripts, its scores, and its process."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from patience import PATIENCE_S
from proc_files import environment_of, handles_of, limit_of, status_of
from recognised import results_of
from recorded import recorded
from sounds import VOICE_LIKE, made
from wyoming_bridge.events import PartialText
from wyoming_bridge.local.engine import EngineBusyError, EngineError, Scorer
from wyoming_bridge.local.engines.moonshine.engine import MoonshineEngine
from wyoming_bridge.local.engines.process.voice import ProcessVoice

pytestmark = [pytest.mark.once, pytest.mark.asyncio(loop_scope="module")]

HEARD = {
    "something": "Go somewhere and do something.",
    "goforward": "Go forward ten meters.",
    "austen-0870": (
        "And Mr. John Dashwood had then leisure to consider how much there might be prudently in "
        "his power to do for them."
    ),
    "austen-0920": (
        "Had he married a more amiable woman, he might have been made still more respectable than "
        "he was."
    ),
}
SOMETHING = recorded("something")
SECOND = 32_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def moonshine() -> AsyncIterator[MoonshineEngine]:
    """An engine that tests share, because a start takes longer than most tests."""
    engine = MoonshineEngine()
    await engine.start()
    yield engine
    await engine.close()


@pytest_asyncio.fixture(loop_scope="module")
async def own_moonshine() -> AsyncIterator[MoonshineEngine]:
    """An engine for one test, which needs its process or its number of voices for itself."""
    engine = MoonshineEngine(max_voices=4)
    await engine.start()
    yield engine
    await engine.close()


@pytest_asyncio.fixture(loop_scope="module")
async def voice(moonshine: MoonshineEngine) -> AsyncIterator[ProcessVoice]:
    voice = await moonshine.open()
    yield voice
    await voice.close()


async def test_four_voices_at_once_recognise_recorded_speech(
    own_moonshine: MoonshineEngine,
) -> None:
    voices = [await own_moonshine.open() for _ in HEARD]
    results = await asyncio.gather(
        *(results_of(voice, recorded(name)) for voice, name in zip(voices, HEARD, strict=True))
    )
    assert [final.text for _, final in results] == list(HEARD.values())


async def test_a_partial_comes_while_the_speaker_speaks(voice: ProcessVoice) -> None:
    await voice.feed(SOMETHING[: 2 * SECOND])
    async with asyncio.timeout(PATIENCE_S), aclosing(voice.results()) as results:
        first = await anext(results)
    assert isinstance(first, PartialText)
    assert first.text.startswith("Go some")


async def test_the_text_of_a_pause_is_the_final(voice: ProcessVoice) -> None:
    await voice.feed(SOMETHING)
    last = ""
    async with asyncio.timeout(PATIENCE_S), aclosing(voice.results()) as results:
        while last != HEARD["something"]:
            last = (await anext(results)).text
        await voice.flush()
        assert (await anext(results)).text == last


@pytest.mark.parametrize("name", list(VOICE_LIKE))
async def test_the_model_is_not_sure_of_sounds_like_a_voice(voice: ProcessVoice, name: str) -> None:
    partials, final = await results_of(voice, made(name))
    assert (partials, final.text) == ([], "")


async def test_long_speech_is_cut_between_words_and_keeps_them(voice: ProcessVoice) -> None:
    long = "".join(HEARD[name] for name in ("austen-0870", "austen-0920") * 3)
    pcm = b"".join(recorded(name) for name in ("austen-0870", "austen-0920") * 3)
    _, final = await results_of(voice, pcm)

    def words(text: str) -> list[str]:
        return "".join(c if c.isalpha() else " " for c in text.lower()).split()

    heard = words(final.text)
    assert len(heard) == pytest.approx(len(words(long.replace(".", ". "))), abs=6)
    assert heard.count("dashwood") == heard.count("amiable") == 3


async def test_a_word_that_ends_with_the_audio_is_recognised(voice: ProcessVoice) -> None:
    pcm = SOMETHING[: int(2.2 * SECOND)]
    _, final = await results_of(voice, pcm)
    assert final.text == HEARD["something"]


async def test_the_sentence_that_was_said_has_the_best_score(moonshine: MoonshineEngine) -> None:
    assert isinstance(moonshine, Scorer)
    sentences = ("go somewhere and do nothing", "Go somewhere and do something.", "turn on the tv")
    nothing, something, television = await moonshine.score(SOMETHING, sentences)
    assert something.log_probability > -1
    assert nothing.log_probability < something.log_probability - 5
    assert television.log_probability < nothing.log_probability
    assert [each.tokens for each in (nothing, something)] == [5, 5]


async def test_capitals_of_names_matter_little_to_a_score(moonshine: MoonshineEngine) -> None:
    plain, named = await moonshine.score(
        SOMETHING, ["go somewhere and do something", "Go Somewhere and Do Something"]
    )
    assert named.log_probability == pytest.approx(plain.log_probability, abs=0.1)


async def test_a_score_does_not_depend_on_other_sentences_or_earlier_audio(
    moonshine: MoonshineEngine,
    voice: ProcessVoice,
) -> None:
    # The model computes with 8 bits. So the score of an improbable sentence depends a little on
    # the sentences that are scored together with it.
    improbable = [f"set the light to {number} percent" for number in range(10, 25)]
    sentences = ["go somewhere and do something", *improbable]
    alone = [await moonshine.score(SOMETHING, [each]) for each in sentences[:2]]
    await results_of(voice, SOMETHING)
    again = [await moonshine.score(SOMETHING, [each]) for each in sentences[:2]]
    together = await moonshine.score(SOMETHING, sentences)
    assert again == alone
    assert together[0].log_probability == pytest.approx(alone[0][0].log_probability, abs=0.02)
    assert together[1].log_probability == pytest.approx(alone[1][0].log_probability, rel=0.08)
    assert len(together) == 16


@pytest.mark.parametrize(
    ("pcm", "sentences", "problem"),
    [
        (SOMETHING, ["on"] * 25, "at most 24 sentences"),
        (SOMETHING, ["on" * 101], "at most 200 characters"),
        (bytes(12 * SECOND + 2), ["on"], "at most 12 s at once, got 12"),
        (b"", ["on"], "needs audio"),
    ],
)
async def test_a_request_that_is_too_large_to_score_is_refused(
    moonshine: MoonshineEngine, pcm: bytes, sentences: list[str], problem: str
) -> None:
    with pytest.raises(EngineError, match=problem):
        await moonshine.score(pcm, sentences)


async def test_whole_audio_is_recognised_without_a_voice(
    moonshine: MoonshineEngine, voice: ProcessVoice
) -> None:
    whole = await moonshine.recognise(SOMETHING)

    assert whole == (await results_of(voice, SOMETHING))[-1].text
    assert await moonshine.recognise(bytes(SECOND)) == ""
    with pytest.raises(EngineError, match="at most 12 s at once"):
        await moonshine.recognise(bytes(12 * SECOND + 2))


async def test_no_sentences_have_no_scores(moonshine: MoonshineEngine) -> None:
    assert await moonshine.score(SOMETHING, []) == []
    assert len(await moonshine.score(SOMETHING, ["", "\ud83d 日本\n"])) == 2


async def test_an_engine_that_is_not_running_scores_nothing() -> None:
    with pytest.raises(EngineError, match="moonshine is not running"):
        await MoonshineEngine().score(SOMETHING, ["on"])


async def test_all_voices_are_decoded_by_one_process(own_moonshine: MoonshineEngine) -> None:
    voices = [await own_moonshine.open() for _ in range(4)]
    assert {voice.pid for voice in voices} == {own_moonshine.pid} != {os.getpid()}
    with pytest.raises(EngineBusyError, match="moonshine: max 4 concurrent voices reached"):
        await own_moonshine.open()
    await voices[0].close()
    _, final = await results_of(await own_moonshine.open(), SOMETHING)
    assert final.text == HEARD["something"]


async def test_a_killed_process_fails_its_voices_and_is_replaced(
    own_moonshine: MoonshineEngine,
) -> None:
    voice, pid = await own_moonshine.open(), own_moonshine.pid
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineError, match=f"the moonshine process {pid} ended unexpectedly"):
        await anext(aiter(voice.results()))
    _, final = await results_of(await own_moonshine.open(), SOMETHING)
    assert final.text == HEARD["something"]
    assert own_moonshine.pid != pid


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
async def test_the_process_has_few_rights_and_one_socket_per_voice(
    own_moonshine: MoonshineEngine,
) -> None:
    voices = [await own_moonshine.open() for _ in range(2)]
    status = status_of(own_moonshine.pid)
    assert status["NoNewPrivs"] == ["1"]
    assert int(status["CapEff"][0], 16) == 0
    assert os.getuid() != 0 or "0" not in status["Uid"] + status["Gid"]
    assert limit_of(own_moonshine.pid, "Max core file size") == "0"
    assert limit_of(own_moonshine.pid, "Max file size") == "0"
    assert limit_of(own_moonshine.pid, "Max processes") == "0"
    assert limit_of(own_moonshine.pid, "Max address space") == str(4 << 30)
    handles = handles_of(own_moonshine.pid)
    assert len(handles) == 1 + len(voices)
    assert all(target.startswith("socket:") for target in handles)
    _, final = await results_of(voices[0], SOMETHING)
    assert final.text == HEARD["something"]


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
async def test_no_thread_of_the_process_can_gain_rights(moonshine: MoonshineEngine) -> None:
    tasks = os.listdir(f"/proc/{moonshine.pid}/task")  # noqa: PTH208 - /proc does not block
    assert len(tasks) > 4
    assert {status_of(f"{moonshine.pid}/task/{task}")["NoNewPrivs"][0] for task in tasks} == {"1"}


def files_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


async def test_the_library_does_not_report_its_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without ORT_DISABLE_TELEMETRY, onnxruntime 1.32 writes files to the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    engine = MoonshineEngine()
    await engine.start()
    voice = await engine.open()
    _, final = await results_of(voice, SOMETHING)
    variables = environment_of(engine.pid)
    await engine.close()

    assert final.text == HEARD["something"]
    assert variables["ORT_DISABLE_TELEMETRY"] == "1"
    assert files_in(tmp_path) == []
