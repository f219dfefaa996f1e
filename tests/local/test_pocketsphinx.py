"""PocketSphinx: what it hears, the processes it runs in, and what happens when they die."""

import asyncio
import os
import signal
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.events import Final, Partial, Word
from wyoming_bridge.local.engine import EngineBusyError, EngineError
from wyoming_bridge.local.engines.pocketsphinx import PocketsphinxEngine
from wyoming_bridge.local.engines.pocketsphinx_voice import PocketsphinxVoice, result_of
from wyoming_bridge.local.engines.pocketsphinx_worker import (
    BLOCK_BYTES,
    HeardWord,
    Hearing,
    bias,
    final_line,
    partial_line,
)

SAMPLES = Path(__file__).parents[2] / "samples"

HEARD = {
    "something": "go somewhere and do something",
    "goforward": "go forward ten years",
    "austen-0920": (
        "had he married a more amiable woman he might have been made still more respectable "
        "many watts"
    ),
    "austen-0890": "hello study rather cold hearted and rather selfish is to the oldest those",
}
"""Measured: what PocketSphinx's own English model makes of them, errors included."""


def recorded(name: str) -> bytes:
    with wave.open(str(SAMPLES / f"{name}.wav")) as file:
        return file.readframes(file.getnframes())


SOMETHING = recorded("something")


class Weights:
    """A language model that remembers what was added to it."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def add_word(self, word: str, weight: float) -> None:
        assert weight > 0
        self.words.append(word)


class DictionaryOnly:
    """A decoder that knows how words sound, and remembers what it is told."""

    def __init__(self, sounds: dict[str, str]) -> None:
        self.added: list[tuple[str, str]] = []
        self.weights = Weights()
        self.active = "usual"
        self._sounds = sounds

    def lookup_word(self, word: str) -> str | None:
        return self._sounds.get(word)

    def add_word(self, word: str, phones: str, update: bool) -> None:  # noqa: FBT001 - the decoder's own signature
        self.added.append((word, phones))

    def current_search(self) -> str:
        return self.active

    def get_lm(self, name: str) -> "Weights":
        assert name == "usual"
        return self.weights

    def add_lm(self, name: str, lm: "Weights") -> None:
        assert lm is self.weights

    def activate_search(self, name: str) -> None:
        self.active = name


@pytest.fixture
async def engine() -> AsyncIterator[PocketsphinxEngine]:
    engine = PocketsphinxEngine(max_voices=6)
    await engine.start()
    yield engine
    await engine.close()


async def final_of(voice: PocketsphinxVoice, pcm: bytes) -> Final:
    await voice.feed(pcm)
    await voice.flush()
    async with asyncio.timeout(60), aclosing(voice.results()) as results:
        async for result in results:
            if isinstance(result, Final):
                return result
    raise AssertionError("the voice was closed")


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


async def ended(pid: int) -> None:
    """Wait until a process is gone, by the kernel's own notice."""
    loop = asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    gone = loop.create_future()
    loop.add_reader(descriptor, lambda: gone.done() or gone.set_result(None))
    try:
        async with asyncio.timeout(10):
            await gone
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def test_recorded_speech_is_heard_by_four_voices_at_once(engine: PocketsphinxEngine) -> None:
    voices = [await engine.open() for _ in HEARD]
    finals = await asyncio.gather(
        *(final_of(voice, recorded(name)) for voice, name in zip(voices, HEARD, strict=True))
    )
    assert [final.text for final in finals] == list(HEARD.values())


async def test_words_have_times_and_confidence(engine: PocketsphinxEngine) -> None:
    final = await final_of(await engine.open(), SOMETHING)
    assert [(word.text, word.start_ms, word.end_ms) for word in final.words] == [
        ("go", 430, 630),
        ("somewhere", 630, 1170),
        ("and", 1170, 1350),
        ("do", 1350, 1530),
        ("something", 1530, 2120),
    ]
    assert final.words[1].confidence > 0.9 > final.words[2].confidence


async def test_times_go_on_over_flushes(engine: PocketsphinxEngine) -> None:
    voice = await engine.open()
    first = await final_of(voice, SOMETHING)
    second = await final_of(voice, SOMETHING)
    assert second.text == first.text
    assert second.words[0].start_ms == pytest.approx(first.words[0].start_ms + 2998, abs=100)


