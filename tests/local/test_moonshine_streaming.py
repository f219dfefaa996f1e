"""Moonshine's streaming models: which files they need, and what a tiny one of them recognises.

The authors' own library (moonshine-voice 0.0.73) loads the tiny model too, and writes the same
texts for the same audio.
"""

import json
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import helper

from recognised import results_of
from recorded import recorded
from tiny_models import HIGH, LOW, tensor
from tiny_moonshine import CONFIG, write_network, write_streaming
from wyoming_bridge.local.engine import EngineError
from wyoming_bridge.local.engines.moonshine.engine import MoonshineEngine
from wyoming_bridge.local.engines.moonshine.files import MergedFiles, StreamingFiles, find_files
from wyoming_bridge.local.engines.moonshine.model import Model
from wyoming_bridge.local.models import ModelError, find_model

pytestmark = pytest.mark.once

FILES = (
    *("streaming_config.json", "frontend.ort", "encoder.ort", "adapter.ort", "cross_kv.ort"),
    *("decoder_kv.ort", "tokenizer.bin"),
)


@pytest.fixture(params=[False, True], ids=["whole frontend", "split frontend"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Model:
    return Model(find_files(write_streaming(tmp_path, is_split=request.param)), threads=1)


@pytest.mark.parametrize(
    ("pcm", "text"),
    [
        (LOW * 6, "Low low"),
        (HIGH * 6, "High high"),
        (LOW * 3 + HIGH * 3, "Low high"),
        (HIGH * 3 + LOW * 3, "High low"),
        (bytes(32_000), ""),
    ],
)
def test_known_audio_has_known_words(model: Model, pcm: bytes, text: str) -> None:
    assert model.decode(model.encode(pcm)).text == text


@pytest.mark.parametrize(
    ("pcm", "said"),
    [(LOW * 6, "low low"), (LOW * 3 + HIGH * 3, "low high"), (HIGH * 6, "high high")],
)
def test_the_sentence_that_was_said_has_the_best_score(model: Model, pcm: bytes, said: str) -> None:
    sentences = ["low low", "low high", "high low", "high high"]
    scores = model.score(model.encode(pcm), sentences)
    assert max(zip(scores, sentences, strict=True))[1] == said
    assert {tokens for _, tokens in scores} == {2}


def test_the_frontend_gets_its_buffers_back_with_each_chunk(tmp_path: Path) -> None:
    """The features of a chunk need samples of the chunk before, and would change without them."""
    model = Model(find_files(write_streaming(tmp_path)), threads=1)
    steady = b"\x00\x20" * 1280 * 4  # a constant has no differences between samples
    states = model.encode(steady).states
    assert states[0, 0, 1] > 0  # only the first sample differs from the silence before it
    assert not states[0, 1:16, 1].any()


async def test_the_engine_recognises_speech_with_a_streaming_model(tmp_path: Path) -> None:
    engine = MoonshineEngine(model=write_streaming(tmp_path / "small-streaming-es"), max_voices=2)
    await engine.start()
    try:
        partials, final = await results_of(await engine.open(), recorded("something"))
        (score, other) = await engine.score(recorded("something"), [final.text, "low low"])
    finally:
        await engine.close()
    assert engine.language == "es"
    assert final.text.lower().split()[0] in {"low", "high"}
    assert partials
    assert score.log_probability >= other.log_probability


@pytest.mark.parametrize("missing", FILES)
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    (write_streaming(tmp_path) / missing).unlink()
    with pytest.raises(ModelError, match=f"must have a file {missing}: a model has encoder_model"):
        find_files(tmp_path)


@pytest.mark.parametrize("missing", ["frontend.model.ort", "frontend.weights.ort"])
def test_a_missing_half_of_the_frontend_is_named(tmp_path: Path, missing: str) -> None:
    (write_streaming(tmp_path, is_split=True) / missing).unlink()
    with pytest.raises(ModelError, match=f"must have a file {missing}: ") as raised:
        find_files(tmp_path)
    assert (
        " a streaming model has frontend.ort, or frontend.model.ort and frontend.weights.ort, and "
        "also streaming_config.json, encoder.ort,"
    ) in str(raised.value)


def test_the_kinds_of_models_are_told_apart_by_their_files(tmp_path: Path) -> None:
    assert isinstance(find_files(write_streaming(tmp_path)), StreamingFiles)
    assert isinstance(find_files(find_model("moonshine-tiny-en")), MergedFiles)


def with_config(text: str) -> Callable[[Path], object]:
    return lambda folder: (write_streaming(folder) / "streaming_config.json").write_text(text)


def with_encoder(input_name: str, output_name: str) -> Callable[[Path], object]:
    return lambda folder: write_network(
        write_streaming(folder) / "encoder.ort",
        [helper.make_node("Identity", [input_name], [output_name])],
        inputs=[tensor(input_name, 1, "frames", 2)],
        outputs=[tensor(output_name, 1, "frames", 2)],
    )


def without_weights(folder: Path) -> None:
    """Write a split frontend whose weights have another name than the graph expects."""
    write_streaming(folder, is_split=True)
    weights = onnx.load(folder / "frontend.weights.ort")
    weights.graph.node[0].output[0] = weights.graph.output[0].name = "loss"
    onnx.save(weights, folder / "frontend.weights.ort")


WRONG_MODELS = {
    "no JSON": (with_config("{"), r"streaming_config\.json is not JSON: "),
    "no object": (with_config("[]"), r"streaming_config\.json must be a JSON object"),
    "no size": (
        with_config(json.dumps({**CONFIG, "nheads": None})),
        r"streaming_config\.json: nheads must be a whole number from 1 to 65536, got None",
    ),
    "a size that is too large": (
        with_config(json.dumps({**CONFIG, "c1": 1 << 40})),
        r"streaming_config\.json: c1 must be a whole number from 1 to 65536, got 1099511627776",
    ),
    "other tokens": (
        with_config(json.dumps({**CONFIG, "eos_id": 3})),
        r"streaming_config\.json: eos_id must be 2, got 3",
    ),
    "no network": (
        lambda folder: (write_streaming(folder) / "adapter.ort").write_bytes(b"nonsense"),
        r"ValueError: adapter\.ort: ",
    ),
    "another input": (
        with_encoder("sound", "encoded"),
        r"encoder\.ort is not a part of a streaming model .* features .* encoded, got sound and",
    ),
    "another output": (
        with_encoder("features", "states"),
        r"encoder\.ort is not a part of a streaming model .* got features and states",
    ),
    "weights of another frontend": (
        without_weights,
        r"frontend\.model\.ort is not a part of a streaming model .* loss and the outputs features",
    ),
}


@pytest.mark.parametrize("name", list(WRONG_MODELS))
async def test_a_wrong_model_is_an_error_of_one_line(tmp_path: Path, name: str) -> None:
    write, message = WRONG_MODELS[name]
    write(tmp_path)
    engine = MoonshineEngine(model=tmp_path)
    with pytest.raises(EngineError, match=message) as raised:
        await engine.start()
    assert "\n" not in str(raised.value)
