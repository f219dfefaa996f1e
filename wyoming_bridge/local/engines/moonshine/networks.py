"""The networks of a model that does not stream: an encoder and a decoder.

The encoder takes samples, and the decoder writes one token after another. Both compute without
Python's global interpreter lock, so several threads can use them at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from .files import MergedFiles

__all__ = ["Encoded", "Floats", "Ids", "MergedNetworks", "Networks", "load_session"]

Floats = npt.NDArray[np.float32]

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The output of the encoder for one piece of audio."""

    states: Floats
    """Shape (1, frames, width)."""
    samples: int
    """The number of samples, including the zeros after the audio."""


class Networks(Protocol):
    """The networks of a model, whatever their files are."""

    def encode(self, samples: Floats) -> Encoded:
        """Encode audio at 16 kHz, from -1 to 1. Shape (samples,)."""

    def decoding(self, encoded: Encoded) -> Callable[[int], Floats]:
        """Begin a text. Return a function that takes its next token and predicts the following.

        The function returns the logit of each token of the vocabulary.
        """

    def logits(self, encoded: Encoded, ids: Ids) -> Floats:
        """Return the logits after each token of several texts. Shape (texts, tokens, vocabulary).

        ``ids`` has the texts in its rows, filled up to the same length.
        """


class MergedNetworks:
    """An encoder, and a decoder that computes with and without a cache."""

    def __init__(self, files: MergedFiles, *, threads: int) -> None:
        """Load the networks. ``threads`` compute one step together.

        Raises:
            OSError: A file cannot be read.
            ValueError: A file does not belong to a model of Moonshine.
        """
        self._encoder = load_session(files.encoder, threads)
        self._decoder = load_session(files.decoder, threads)
        inputs = self._decoder.get_inputs()
        self._caches = [each.name for each in inputs if each.name.startswith("past_key_values.")]
        if not self._caches:
            raise ValueError("the decoder has no key/value caches")
        shapes = {each.name: each.shape for each in inputs}
        _, self._heads, _, self._width = shapes[self._caches[0]]

    def encode(self, samples: Floats) -> Encoded:
        """Encode audio at 16 kHz, from -1 to 1."""
        inputs = {
            "input_values": samples[None],
            "attention_mask": np.ones((1, samples.size), np.int64),
        }
        (states,) = self._encoder.run(None, inputs)
        return Encoded(states=states, samples=samples.size)

    def decoding(self, encoded: Encoded) -> Callable[[int], Floats]:
        """Begin a text. Return a function that takes its next token and predicts the following."""
        caches = self._empty_caches(rows=1)
        is_first = True

        def step(token: int) -> Floats:
            nonlocal is_first
            logits, *values = self._decoder.run(
                None, self._inputs(encoded, np.array([[token]]), caches, is_first=is_first)
            )
            for name, value in zip(self._caches, values, strict=True):
                # With a cache, the decoder returns no new keys and values of the encoder's states.
                if is_first or ".decoder." in name:
                    caches[name] = value
            is_first = False
            last: Floats = logits[0, -1]
            return last

        return step

    def logits(self, encoded: Encoded, ids: Ids) -> Floats:
        """Return the logits after each token of the texts in the rows of ``ids``."""
        caches = self._empty_caches(rows=len(ids))
        (logits,) = self._decoder.run(["logits"], self._inputs(encoded, ids, caches, is_first=True))
        every: Floats = logits
        return every

    def _inputs(
        self, encoded: Encoded, ids: Ids, caches: dict[str, Floats], *, is_first: bool
    ) -> dict[str, npt.NDArray[np.generic]]:
        return {
            "input_ids": ids,
            "encoder_hidden_states": np.repeat(encoded.states, len(ids), axis=0),
            # One value per sample, not per frame.
            "encoder_attention_mask": np.ones((len(ids), encoded.samples), np.int64),
            "use_cache_branch": np.array([not is_first]),
            **caches,
        }

    def _empty_caches(self, *, rows: int) -> dict[str, Floats]:
        empty = np.zeros((rows, self._heads, 0, self._width), np.float32)
        return dict.fromkeys(self._caches, empty)


def load_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """Load a network. ``threads`` compute one step together.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is not a network that onnxruntime can run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised, so they do not need to be logged
    # The inputs differ in length each time, so a plan for the memory cannot be used again.
    options.enable_mem_pattern = False
    # Otherwise a thread would use a core while it waits for work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    except OSError:
        raise
    except Exception as err:  # the library's own errors have no common class
        raise ValueError(f"{path.name}: {err}") from err
