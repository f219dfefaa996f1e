"""The contract of an engine of the local server, tested with each engine."""

import asyncio
import importlib.util
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import pytest

from patience import PATIENCE_S
from recorded import recorded
from tiny_models import write_ctc, write_transducer
from tiny_moonshine import write_streaming
from wyoming_bridge.config.engines import languages_of, title_of
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.local.engine import Engine, EngineError, EngineResult, Voice
from wyoming_bridge.local.engines.registry import ENGINES, create_engine, engine_named
from wyoming_bridge.local.engines.scripted import scripted_words

pytestmark = pytest.mark.once

SILENCE = bytes(32000)


SOMETHING = recorded("something")
GOFORWARD = recorded("goforward")


def hide(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let a library or a distribution appear to be missing."""
    if name == "moonshine-voice":
        found = metadata.distribution

        def distribution(asked: str) -> metadata.Distribution:
            if asked == name:
                raise metadata.PackageNotFoundError(asked)
            return found(asked)

        monkeypatch.setattr(metadata, "distribution", distribution)
    else:
        find = importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda asked: None if asked == name else find(asked)
        )


def cut(pcm: bytes, size: int) -> list[bytes]:
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]


async def results_until(voice: Voice, finals: int) -> list[EngineResult]:
    """Return the results until this number of finals has arrived."""
    said: list[EngineResult] = []
    async with asyncio.timeout(PATIENCE_S), aclosing(voice.results()) as results:
        while finals:
            said.append(await anext(results))
            finals -= isinstance(said[-1], FinalText)
    return said


async def final_of(engine: Engine, *pieces: bytes) -> FinalText:
    """Return the final of a new voice after these pieces of audio."""
    voice = await engine.open()
    for piece in pieces:
        await voice.feed(piece)
    await voice.flush()
    said = await results_until(voice, 1)
    await voice.close()
    return said[-1]


KINDS = [*ENGINES, "sherpa-ctc", "moonshine-streaming"]
"""The engines. Those that load two kinds of models occur twice."""


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a small model for each engine that does not come with one."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "sherpa": write_transducer(folder / "tiny"),
        "sherpa-ctc": write_ctc(folder / "tiny-ctc"),
        "moonshine-streaming": write_streaming(folder / "tiny-streaming"),
    }


def created(kind: str, models: dict[str, Path]) -> Engine:
    return create_engine(kind.partition("-")[0], model=models.get(kind))


@pytest.fixture(params=KINDS)
async def engine(request: pytest.FixtureRequest, models: dict[str, Path]) -> AsyncIterator[Engine]:
    engine = created(request.param, models)
    await engine.start()
    yield engine
    await engine.close()


@pytest.mark.parametrize("name", list(ENGINES))
def test_an_engine_is_created_by_its_name(name: str, models: dict[str, Path]) -> None:
    engine = created(name, models)
    assert engine.name == name
    assert engine.language in ENGINES[name].languages


def test_an_unknown_engine_is_refused_with_the_known_names() -> None:
    with pytest.raises(
        ConfigError, match=r"'whisper'.*auto, moonshine, pocketsphinx, sherpa, scripted"
    ):
        create_engine("whisper")


def test_auto_is_moonshine_if_its_library_and_its_model_are_installed() -> None:
    assert create_engine("auto").name == engine_named("auto").name == "moonshine"


@pytest.mark.parametrize("missing", ["onnxruntime", "moonshine-voice"])
def test_auto_is_pocketsphinx_without_the_library_or_the_model(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    hide(monkeypatch, missing)
    assert create_engine("auto").name == "pocketsphinx"


@pytest.mark.parametrize(
    ("missing", "advice"),
    [
        ("onnxruntime", r"not installed: pip install 'wyoming-bridge\[ear\]'"),
        ("moonshine-voice", r"moonshine-tiny-en are not installed: pip install moonshine-voice=="),
    ],
)
async def test_what_moonshine_misses_is_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, missing: str, advice: str
) -> None:
    hide(monkeypatch, missing)
    with pytest.raises(EngineError, match=advice):
        await create_engine("moonshine").start()


def test_without_any_engine_auto_is_the_one_whose_error_tells_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hide(monkeypatch, "onnxruntime")
    hide(monkeypatch, "pocketsphinx")
    assert create_engine("auto").name == "pocketsphinx"


@pytest.mark.parametrize(
    ("kind", "engine"),
    [
        ("sherpa", "sherpa"),
        ("sherpa-ctc", "sherpa"),
        ("moonshine-streaming", "moonshine"),
    ],
)
def test_with_a_model_auto_is_the_engine_that_can_load_it(
    models: dict[str, Path], kind: str, engine: str
) -> None:
    assert create_engine("auto", model=models[kind]).name == engine
    assert languages_of("auto", str(models[kind])) == ("en",)
    assert title_of("auto", str(models[kind])) == ENGINES[engine].title


def test_auto_with_a_model_does_not_need_the_model_of_moonshine(
    monkeypatch: pytest.MonkeyPatch, models: dict[str, Path]
) -> None:
    hide(monkeypatch, "moonshine-voice")
    assert create_engine("auto", model=models["moonshine-streaming"]).name == "moonshine"


async def test_auto_names_the_library_that_the_model_needs(
    monkeypatch: pytest.MonkeyPatch, models: dict[str, Path]
) -> None:
    hide(monkeypatch, "sherpa_onnx")
    with pytest.raises(EngineError, match=r"not installed: pip install 'wyoming-bridge\[sherpa\]'"):
        await create_engine("auto", model=models["sherpa"]).start()


def test_a_folder_that_no_engine_can_load_is_an_error_that_names_the_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        create_engine("auto", model=tmp_path)
    assert str(raised.value) == (
        f"model: no engine finds its files in {tmp_path}. moonshine: a model has "
        "encoder_model.ort, decoder_model_merged.ort and tokenizer.bin, a streaming model has "
        "frontend.ort, streaming_config.json, encoder.ort, adapter.ort, cross_kv.ort, "
        "decoder_kv.ort and tokenizer.bin. sherpa: a transducer has encoder*.onnx, "
        "decoder*.onnx, joiner*.onnx and tokens.txt, a CTC model has model*.onnx or ctc*.onnx and "
        "tokens.txt"
    )


@pytest.mark.parametrize(
    ("write", "missing"), [(write_transducer, "joiner.onnx"), (write_streaming, "cross_kv.ort")]
)
def test_auto_names_the_file_that_is_missing_in_a_model(
    tmp_path: Path, write: Callable[[Path], Path], missing: str
) -> None:
    (write(tmp_path) / missing).unlink()
    with pytest.raises(ConfigError, match=f"^model: {tmp_path} .* {missing.partition('.')[0]}"):
        create_engine("auto", model=tmp_path)


def test_a_folder_that_does_not_exist_is_an_error_of_auto(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^model: .*gone cannot be read: No such file"):
        create_engine("auto", model=tmp_path / "gone")


def test_an_engine_with_a_fixed_model_refuses_another() -> None:
    with pytest.raises(
        ConfigError, match=r"model: the engine scripted does not.*: moonshine, sherpa"
    ):
        create_engine("scripted", model=Path("models"))


async def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"has no model: a model has encoder_model\.ort"):
        await create_engine("moonshine", model=tmp_path).start()


async def test_files_that_are_no_model_are_an_error_of_one_line(tmp_path: Path) -> None:
    for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"):
        (tmp_path / name).write_bytes(b"nonsense")
    with pytest.raises(EngineError, match=r"^moonshine cannot start: ValueError: the vocabulary"):
        await create_engine("moonshine", model=tmp_path).start()


def test_an_engine_that_cannot_delay_finals_refuses_a_delay() -> None:
    with pytest.raises(ConfigError, match="final_delay_ms: the engine pocketsphinx does not"):
        create_engine("pocketsphinx", final_delay_s=0.1)


async def test_the_scripted_engine_delays_its_finals() -> None:
    engine = create_engine("scripted", final_delay_s=0.05)
    await engine.start()
    loop = asyncio.get_running_loop()
    began = loop.time()

    await final_of(engine, SOMETHING)

    assert loop.time() >= began + 0.05
    await engine.close()


async def test_each_flush_is_answered_by_one_final_in_order(engine: Engine) -> None:
    voice = await engine.open()
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


async def test_a_flush_without_audio_is_answered_by_an_empty_final(engine: Engine) -> None:
    voice = await engine.open()
    await voice.flush()
    await voice.flush()
    empty = FinalText(text="", start_ms=0, end_ms=0)
    assert await results_until(voice, 2) == [empty, empty]


async def test_a_flush_directly_after_a_flush_is_empty(engine: Engine) -> None:
    voice = await engine.open()
    await voice.feed(SOMETHING)
    await voice.flush()
    await voice.flush()
    assert (await results_until(voice, 2))[-1] == FinalText(text="", start_ms=2998, end_ms=2998)


async def test_silence_gives_no_words(engine: Engine) -> None:
    assert await final_of(engine, SILENCE) == FinalText(text="", start_ms=0, end_ms=1000)


async def test_feeding_nothing_changes_nothing(engine: Engine) -> None:
    assert await final_of(engine, b"", SOMETHING, b"") == await final_of(engine, SOMETHING)


@pytest.mark.parametrize("size", [333, 1601, 65537])
async def test_pieces_of_any_size_give_the_same_words(engine: Engine, size: int) -> None:
    assert await final_of(engine, *cut(SOMETHING, size)) == await final_of(engine, SOMETHING)


async def test_half_a_sample_is_kept_across_a_flush(engine: Engine) -> None:
    voice = await engine.open()
    for piece in (SOMETHING[:1], SOMETHING[1:]):
        await voice.feed(piece)
        await voice.flush()
    first, *_, last = await results_until(voice, 2)
    assert first == FinalText(text="", start_ms=0, end_ms=0)
    assert last == await final_of(engine, SOMETHING)


async def test_half_a_sample_alone_is_ignored(engine: Engine) -> None:
    assert await final_of(engine, b"\x07") == FinalText(text="", start_ms=0, end_ms=0)


async def test_one_sample_is_audio(engine: Engine) -> None:
    assert (await final_of(engine, b"\x07\x07")).start_ms == 0


async def test_the_same_audio_always_has_the_same_result(engine: Engine) -> None:
    assert await final_of(engine, GOFORWARD) == await final_of(engine, GOFORWARD)


async def test_a_partial_is_sent_at_each_change_and_only_then(engine: Engine) -> None:
    voice = await engine.open()
    await voice.feed(SOMETHING)
    await voice.flush()
    *partials, _ = await results_until(voice, 1)
    assert {type(partial) for partial in partials} == {PartialText}
    assert all(before != after for before, after in pairwise(partials))
    assert {partial.stability for partial in partials} == {None}


async def test_moonshine_sends_no_words_because_it_does_not_know_their_times() -> None:
    engine = create_engine("moonshine")
    await engine.start()
    final = await final_of(engine, GOFORWARD)
    assert (final.text, final.words) == ("Go forward ten meters.", ())
    await engine.close()


async def test_words_lie_within_their_final_in_order(engine: Engine) -> None:
    voice = await engine.open()
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
    alone = [await final_of(engine, pcm) for pcm in pieces]
    voices = [await engine.open() for _ in pieces]
    for parts in zip(*(cut(pcm, 777) for pcm in pieces), strict=True):
        for voice, part in zip(voices, parts, strict=True):
            await voice.feed(part)
    await asyncio.gather(*(voice.flush() for voice in voices))
    said = await asyncio.gather(*(results_until(voice, 1) for voice in voices))
    assert [results[-1] for results in said] == alone


async def test_a_minute_of_audio_in_one_piece_is_recognised(engine: Engine) -> None:
    minute = await final_of(engine, SOMETHING + bytes(57 * 32000))
    alone = await final_of(engine, SOMETHING)
    assert minute.text.split()[:3] == alone.text.split()[:3]
    assert minute.end_ms == alone.end_ms + 57000


async def test_closing_a_voice_ends_its_results(engine: Engine) -> None:
    voice = await engine.open()
    await voice.feed(SOMETHING)
    listening = asyncio.create_task(anext(aiter(voice.results()), None), name="listening")
    await voice.close()
    async with asyncio.timeout(PATIENCE_S):
        assert await listening is None
    assert [said async for said in voice.results()] == []


async def test_closing_twice_is_allowed(engine: Engine) -> None:
    voice = await engine.open()
    await voice.close()
    await voice.close()
    await engine.close()
    await engine.close()


async def test_a_closed_voice_refuses_audio_and_flushes(engine: Engine) -> None:
    voice = await engine.open()
    await voice.close()
    with pytest.raises(EngineError, match="the voice is closed"):
        await voice.feed(SOMETHING)
    with pytest.raises(EngineError, match="the voice is closed"):
        await voice.flush()


async def test_closing_the_engine_ends_every_voice(engine: Engine) -> None:
    voice = await engine.open()
    await engine.close()
    with pytest.raises(EngineError, match="the voice is closed"):
        await voice.feed(SOMETHING)
    with pytest.raises(EngineError, match="not running"):
        await engine.open()


@pytest.mark.parametrize("name", list(ENGINES))
async def test_an_engine_that_was_not_started_refuses_voices(
    name: str, models: dict[str, Path]
) -> None:
    with pytest.raises(EngineError, match="not running"):
        await created(name, models).open()


async def test_an_engine_can_be_started_again(engine: Engine) -> None:
    await engine.start()
    await engine.close()
    await engine.start()
    assert (await final_of(engine, SOMETHING)).text


async def test_the_scripted_engine_gives_the_words_of_the_pure_function() -> None:
    engine = create_engine("scripted")
    await engine.start()
    assert (await final_of(engine, SOMETHING)).text.split() == scripted_words(SOMETHING)
