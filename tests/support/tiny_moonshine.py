"""A streaming model of Moonshine with a handful of parameters.

The model writes two words for any sound. The first word is ``Low`` or ``High``, depending on the
pitch of the first half of the audio. The second word is ``low`` or ``high``, depending on the pitch
of the second half.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from tiny_models import constant, save, tensor

FRAME = 320
"""20 ms."""

WORDS = (("Low", "High"), ("low", "high"))
"""The words that are possible at each of the two places of a text."""

SPACE = "\u2581"

TOKENS = [b"<unk>", b"<s>", b"</s>", *(bytes((byte,)) for byte in range(256)), SPACE.encode()]
TOKENS += [
    (SPACE + word[:size]).encode()
    for word in (word for pair in WORDS for word in pair)
    for size in range(1, len(word) + 1)
]
EOS = 2

CONFIG = {
    "encoder_dim": 2,
    "decoder_dim": 2,
    "depth": 1,
    "nheads": 1,
    "head_dim": 2,
    "vocab_size": len(TOKENS),
    "bos_id": 1,
    "eos_id": EOS,
    "frame_len": 80,
    "total_lookahead": 0,
    "d_model_frontend": 2,
    "c1": 3,
    "c2": 2,
}

LOUD = 0.01
"""Audio counts as sound if the mean of its samples is at least this."""

PITCH = 0.5
"""A sound is high if two neighbouring samples differ by more than this part of their mean."""


def write_streaming(folder: Path, *, is_split: bool = False, **config: object) -> Path:
    """Write a model, and return the folder. ``is_split`` writes the frontend as two files."""
    folder.mkdir(parents=True, exist_ok=True)
    write_frontend(folder, is_split=is_split)
    write_network(
        folder / "encoder.ort",
        [helper.make_node("Identity", ["features"], ["encoded"])],
        inputs=[tensor("features", 1, "frames", 2)],
        outputs=[tensor("encoded", 1, "frames", 2)],
    )
    write_network(
        folder / "adapter.ort",
        [
            helper.make_node("Cast", ["pos_offset"], ["offset"], to=TensorProto.FLOAT),
            helper.make_node("Add", ["encoded", "offset"], ["memory"]),
        ],
        inputs=[tensor("encoded", 1, "frames", 2), tensor("pos_offset", 1, kind=TensorProto.INT64)],
        outputs=[tensor("memory", 1, "frames", 2)],
    )
    write_network(
        folder / "cross_kv.ort",
        [
            helper.make_node("Reshape", ["memory", "shape"], ["k_cross"]),
            helper.make_node("Identity", ["k_cross"], ["v_cross"]),
        ],
        inputs=[tensor("memory", 1, "frames", 2)],
        outputs=[tensor("k_cross", 1, 1, 1, "frames", 2), tensor("v_cross", 1, 1, 1, "frames", 2)],
        constants=[constant("shape", [1, 1, 1, -1, 2])],
    )
    write_decoder(folder / "decoder_kv.ort")
    (folder / "streaming_config.json").write_text(json.dumps({**CONFIG, **config}))
    vocabulary = b"".join(bytes((len(token),)) + token for token in TOKENS)
    (folder / "tokenizer.bin").write_bytes(vocabulary)
    return folder


def write_network(
    path: Path,
    nodes: list[onnx.NodeProto],
    *,
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: list[onnx.TensorProto] | None = None,
) -> None:
    save(path, nodes=nodes, inputs=inputs, outputs=outputs, constants=constants or [], metadata={})


def write_frontend(folder: Path, *, is_split: bool) -> None:
    """Write a frontend. Its features are the mean of the samples, and of their differences.

    The difference of a chunk's first sample needs the last sample of the chunk before, which is in
    ``sample_buffer``.
    """
    gain = constant("gain", np.array([1.0], np.float32))
    nodes = [
        helper.make_node("Mul", ["audio_chunk", "gain"], ["chunk"]),
        helper.make_node("Concat", ["sample_buffer", "chunk"], ["all"], axis=1),
        helper.make_node("Slice", ["all", "end_79", "end", "axis"], ["sample_buffer_out"]),
        helper.make_node("Slice", ["all", "start_78", "minus_1", "axis"], ["before"]),
        helper.make_node("Sub", ["chunk", "before"], ["differences"]),
    ]
    for name, out in (("chunk", "level"), ("differences", "change")):
        nodes += [
            helper.make_node("Abs", [name], [f"{name}_size"]),
            helper.make_node("Reshape", [f"{name}_size", "frames"], [f"{name}_frames"]),
            helper.make_node("ReduceMean", [f"{name}_frames"], [out], axes=[2], keepdims=1),
        ]
    nodes += [
        helper.make_node("Concat", ["level", "change"], ["features"], axis=2),
        *(
            helper.make_node("Identity", [name], [f"{name}_out"])
            for name in ("sample_len", "conv1_buffer", "conv2_buffer", "frame_count")
        ),
    ]
    buffers = {
        "sample_buffer": ((1, 79), TensorProto.FLOAT),
        "sample_len": ((1,), TensorProto.INT64),
        "conv1_buffer": ((1, 2, 4), TensorProto.FLOAT),
        "conv2_buffer": ((1, 3, 4), TensorProto.FLOAT),
        "frame_count": ((1,), TensorProto.INT64),
    }
    inputs = [tensor("audio_chunk", 1, "samples")]
    inputs += [tensor(name, *shape, kind=kind) for name, (shape, kind) in buffers.items()]
    outputs = [tensor("features", 1, "new", 2)]
    outputs += [tensor(f"{name}_out", *shape, kind=kind) for name, (shape, kind) in buffers.items()]
    constants = [
        constant("end_79", [-79]),
        constant("end", [np.iinfo(np.int64).max]),
        constant("start_78", [78]),
        constant("minus_1", [-1]),
        constant("axis", [1]),
        constant("frames", [1, -1, FRAME]),
    ]
    graph = folder / ("frontend.model.ort" if is_split else "frontend.ort")
    write_network(
        graph,
        nodes,
        inputs=[*inputs, tensor("gain", 1)] if is_split else inputs,
        outputs=outputs,
        constants=constants if is_split else [*constants, gain],
    )
    if is_split:
        write_network(
            folder / "frontend.weights.ort",
            [helper.make_node("Identity", ["stored"], ["gain"])],
            inputs=[],
            outputs=[tensor("gain", 1)],
            constants=[constant("stored", np.array([1.0], np.float32))],
        )


def write_decoder(path: Path) -> None:
    """Write a decoder with a row of logits for each place in the text: two words, and the end."""
    weights = np.zeros((3, 2, len(TOKENS)), np.float32)
    bias = np.full((3, 1, len(TOKENS)), -1.0, np.float32)
    for place, (low, high) in enumerate(WORDS):
        for word, sign in ((low, -1), (high, 1)):
            token = TOKENS.index((SPACE + word).encode())
            weights[place, :, token] = 100, sign * 100
            weights[place, 0, token] -= sign * 100 * PITCH
            bias[place, 0, token] = 0
    bias[:, 0, EOS] = LOUD * 100
    bias[2, 0, EOS] = 100
    nodes = [
        helper.make_node("Reshape", ["out_k_cross", "halves"], ["split"]),
        helper.make_node("ReduceMean", ["split"], ["two_means"], axes=[1], keepdims=1),
        helper.make_node("Concat", ["two_means", "nothing"], ["means"], axis=0),
        helper.make_node("MatMul", ["means", "weights"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["three_rows"]),
        helper.make_node("Squeeze", ["three_rows", "axis_1"], ["rows"]),
        # The place of each new token is the number of tokens before it, counting those in the
        # cache.
        helper.make_node("Cast", ["token"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["number", "as_keys"], ["column"]),
        helper.make_node("Concat", ["column", "column"], ["new"], axis=4),
        helper.make_node("Concat", ["k_self", "new"], ["out_k_self"], axis=3),
        helper.make_node("Concat", ["v_self", "new"], ["out_v_self"], axis=3),
        helper.make_node("Shape", ["out_k_self"], ["long_shape"]),
        helper.make_node("Gather", ["long_shape", "three"], ["after"]),
        helper.make_node("Shape", ["k_self"], ["short_shape"]),
        helper.make_node("Gather", ["short_shape", "three"], ["first"]),
        helper.make_node("Range", ["first", "after", "one"], ["places"]),
        helper.make_node("Min", ["places", "two"], ["known_places"]),
        helper.make_node("Gather", ["rows", "known_places"], ["chosen"], axis=0),
        helper.make_node("Unsqueeze", ["chosen", "axis_0"], ["logits"]),
    ]
    cache, cross = (1, 1, 1, "tokens", 2), (1, 1, 1, "frames", 2)
    write_network(
        path,
        nodes,
        inputs=[
            tensor("token", 1, "new_tokens", kind=TensorProto.INT64),
            tensor("k_self", *cache),
            tensor("v_self", *cache),
            tensor("out_k_cross", *cross),
            tensor("out_v_cross", *cross),
        ],
        outputs=[
            tensor("logits", 1, "new_tokens", len(TOKENS)),
            tensor("out_k_self", 1, 1, 1, "all_tokens", 2),
            tensor("out_v_self", 1, 1, 1, "all_tokens", 2),
        ],
        constants=[
            constant("halves", [2, -1, 2]),
            constant("nothing", np.zeros((1, 1, 2), np.float32)),
            constant("weights", weights),
            constant("bias", bias),
            constant("as_keys", [1, 1, 1, -1, 1]),
            constant("axis_0", [0]),
            constant("axis_1", [1]),
            constant("one", np.int64(1)),
            constant("two", np.int64(2)),
            constant("three", np.int64(3)),
        ],
    )
