"""Which engine of the local server is created, and what is missing if it cannot start."""

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from engines import a_final, created
from patience import PATIENCE_S
from recorded import recorded
from tiny_models import write_transducer
from tiny_moonshine import write_streaming
from wyoming_bridge.config.engines import languages_of, title_of
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.local.engine import EngineError
from wyoming_bridge.local.engines.registry import ENGINES, create_engine, engine_named
from wyoming_bridge.local.engines.scripted import scripted_words

pytestmark = pytest.mark.once

SOMETHING = recorded("something")


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


@pytest.mark.parametrize("name", list(ENGINES))
def test_an_engine_is_created_by_its_name(name: str, engine_models: dict[str, Path]) -> None:
    engine = created(name, engine_models)
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
async def test_the_error_names_what_moonshine_lacks_and_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, missing: str, advice: str
) -> None:
    hide(monkeypatch, missing)
    with pytest.raises(EngineError, match=advice):
        await create_engine("moonshine").start()


def test_without_any_engine_auto_is_the_one_whose_error_says_what_to_install(
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
    engine_models: dict[str, Path], kind: str, engine: str
) -> None:
    assert create_engine("auto", model=engine_models[kind]).name == engine
    assert languages_of("auto", str(engine_models[kind])) == ("en",)
    assert title_of("auto", str(engine_models[kind])) == ENGINES[engine].title


def test_auto_with_a_model_does_not_need_the_model_of_moonshine(
    monkeypatch: pytest.MonkeyPatch, engine_models: dict[str, Path]
) -> None:
    hide(monkeypatch, "moonshine-voice")
    assert create_engine("auto", model=engine_models["moonshine-streaming"]).name == "moonshine"


async def test_auto_names_the_library_that_the_model_needs(
    monkeypatch: pytest.MonkeyPatch, engine_models: dict[str, Path]
) -> None:
    hide(monkeypatch, "sherpa_onnx")
    with pytest.raises(EngineError, match=r"not installed: pip install 'wyoming-bridge\[sherpa\]'"):
        await create_engine("auto", model=engine_models["sherpa"]).start()


def test_a_folder_that_no_engine_can_load_is_an_error_that_names_the_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        create_engine("auto", model=tmp_path)
    assert str(raised.value) == (
        f"model: no engine finds its files in {tmp_path}. moonshine: a model has "
        "encoder_model.ort, decoder_model_merged.ort and tokenizer.bin, a streaming model has "
        "frontend*.ort, streaming_config.json, encoder.ort, adapter.ort, cross_kv.ort, "
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


async def test_files_that_are_not_a_model_are_an_error_of_one_line(tmp_path: Path) -> None:
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

    await a_final(engine, SOMETHING)

    assert loop.time() >= began + 0.05
    await engine.close()


@pytest.mark.parametrize("name", list(ENGINES))
async def test_an_engine_that_was_not_started_refuses_voices(
    name: str, engine_models: dict[str, Path]
) -> None:
    with pytest.raises(EngineError, match="not running"):
        await created(name, engine_models).open()


async def test_moonshine_sends_no_words_because_it_does_not_know_their_times() -> None:
    engine = create_engine("moonshine")
    await engine.start()
    final = await a_final(engine, recorded("goforward"))
    assert (final.text, final.words) == ("Go forward ten meters.", ())
    await engine.close()


async def test_the_scripted_engine_gives_the_words_of_the_pure_function() -> None:
    engine = create_engine("scripted")
    await engine.start()
    assert (await a_final(engine, SOMETHING)).text.split() == scripted_words(SOMETHING)


def test_the_server_imports_neither_the_library_of_moonshine_nor_numpy() -> None:
    script = (
        "import sys\n"
        "from wyoming_bridge.local.engines.registry import create_engine\n"
        "create_engine('moonshine')\n"
        "print({'onnxruntime', 'numpy'} & set(sys.modules))\n"
    )
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=PATIENCE_S
    )
    assert done.stdout == b"set()\n"