class TestBias:
    TERMS = ("Dashwood", "prudently leisure", "selfish", "to be ill disposed")

    async def test_the_words_of_terms_are_heard_where_they_were_missed(
        self, engine: PocketsphinxEngine
    ) -> None:
        final = await final_of(await engine.open(bias_terms=self.TERMS), recorded("austen-0890"))
        assert final.text == (
            "hello study rather cold hearted and rather selfish is to be ill disposed"
        )
        assert [word.text for word in final.words] == final.text.split()

    @pytest.mark.parametrize("name", ["something", "goforward", "austen-0920"])
    async def test_what_is_no_term_is_heard_as_without(
        self, engine: PocketsphinxEngine, name: str
    ) -> None:
        voice = await engine.open(bias_terms=self.TERMS)
        assert (await final_of(voice, recorded(name))).text == HEARD[name]

    async def test_a_voice_beside_it_is_not_biased(self, engine: PocketsphinxEngine) -> None:
        biased, plain = await engine.open(bias_terms=self.TERMS), await engine.open()
        pcm = recorded("austen-0890")
        finals = await asyncio.gather(final_of(biased, pcm), final_of(plain, pcm))
        assert finals[0].text != finals[1].text == HEARD["austen-0890"]

    async def test_a_partial_is_written_in_the_dictionarys_words(
        self, engine: PocketsphinxEngine
    ) -> None:
        voice = await engine.open(bias_terms=["somewhere", "something"])
        await voice.feed(SOMETHING)
        await voice.flush()
        texts = []
        async with asyncio.timeout(60), aclosing(voice.results()) as results:
            async for result in results:
                texts.append(result.text)
                if isinstance(result, Final):
                    break
        assert texts[-1] == HEARD["something"]
        assert "go somewhere" in texts
        assert "^" not in "".join(texts)

    @pytest.mark.parametrize(
        "terms",
        [
            ["xyzzy"],
            ["<s>", "[NOISE]", "++", "go(2)", "go^"],
            ["", " ", "\0", "go\0", "\ud83d", "日本", "go, go!"],
            ["go"] * 5000,
        ],
    )
    async def test_what_is_no_word_of_the_dictionary_biases_nothing(
        self, engine: PocketsphinxEngine, terms: list[str]
    ) -> None:
        voice = await engine.open(bias_terms=terms)
        assert (await final_of(voice, SOMETHING)).text == HEARD["something"]

    async def test_a_twin_has_every_sound_of_its_word(self) -> None:
        decoder = DictionaryOnly({"leisure": "L EH", "leisure(2)": "L IY", "a": "AH"})
        bias(decoder, "Leisure a b leisure a(2)")
        assert decoder.added == [("a^", "AH"), ("leisure^", "L EH"), ("leisure^(2)", "L IY")]
        assert decoder.weights.words == ["a^", "leisure^"]
        assert decoder.active == "biased"

    async def test_without_a_word_that_is_known_the_search_stays(self) -> None:
        decoder = DictionaryOnly({})
        bias(decoder, "b")
        bias(decoder, "")
        assert (decoder.added, decoder.active) == ([], "usual")


async def test_decoding_happens_in_a_process_per_voice(engine: PocketsphinxEngine) -> None:
    voices = [await engine.open() for _ in range(3)]
    assert len({os.getpid(), engine.pid, *(voice.pid for voice in voices)}) == 5
    assert "pocketsphinx" not in sys.modules


async def test_the_process_that_forks_has_one_thread(engine: PocketsphinxEngine) -> None:
    assert threads_of(engine.pid) == 1


async def test_no_more_voices_than_allowed(engine: PocketsphinxEngine) -> None:
    voices = [await engine.open() for _ in range(6)]
    with pytest.raises(EngineBusyError, match="6 voices already, as many as it may"):
        await engine.open()
    await voices[0].close()
    assert (await final_of(await engine.open(), SOMETHING)).text == HEARD["something"]


async def test_a_killed_voice_fails_alone(engine: PocketsphinxEngine) -> None:
    victim, other = await engine.open(), await engine.open()
    os.kill(victim.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match=f"process {victim.pid} ended unexpectedly"):
        await anext(aiter(victim.results()))
    with pytest.raises(EngineError, match=f"process {victim.pid} ended unexpectedly"):
        await victim.feed(SOMETHING)
    assert (await final_of(other, SOMETHING)).text == HEARD["something"]
    assert (await final_of(await engine.open(), SOMETHING)).text == HEARD["something"]


async def test_a_voice_killed_while_it_decodes_fails(engine: PocketsphinxEngine) -> None:
    voice = await engine.open()
    await voice.feed(SOMETHING)
    await voice.flush()
    results = voice.results()
    await anext(results)
    os.kill(voice.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="ended unexpectedly"):
        [result async for result in results]


async def test_a_killed_zygote_takes_no_voice_with_it_and_is_replaced(
    engine: PocketsphinxEngine,
) -> None:
    voice, zygote = await engine.open(), engine.pid
    os.kill(zygote, signal.SIGKILL)
    assert (await final_of(await engine.open(), SOMETHING)).text == HEARD["something"]
    assert engine.pid != zygote
    assert (await final_of(voice, SOMETHING)).text == HEARD["something"]


async def test_signals_to_everybody_do_not_end_a_voice(engine: PocketsphinxEngine) -> None:
    voice = await engine.open()
    os.killpg(engine.pid, signal.SIGINT)
    os.killpg(engine.pid, signal.SIGTERM)
    assert (await final_of(voice, SOMETHING)).text == HEARD["something"]


async def test_a_closed_voice_ends_its_process(engine: PocketsphinxEngine) -> None:
    voice = await engine.open()
    await voice.feed(SOMETHING)
    await voice.close()
    await ended(voice.pid)


