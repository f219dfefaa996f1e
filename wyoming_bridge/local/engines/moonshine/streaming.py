"""The networks of a streaming model of Moonshine.

Source of the format: ``core/moonshine-streaming-model.cpp`` in
https://github.com/moonshine-ai/moonshine, which reads the same files with the same inputs, outputs
and first states. ``core/moonshine-tts/src/split-weights.h`` in the same repository describes
``frontend.weights.ort``.

- The *frontend* takes chunks of samples, and returns a frame of features per 20 ms. Its buffers go
  from each chunk to the next.
- The *encoder* takes features. The *adapter* converts its frames for the decoder.
- *cross_kv* computes the decoder's keys and values of all frames. *decoder_kv* takes tokens and
  the keys and values of the tokens so far, and returns logits.

Each piece of speech is encoded as a whole, and not while it is spoken. The encoder's attention
reaches only a limited number of frames, so the result is the same.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime

from .files import StreamingFiles
from .networks import Encoded, Floats, Ids, load_session
from .tokenizer import BOS, EOS

__all__ = ["StreamingNetworks"]

CHUNK_SAMPLES: Final = 1280
"""80 ms. The authors' ``core/transcriber.cpp`` feeds the frontend in chunks of this length."""

BUFFERED_SAMPLES: Final = 79
"""The length of the frontend's buffer of samples: one less than its window of 5 ms."""

BUFFERED_FRAMES: Final = 4
"""The length of the buffers before the two convolutions of the frontend."""

_BUFFERS: Final = ("sample_buffer", "sample_len", "conv1_buffer", "conv2_buffer", "frame_count")
"""The frontend's inputs with its state. The outputs have the same names with ``_out``."""

