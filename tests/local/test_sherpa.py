"""sherpa-onnx: what it recognises, its process, and its errors for wrong models."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from patience import PATIENCE_S
from proc_files import handles_of, limit_of, status_of
from recognised import results_of
from tiny_models import HIGH, LOW, PAUSE, TOKENS, write_ctc, write_transducer
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.local.engine import EngineBusyError, EngineError
from wyoming_bridge.local.engines.registry import create_engine
from wyoming_bridge.local.engines.sherpa.engine import SherpaEngine
from wyoming_bridge.local.engines.sherpa.files import find_files
from wyoming_bridge.local.engines.sherpa.model import Model, Stream
from wyoming_bridge.local.engines.sherpa.recognition import Recognition

pytestmark = pytest.mark.once

WRITERS = {"transducer": write_transducer, "ctc": write_ctc}


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[SherpaEngine]:
    engine = SherpaEngine(model=folder, max_voices=4)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


@pytest.fixture(params=list(WRITERS))
async def sherpa(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SherpaEngine]:
    async with started(WRITERS[request.param](tmp_path / "tiny")) as engine:
        yield engine


class CountingModel(Model):
    """A model that counts the streams that it creates."""

    streams = 0

    def new_stream(self) -> Stream:
        self.streams += 1
        return super().new_stream()


async def test_known_audio_has_known_words(sherpa: SherpaEngine) -> None:
    partials, final = await results_of(await sherpa.open(), LOW + PAUSE + HIGH + LOW + PAUSE)
    assert partials == ["low", "low high", "low high low"]
    assert final == FinalText(text="low high low", start_ms=0, end_ms=1600)


async def test_a_partial_comes_while_the_speaker_speaks(sherpa: SherpaEngine) -> None:
    voice = await sherpa.open()
    await voice.feed(LOW)
    async with asyncio.timeout(PATIENCE_S), aclosing(voice.results()) as results:
        assert await anext(results) == PartialText(text="low", start_ms=0, end_ms=300)


async def test_a_word_that_ends_with_the_audio_is_recognised(sherpa: SherpaEngine) -> None:
    short = HIGH[:1600]  # 50 ms, less than the chunk of 200 ms that the model needs
    assert (await results_of(await sherpa.open(), LOW + short))[1].text == "low high"


async def test_a_final_has_only_the_audio_since_the_last_one(sherpa: SherpaEngine) -> None:
    voice = await sherpa.open()
    finals = [(await results_of(voice, pcm))[1] for pcm in (LOW, HIGH, PAUSE, LOW + HIGH)]
    assert [final.text for final in finals] == ["low", "high", "", "low high"]
    assert [final.end_ms for final in finals] == [400, 800, 1000, 1800]


@pytest.mark.parametrize("kind", list(WRITERS))
@pytest.mark.parametrize("pause", [b"", bytes(48_000)])
def test_long_audio_without_a_flush_is_decoded_in_several_streams(
    tmp_path: Path, kind: str, pause: bytes
) -> None:
    model = CountingModel(find_files(WRITERS[kind](tmp_path)), at_once=1)
    recognition = Recognition(model=model, max_stream_s=2)
    pcm = (LOW + HIGH + pause) * 10
    for at in range(0, len(pcm), 3200):
        recognition.feed(pcm[at : at + 3200])
    words = recognition.flush().split()
    length_s = len(pcm) // 32_000
    assert words[1:3] == [b"0", b"%d" % (1000 * length_s)]
    assert words[3:] == [b"low", b"high"] * 10
    assert model.streams >= length_s // 4


async def test_four_voices_at_once_do_not_mix(sherpa: SherpaEngine) -> None:
    said = {"low": LOW, "high": HIGH, "low high": LOW + HIGH, "high low": HIGH + LOW}
    voices = [await sherpa.open() for _ in said]
    results = await asyncio.gather(
        *(results_of(voice, pcm) for voice, pcm in zip(voices, said.values(), strict=True))
    )
    assert [final.text for _, final in results] == list(said)


async def test_all_voices_are_decoded_by_one_process(sherpa: SherpaEngine) -> None:
    voices = [await sherpa.open() for _ in range(4)]
    assert {voice.pid for voice in voices} == {sherpa.pid} != {os.getpid()}
    with pytest.raises(EngineBusyError, match="sherpa: max 4 concurrent voices reached"):
        await sherpa.open()
    await voices[0].close()
    assert (await results_of(await sherpa.open(), LOW))[1].text == "low"


async def test_a_killed_process_fails_its_voices_and_is_replaced(sherpa: SherpaEngine) -> None:
    voice, pid = await sherpa.open(), sherpa.pid
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineError, match=f"the sherpa process {pid} ended unexpectedly"):
        await anext(aiter(voice.results()))
    assert (await results_of(await sherpa.open(), HIGH))[1].text == "high"
    assert sherpa.pid != pid


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
async def test_the_process_has_few_rights_and_a_thread_per_voice(sherpa: SherpaEngine) -> None:
    voices = [await sherpa.open() for _ in range(2)]
    assert (await results_of(voices[0], LOW))[1].text == "low"
    status = status_of(sherpa.pid)
    assert int(status["CapEff"][0], 16) == 0
    assert os.getuid() != 0 or "0" not in status["Uid"] + status["Gid"]
    assert limit_of(sherpa.pid, "Max core file size") == "0"
    assert limit_of(sherpa.pid, "Max file size") == "0"
    assert limit_of(sherpa.pid, "Max processes") == "0"
    assert limit_of(sherpa.pid, "Max address space") == str(4 << 30)
    handles = handles_of(sherpa.pid)
    assert len(handles) == 1 + len(voices)
    assert all(target.startswith("socket:") for target in handles)
    tasks = os.listdir(f"/proc/{sherpa.pid}/task")  # noqa: PTH208 - /proc does not block
    # The main thread, one for each of at most 4 voices, and two for voices that were just closed.
    assert len(tasks) == 1 + 4 + 2
    assert {status_of(f"{sherpa.pid}/task/{task}")["NoNewPrivs"][0] for task in tasks} == {"1"}


async def test_a_token_without_a_text_fails_only_its_voice(tmp_path: Path) -> None:
    folder = write_ctc(tmp_path)
    (folder / "tokens.txt").write_text("<blk> 0\n▁low 1\n", "utf-8")
    async with started(folder) as engine:
        other, voice = await engine.open(), await engine.open()
        await voice.feed(HIGH)
        with pytest.raises(EngineError, match=r"^sherpa cannot continue: IndexError"):
            await anext(aiter(voice.results()))
        assert (await results_of(other, LOW))[1].text == "low"


async def test_the_network_with_8_bits_is_preferred(tmp_path: Path) -> None:
    folder = write_transducer(tmp_path)
    for name in ("encoder", "joiner"):
        (folder / f"{name}.onnx").rename(folder / f"{name}-epoch-9.int8.onnx")
        (folder / f"{name}.onnx").write_bytes(b"nonsense")
    async with started(folder) as engine:
        assert (await results_of(await engine.open(), LOW))[1].text == "low"


def without(*names: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        write_transducer(folder)
        for name in names:
            (folder / name).unlink()

    return change


def with_file(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (write_transducer(folder) / name).write_bytes(content)


def twice(folder: Path) -> None:
    write_ctc(folder)
    shutil.copy(folder / "model.onnx", folder / "model-2.onnx")


TOKENS_OF_CTC = TOKENS.replace("<blk>", "<nul>").encode()

WRONG_MODELS = {
    "nothing": (lambda _: None, "sherpa has no model: .* has no model: a transducer has enc"),
    "no joiner": (without("joiner.onnx"), r"has no joiner\*\.onnx: a transducer has .* CTC model"),
    "no tokens": (without("tokens.txt"), r"has no tokens\.txt: "),
    "two models": (twice, r"must have one model, got model-2\.onnx and model\.onnx: remove one"),
    "no network": (
        with_file("encoder.onnx", b"nonsense"),
        r"cannot start: ValueError: encoder\.onnx is not an ONNX file: ",
    ),
    "a cut network": (
        with_file("joiner.onnx", b"\x3a\xff\x01"),
        r"ValueError: joiner\.onnx is not an ONNX file: it is cut off",
    ),
    "an empty network": (
        with_file("decoder.onnx", b""),
        r"decoder\.onnx is not a part of a streaming model: its metadata has no vocab_size",
    ),
    "a network that cannot be loaded": (
        with_file("joiner.onnx", b"\x08\x08"),
        "ValueError: sherpa-onnx cannot load the model: ",
    ),
    "a model that does not stream": (
        lambda folder: write_transducer(folder, T=None),
        r"encoder\.onnx is not a part of a streaming model: its metadata has no T",
    ),
    "a CTC model that does not stream": (
        lambda folder: write_ctc(folder, decode_chunk_len=None),
        r"model\.onnx is not a part of a streaming model: its metadata has no decode_chunk_len",
    ),
    "another kind": (
        lambda folder: write_transducer(folder, model_type="EncDecRNNTBPEModel"),
        "must be of the model_type conformer, lstm, zipformer, zipformer2, got 'EncDecRNNTBPEM",
    ),
    "a chunk that is no number": (
        lambda folder: write_transducer(folder, T="many"),
        r"encoder\.onnx: T must be a whole number, got 'many'",
    ),
    "tokens of another model": (
        with_file("tokens.txt", b"<blk> 0\n"),
        r"tokens\.txt belongs to another model: it has 1 tokens, and the model has 3",
    ),
    "no numbers of tokens": (
        with_file("tokens.txt", b"<blk> 0\nlow high 1\n"),
        r"tokens\.txt, line 2: must be a token and its number, got 'low high 1'",
    ),
    "a CTC model without a blank": (
        lambda folder: (write_ctc(folder) / "tokens.txt").write_bytes(TOKENS_OF_CTC),
        r"tokens\.txt must contain one of <blank>, <blk>, <eps>",
    ),
}


@pytest.mark.parametrize("name", list(WRONG_MODELS))
async def test_the_error_names_what_is_wrong_with_a_model(tmp_path: Path, name: str) -> None:
    change, problem = WRONG_MODELS[name]
    change(tmp_path)
    with pytest.raises(EngineError, match=problem) as caught:
        await SherpaEngine(model=tmp_path).start()
    assert "\n" not in str(caught.value)


async def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="gone cannot be read: No such file"):
        await SherpaEngine(model=tmp_path / "gone").start()


def test_the_engine_needs_a_model() -> None:
    with pytest.raises(ConfigError, match="model: the engine sherpa needs the folder of a model"):
        create_engine("sherpa")


def test_a_model_without_a_language_counts_as_english_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert SherpaEngine(model=tmp_path / "mine").language == "en"
    assert "so en is assumed: write the code of the language into the file" in caplog.text


def test_a_language_that_is_known_is_used_without_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert SherpaEngine(model=tmp_path / "streaming-zipformer-de-kroko").language == "de"
    assert caplog.text == ""


def test_the_server_does_not_import_the_library() -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from wyoming_bridge.local.engines.registry import create_engine\n"
        "create_engine('sherpa', model=Path('models'))\n"
        "print('sherpa_onnx' in sys.modules)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=PATIENCE_S
    )
    assert done.stdout == b"False\n"
