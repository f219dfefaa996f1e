"""The language of a model in a user's folder: from a file in it, or from its name."""

from pathlib import Path

import pytest

from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.local.engines.moonshine.engine import MoonshineEngine
from wyoming_bridge.local.models import LANGUAGE_FILE, language_of


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("sherpa-onnx-streaming-zipformer-fr-2023-04-14", "fr"),
        ("sherpa-onnx-streaming-zipformer-de-kroko-2025-08-06", "de"),
        ("sherpa-onnx-streaming-zipformer-small-ru-vosk-int8-2025-08-16", "ru"),
        ("base-es", "es"),
        ("NL", "nl"),
        ("sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20", None),
        ("sherpa-onnx-streaming-zipformer-ar_en_id_ja_ru_th_vi_zh-2025-02-10", None),
        ("sherpa-onnx-streaming-zipformer-korean-2024-06-16", None),
        ("my-model", None),
        ("", None),
    ],
)
def test_a_folder_whose_name_has_one_code_has_that_language(
    tmp_path: Path, name: str, language: str | None
) -> None:
    assert language_of(tmp_path / "pt-PT" / name if name else Path()) == language


def test_the_file_in_the_folder_decides(tmp_path: Path) -> None:
    folder = tmp_path / "base-es"
    folder.mkdir()
    (folder / LANGUAGE_FILE).write_text("NL\n", "utf-8")
    assert language_of(folder) == "nl"
    assert MoonshineEngine(model=folder).language == "nl"


@pytest.mark.parametrize("content", ["", "Dutch", "nl-NL", "n", "nl en", "nl" * 1000])
def test_a_file_without_a_code_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / LANGUAGE_FILE).write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=r"language\.txt must contain a language code such as nl"):
        language_of(tmp_path)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / LANGUAGE_FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"language\.txt cannot be read"):
        language_of(tmp_path)


@pytest.mark.parametrize(
    ("engine", "model", "languages"),
    [
        ("sherpa", "models/tiny-nl", ("nl",)),
        ("sherpa", "models/tiny", ("en",)),
        ("moonshine", "models/base-ja", ("ja",)),
        ("moonshine", None, ("en",)),
        ("scripted", None, ("en",)),
    ],
)
def test_a_profile_has_the_language_of_its_model(
    engine: str, model: str | None, languages: tuple[str, ...]
) -> None:
    profile = Profile(name="mine", backend=LocalBackend(engine=engine, model=model))
    assert profile.languages == languages


def test_a_profile_whose_engine_is_found_by_its_model_has_the_language_of_the_model(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "base-uk"
    folder.mkdir()
    for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"):
        (folder / name).touch()
    profile = Profile(name="mine", backend=LocalBackend(engine="auto", model=str(folder)))
    assert profile.languages == ("uk",)
