"""Streaming models for sherpa-onnx with a handful of parameters.

The models write ``low`` while frequencies up to 1 kHz are louder than higher ones, and ``high``
while the higher ones are louder. The transducer never writes the same word twice in a row. The CTC
model does so only after silence. The voice detector reports speech for ``LOW`` and ``HIGH``.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CHUNK = {"T": 20, "decode_chunk_len": 16}
TOKENS = "<blk> 0\n▁low 1\n▁high 2\n"
BINS = 80
SILENCE_LEVEL = -9.0
"""A chunk is silent if the mean logarithm of the energy is below this in both halves of the bins.
Digital silence has -16."""

CTC_METADATA = {
    **CHUNK,
    "model_type": "zipformer2",
    "num_encoder_layers": 0,
    "encoder_dims": 4,
    "query_head_dims": 1,
    "value_head_dims": 1,
    "num_heads": 1,
    "cnn_module_kernels": 2,
    "left_context_len": 1,
}
ENCODER_METADATA = {
    **CHUNK,
    "model_type": "lstm",
    "num_encoder_layers": 1,
    "rnn_hidden_size": 1,
    "d_model": 1,
}
DECODER_METADATA = {"vocab_size": 3, "context_size": 2}


def spoken(
    vowel: tuple[int, ...], other: tuple[int, ...], *, slope: float, seconds: float = 0.4
) -> bytes:
    """Return a voice that glides from one vowel to another and back, as 16 kHz mono s16le.

    The vowels are frequencies of formants in Hz. Higher frequencies are louder with a ``slope``
    above 0.
    """
    done = np.arange(int(16000 * seconds)) / (16000 * seconds)
    glide = (1 - np.cos(2 * np.pi * done)) / 2
    pitch_hz = 110 + 40 * np.sin(np.pi * done)
    turns = 2 * np.pi * np.cumsum(pitch_hz) / 16000
    sound = np.zeros_like(done)
    for harmonic in range(1, 50):
        hz = harmonic * pitch_hz
        formants = [start + (end - start) * glide for start, end in zip(vowel, other, strict=True)]
        gain = sum(1 / (1 + ((hz - formant) / 90) ** 2) for formant in formants)
        sound += gain * (hz / 1000) ** slope * np.sin(harmonic * turns)
    sound *= np.minimum(1, 30 * np.minimum(done, 1 - done)) * (0.6 + 0.4 * glide)
    return (8000 * sound / np.abs(sound).max()).round().astype("<i2").tobytes()


LOW = spoken((300, 900), (750, 1100), slope=-1)
HIGH = spoken((300, 2300, 3000), (800, 1700, 3000), slope=2)
PAUSE = bytes(6400)


def tensor(name: str, *shape: int | str, kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name: str, values: object) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(values), name)


def kept(state: str) -> onnx.NodeProto:
    return helper.make_node("Identity", [state], [f"next_{state}"])


def save(
    path: Path,
    *,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: list[onnx.TensorProto],
    metadata: dict[str, object],
) -> None:
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {key: str(value) for key, value in metadata.items()})
    onnx.checker.check_model(model)
    onnx.save(model, path)


def loudness(out: str) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Return the nodes and constants that compute the logits of silence, low and high.

    The nodes compute one set of logits per four frames of a chunk.
    """
    weights = np.zeros((BINS, 3), np.float32)
    weights[: BINS // 2, 1] = weights[BINS // 2 :, 2] = 2 / BINS
    nodes = [
        helper.make_node("Slice", ["x", "begin", "length", "axis"], ["used"]),
        helper.make_node("Reshape", ["used", "fours"], ["grouped"]),
        helper.make_node("ReduceMean", ["grouped"], ["means"], axes=[2], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["product"]),
        helper.make_node("Add", ["product", "bias"], [out]),
    ]
    return nodes, [
        constant("begin", [0]),
        constant("length", [CHUNK["decode_chunk_len"]]),
        constant("axis", [1]),
        constant("fours", [0, CHUNK["decode_chunk_len"] // 4, 4, BINS]),
        constant("weights", weights),
        constant("bias", np.array([SILENCE_LEVEL, 0, 0], np.float32)),
    ]


def write_ctc(folder: Path, **metadata: object) -> Path:
    """Write a CTC model, and return the folder. A value of None is left out of the metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    nodes, constants = loudness("logits")
    save(
        folder / "model.onnx",
        nodes=[
            *nodes,
            helper.make_node("LogSoftmax", ["logits"], ["log_probs"], axis=2),
            kept("embed"),
            kept("processed"),
        ],
        inputs=[
            tensor("x", "N", CHUNK["T"], BINS),
            tensor("embed", "N", 128, 3, 19),
            tensor("processed", "N", kind=TensorProto.INT64),
        ],
        outputs=[
            tensor("log_probs", "N", CHUNK["decode_chunk_len"] // 4, 3),
            tensor("next_embed", "N", 128, 3, 19),
            tensor("next_processed", "N", kind=TensorProto.INT64),
        ],
        constants=constants,
        metadata=chosen(CTC_METADATA, metadata),
    )
    (folder / "tokens.txt").write_text(TOKENS, "utf-8")
    return folder


def write_transducer(folder: Path, **metadata: object) -> Path:
    """Write a transducer, and return the folder. A value of None is left out of the metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    nodes, constants = loudness("encoder_out")
    save(
        folder / "encoder.onnx",
        nodes=[*nodes, kept("h"), kept("c")],
        inputs=[tensor("x", "N", CHUNK["T"], BINS), tensor("h", 1, "N", 1), tensor("c", 1, "N", 1)],
        outputs=[
            tensor("encoder_out", "N", CHUNK["decode_chunk_len"] // 4, 3),
            tensor("next_h", 1, "N", 1),
            tensor("next_c", 1, "N", 1),
        ],
        constants=constants,
        metadata=chosen(ENCODER_METADATA, metadata),
    )
    save(
        folder / "decoder.onnx",
        nodes=[
            helper.make_node("Gather", ["y", "last"], ["token"], axis=1),
            helper.make_node("Gather", ["unlikely", "token"], ["decoder_out"], axis=0),
        ],
        inputs=[tensor("y", "N", 2, kind=TensorProto.INT64)],
        outputs=[tensor("decoder_out", "N", 3)],
        constants=[
            constant("last", 1),
            constant("unlikely", np.diag([0, -50, -50]).astype(np.float32)),
        ],
        metadata=DECODER_METADATA,
    )
    save(
        folder / "joiner.onnx",
        nodes=[helper.make_node("Add", ["encoder_out", "decoder_out"], ["logit"])],
        inputs=[tensor("encoder_out", "N", 3), tensor("decoder_out", "N", 3)],
        outputs=[tensor("logit", "N", 3)],
        constants=[],
        metadata={},
    )
    (folder / "tokens.txt").write_text(TOKENS, "utf-8")
    return folder


def chosen(usual: dict[str, object], changes: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in {**usual, **changes}.items() if value is not None}