_MOST: Final = 1 << 16
"""No number in the configuration is larger. The largest is the size of the vocabulary, 32768."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sizes:
    """The sizes of a model, by their names in ``streaming_config.json``."""

    depth: int
    nheads: int
    head_dim: int
    d_model_frontend: int
    c1: int


class StreamingNetworks:
    """The five networks of a streaming model."""

    def __init__(self, files: StreamingFiles, *, threads: int) -> None:
        """Load the networks. ``threads`` compute one step together.

        Raises:
            OSError: A file cannot be read.
            ValueError: A file does not belong to a streaming model of Moonshine.
        """
        self._sizes = _read_sizes(files.config)
        self._weights = _read_weights(files.frontend_weights, threads)
        self._frontend = _load(
            files.frontend, threads, ("audio_chunk", *_BUFFERS, *self._weights), "features"
        )
        self._encoder = _load(files.encoder, threads, ("features",), "encoded")
        self._adapter = _load(files.adapter, threads, ("encoded", "pos_offset"), "memory")
        self._cross_kv = _load(files.cross_kv, threads, ("memory",), "k_cross", "v_cross")
        self._decoder = _load(
            files.decoder_kv,
            threads,
            ("token", "k_self", "v_self", "out_k_cross", "out_v_cross"),
            *("logits", "out_k_self", "out_v_self"),
        )

    def encode(self, samples: Floats) -> Encoded:
        """Encode audio at 16 kHz, from -1 to 1."""
        chunks = np.pad(samples, (0, -samples.size % CHUNK_SAMPLES)).reshape(-1, 1, CHUNK_SAMPLES)
        buffers = self._first_buffers()
        features = []
        for chunk in chunks:
            outputs = ("features", *(f"{name}_out" for name in _BUFFERS))
            some, *state = self._frontend.run(
                outputs, {"audio_chunk": chunk, **buffers, **self._weights}
            )
            buffers = dict(zip(_BUFFERS, state, strict=True))
            features.append(some)
        (encoded,) = self._encoder.run(["encoded"], {"features": np.concatenate(features, axis=1)})
        (memory,) = self._adapter.run(
            ["memory"], {"encoded": encoded, "pos_offset": np.zeros(1, np.int64)}
        )
        return Encoded(states=memory, samples=samples.size)

    def decoding(self, encoded: Encoded) -> Callable[[int], Floats]:
        """Begin a text. Return a function that takes its next token and predicts the following."""
        cross = self._cross(encoded)
        keys = values = self._no_tokens()

        def step(token: int) -> Floats:
            nonlocal keys, values
            logits, keys, values = self._decode(np.array([[token]]), keys, values, cross)
            last: Floats = logits[0, -1]
            return last

        return step

    def logits(self, encoded: Encoded, ids: Ids) -> Floats:
        """Return the logits after each token of the texts in the rows of ``ids``."""
        # The networks take one text at a time.
        cross, nothing = self._cross(encoded), self._no_tokens()
        rows = [self._decode(row[None], nothing, nothing, cross)[0] for row in ids]
        return np.concatenate(rows)

    def _decode(
        self, ids: Ids, keys: Floats, values: Floats, cross: dict[str, Floats]
    ) -> tuple[Floats, Floats, Floats]:
        inputs = {"token": ids, "k_self": keys, "v_self": values, **cross}
        logits, keys, values = self._decoder.run(["logits", "out_k_self", "out_v_self"], inputs)
        return logits, keys, values

    def _cross(self, encoded: Encoded) -> dict[str, Floats]:
        keys, values = self._cross_kv.run(["k_cross", "v_cross"], {"memory": encoded.states})
        return {"out_k_cross": keys, "out_v_cross": values}

    def _first_buffers(self) -> dict[str, Floats | Ids]:
        sizes = self._sizes
        return {
            "sample_buffer": np.zeros((1, BUFFERED_SAMPLES), np.float32),
            "sample_len": np.zeros(1, np.int64),
            "conv1_buffer": np.zeros((1, sizes.d_model_frontend, BUFFERED_FRAMES), np.float32),
            "conv2_buffer": np.zeros((1, sizes.c1, BUFFERED_FRAMES), np.float32),
            "frame_count": np.zeros(1, np.int64),
        }

    def _no_tokens(self) -> Floats:
        sizes = self._sizes
        return np.zeros((sizes.depth, 1, sizes.nheads, 0, sizes.head_dim), np.float32)


def _read_sizes(path: Path) -> _Sizes:
    try:
        config = json.loads(path.read_text("utf-8"))
    except ValueError as err:
        raise ValueError(f"{path.name} is not JSON: {err}") from err
    if not isinstance(config, dict):
        raise ValueError(f"{path.name} must be a JSON object")  # noqa: TRY004 - the content of a file is wrong
    for name, token in (("bos_id", BOS), ("eos_id", EOS)):
        if _number(config, name, path) != token:
            raise ValueError(f"{path.name}: {name} must be {token}, got {config[name]}")
    return _Sizes(
        depth=_number(config, "depth", path),
        nheads=_number(config, "nheads", path),
        head_dim=_number(config, "head_dim", path),
        d_model_frontend=_number(config, "d_model_frontend", path),
        c1=_number(config, "c1", path),
    )


def _number(config: dict[str, object], name: str, path: Path) -> int:
    number = config.get(name)
    if not isinstance(number, int) or not 0 < number <= _MOST:
        raise ValueError(
            f"{path.name}: {name} must be a whole number from 1 to {_MOST}, got {number!r}"
        )
    return number


def _read_weights(path: Path | None, threads: int) -> dict[str, Floats]:
    """Return the frontend's weights, by name; empty if the frontend's only file has them."""
    if path is None:
        return {}
    session = load_session(path, threads)
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, {}), strict=True))


def _load(
    path: Path, threads: int, inputs: tuple[str, ...], *outputs: str
) -> onnxruntime.InferenceSession:
    """Load a network that must have exactly these inputs, and at least these outputs."""
    session = load_session(path, threads)
    has = {each.name for each in session.get_inputs()}
    gives = {each.name for each in session.get_outputs()}
    if has != set(inputs) or not gives >= set(outputs):
        raise ValueError(
            f"{path.name} is not a part of a streaming model of Moonshine: it must have the inputs "
            f"{', '.join(inputs)} and the outputs {', '.join(outputs)}, got "
            f"{', '.join(sorted(has))} and {', '.join(sorted(gives))}"
        )
    return session