async def test_a_closed_engine_leaves_no_process(engine: PocketsphinxEngine) -> None:
    voice = await engine.open()
    await voice.feed(SOMETHING)
    await voice.flush()
    zygote = engine.pid
    await engine.close()
    await ended(zygote)
    await ended(voice.pid)


async def test_a_killed_parent_leaves_no_process() -> None:
    script = (
        "import asyncio\n"
        "from wyoming_bridge.local.engines import PocketsphinxEngine\n"
        "async def main():\n"
        "    engine = PocketsphinxEngine()\n"
        "    await engine.start()\n"
        "    voice = await engine.open()\n"
        "    print(engine.pid, voice.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    async with asyncio.timeout(30):
        zygote, voice = map(int, (await parent.stdout.readline()).split())
    parent.kill()
    await ended(zygote)
    await ended(voice)
    assert await parent.stdout.read() == b""
    await parent.wait()


async def test_a_missing_library_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(EngineError, match=r"^pocketsphinx is not installed: pip install 'wyoming-"):
        await PocketsphinxEngine().start()


async def test_a_model_that_takes_too_long_is_given_up() -> None:
    engine = PocketsphinxEngine(start_limit_s=0.001)
    with pytest.raises(EngineError, match=r"did not start within 0\.001 s"):
        await engine.start()
    assert engine.pid is None


async def test_a_library_that_cannot_be_loaded_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pocketsphinx.py").write_text("raise ImportError('a part of it\\nis missing')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"cannot start: ImportError: a part of it is missing$"):
        await PocketsphinxEngine().start()


@pytest.mark.parametrize(
    ("line", "result"),
    [
        (partial_line(start_ms=0, text=""), Partial(text="", start_ms=0)),
        (partial_line(start_ms=70, text="go on"), Partial(text="go on", start_ms=70)),
        (final_line(start_ms=1, end_ms=2, words=()), Final(text="", start_ms=1, end_ms=2)),
        (
            final_line(
                start_ms=0,
                end_ms=900,
                words=[
                    HeardWord(text="it's", start_ms=10, end_ms=200, confidence=0.5),
                    HeardWord(text="10", start_ms=200, end_ms=300, confidence=1.0),
                ],
            ),
            Final(
                text="it's 10",
                words=(
                    Word(text="it's", start_ms=10, end_ms=200, confidence=0.5),
                    Word(text="10", start_ms=200, end_ms=300, confidence=1.0),
                ),
                start_ms=0,
                end_ms=900,
            ),
        ),
    ],
)
def test_a_line_is_read_as_it_was_written(line: bytes, result: Partial | Final) -> None:
    assert result_of(line) == result


@pytest.mark.parametrize(
    "line", [b"", b"hello\n", b"partial x\n", b"final 1\n", b"final 1 2 3\n", b"\xff\n"]
)
def test_a_line_of_another_kind_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        result_of(line)


@dataclass(kw_only=True)
class Said:
    """A hypothesis or a segment of the decoder's double."""

    hypstr: str = ""
    word: str = ""
    start_frame: int = 0
    end_frame: int = 0
    prob: float = 1.0


@dataclass(kw_only=True)
class RecordingDecoder:
    """Stands for pocketsphinx.Decoder; notes what is asked of it."""

    heard: list[bytes | str] = field(default_factory=list)
    segments: list[Said] = field(default_factory=list)

    def start_utt(self) -> None:
        self.heard.append("start")

    def process_raw(self, data: bytes, no_search: bool, full_utt: bool) -> None:  # noqa: FBT001 - the library's own signature
        self.heard.append(data)

    def hyp(self) -> None:
        return None

    def end_utt(self) -> None:
        self.heard.append("end")

    def get_prob(self) -> float:
        return 1.0

    def seg(self) -> list[Said]:
        return self.segments


def test_variants_are_stripped_noises_left_out_and_numbers_clamped() -> None:
    decoder = RecordingDecoder(
        segments=[
            Said(word="<s>"),
            Said(word="and(2)", start_frame=0, end_frame=1, prob=1.0001),
            Said(word="[NOISE]"),
            Said(word="++UM++"),
            Said(word="so", start_frame=2, end_frame=99, prob=-0.1),
            Said(word="</s>"),
        ]
    )
    hearing = Hearing(decoder=decoder)
    list(hearing.hear(bytes(32 * 30)))
    assert result_of(hearing.flush()).words == (
        Word(text="and", start_ms=0, end_ms=20, confidence=1.0),
        Word(text="so", start_ms=20, end_ms=30, confidence=0.0),
    )


@given(st.lists(st.binary(max_size=3 * BLOCK_BYTES), max_size=8))
def test_the_decoder_is_fed_the_same_blocks_however_audio_is_cut(pieces: list[bytes]) -> None:
    cut, whole = RecordingDecoder(), RecordingDecoder()
    in_pieces, at_once = Hearing(decoder=cut), Hearing(decoder=whole)
    for piece in pieces:
        list(in_pieces.hear(piece))
    list(at_once.hear(b"".join(pieces)))
    assert in_pieces.flush() == at_once.flush()
    assert cut.heard == whole.heard
    assert all(len(block) % 2 == 0 for block in cut.heard[1:-1])
