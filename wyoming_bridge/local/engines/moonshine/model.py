"""Moonshine's encoder and decoder on onnxruntime.

The encoder takes samples, and the decoder writes one token after another. Both compute without
Python's global interpreter lock, so several threads can use one model at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from ....audio import PCM_16K_MONO
from .tokenizer import BOS, EOS, Tokenizer, without_sounds
from .written import END_MARKS, writings

__all__ = ["Decoded", "Encoded", "Model"]

SAMPLE_RATE_HZ: Final = PCM_16K_MONO.sample_rate_hz

MAX_TOKENS_PER_S: Final = 6.5
"""According to Moonshine's authors, English speech has fewer tokens per second. With more, the
decoder repeats itself."""

MAX_TOKENS_PER_S_IN: Final = {"ar": 13.0, "ja": 13.0, "ko": 13.0, "uk": 8.0, "vi": 13.0, "zh": 13.0}
"""The same for languages with shorter tokens, from the authors' ``moonshine-onnx/src/model.py``,
which has the rate of each of their models."""

MIN_TOKENS: Final = 6
"""Enough for a short word with its punctuation mark, even in the shortest audio."""

MIN_SAMPLES: Final = SAMPLE_RATE_HZ // 2
"""Shorter audio is extended with zeros. The encoder fails below 0.06 s."""

TRAILING_SAMPLES: Final = SAMPLE_RATE_HZ * 3 // 10
"""Zeros after the audio. The model was trained on clips with silence at their end. Without the
zeros, the text of a command that was cut 0.1 s after its last word ends in made-up words."""

MAX_LOOP_TOKENS: Final = 12
"""The longest phrase whose repetition is detected."""

LOOP_REPEATS: Final = 4
"""A phrase that follows itself this often is a loop of the decoder. People repeat less often."""

ROWS_AT_ONCE: Final = 8
"""How many sentences are scored in one run. The result takes 0.13 MB per token of each sentence."""

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The output of the encoder for one piece of audio."""

    states: _Floats
    """Shape (1, frames, width)."""
    samples: int
    """The number of samples, including the zeros after the audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The text of one piece of audio, and what it was decoded from."""

    text: str
    encoded: Encoded


class Model:
    """One copy of the model for all threads."""

    def __init__(self, folder: Path, *, threads: int, language: str = "en") -> None:
        """Load the model, and decode once so that the first real audio is not slower.

        ``threads`` is the number of threads that compute one step together. ``language`` is the
        model's, ISO 639.

        Raises:
            OSError: A file is missing or cannot be read.
            ValueError: A file does not belong to a model of Moonshine.
        """
        self._language = language
        self.tokenizer = Tokenizer((folder / "tokenizer.bin").read_bytes())
        self._encoder = _session(folder / "encoder_model.ort", threads)
        self._decoder = _session(folder / "decoder_model_merged.ort", threads)
        inputs = self._decoder.get_inputs()
        self._caches = [each.name for each in inputs if each.name.startswith("past_key_values.")]
        if not self._caches:
            raise ValueError("the decoder has no key/value caches")
        shapes = {each.name: each.shape for each in inputs}
        _, self._heads, _, self._width = shapes[self._caches[0]]
        self._end_marks = [self.tokenizer.tokens_of(f"a{mark}")[-1] for mark in END_MARKS]
        self.decode(self.encode(bytes(2 * SAMPLE_RATE_HZ)))

    def encode(self, pcm: bytes) -> Encoded:
        """Encode audio in ``PCM_16K_MONO``."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        zeros = max(TRAILING_SAMPLES, MIN_SAMPLES - samples.size)
        samples = np.pad(samples, (0, zeros))
        inputs = {
            "input_values": samples[None],
            "attention_mask": np.ones((1, samples.size), np.int64),
        }
        (states,) = self._encoder.run(None, inputs)
        return Encoded(states=states, samples=samples.size)

    def decode(self, encoded: Encoded) -> Decoded:
        """Return the most likely text, without names of sounds ("[music]") and without a loop."""
        limit = _max_tokens(encoded.samples, self._language)
        caches = self._empty_caches(rows=1)
        tokens: list[int] = []
        token = BOS
        while len(tokens) < limit:
            logits, *values = self._decoder.run(
                None, self._inputs(encoded, np.array([[token]]), caches, is_first=not tokens)
            )
            for name, value in zip(self._caches, values, strict=True):
                # With a cache, the decoder returns no new keys and values of the encoder's states.
                if not tokens or ".decoder." in name:
                    caches[name] = value
            token = int(logits[0, -1].argmax())
            if token == EOS:
                break
            tokens.append(token)
            if loop := _loop_tokens(tokens):
                del tokens[-loop:]
                break
        return Decoded(text=without_sounds(self.tokenizer.text_of(tokens)), encoded=encoded)

    def score(self, encoded: Encoded, sentences: Sequence[str]) -> list[tuple[float, int]]:
        """Return the natural logarithm of each sentence's probability, and its number of tokens.

        The probability of a sentence is the sum over all its ``writings``, with and without a mark
        at the end.
        """
        variants = [writings(sentence) for sentence in sentences]
        rows = [self.tokenizer.tokens_of(text) for texts in variants for text in texts]
        scores = iter(
            [
                score
                for at in range(0, len(rows), ROWS_AT_ONCE)
                for score in self._score(encoded, rows[at : at + ROWS_AT_ONCE])
            ]
        )
        return [_sum([next(scores) for _ in texts]) for texts in variants]

    def _score(self, encoded: Encoded, rows: Sequence[list[int]]) -> list[tuple[float, int]]:
        ids = np.full((len(rows), max(map(len, rows)) + 2), EOS, np.int64)
        for at, row in enumerate(rows):
            ids[at, : len(row) + 2] = [BOS, *row, self._end_marks[0]]
        caches = self._empty_caches(rows=len(rows))
        (logits,) = self._decoder.run(["logits"], self._inputs(encoded, ids, caches, is_first=True))
        return [
            (self._log_probability(_log_softmax(each[: len(row) + 2]), row), max(1, len(row)))
            for each, row in zip(logits, rows, strict=True)
        ]

    def _log_probability(self, logs: _Floats, row: list[int]) -> float:
        """Return the log probability of a row. ``logs`` has one for each token at each place."""
        text = float(sum(logs[at, token] for at, token in enumerate(row)))
        end = logs[len(row)]
        # The probability of an end was computed only after "."; after "?" and "!" it is assumed to
        # be the same.
        marked = np.logaddexp.reduce(end[self._end_marks]) + logs[len(row) + 1, EOS]
        return text + float(np.logaddexp(end[EOS], marked))

    def _inputs(
        self,
        encoded: Encoded,
        ids: npt.NDArray[np.int64],
        caches: dict[str, _Floats],
        *,
        is_first: bool,
    ) -> dict[str, npt.NDArray[np.generic]]:
        return {
            "input_ids": ids,
            "encoder_hidden_states": np.repeat(encoded.states, len(ids), axis=0),
            # One value per sample, not per frame.
            "encoder_attention_mask": np.ones((len(ids), encoded.samples), np.int64),
            "use_cache_branch": np.array([not is_first]),
            **caches,
        }

    def _empty_caches(self, *, rows: int) -> dict[str, _Floats]:
        empty = np.zeros((rows, self._heads, 0, self._width), np.float32)
        return dict.fromkeys(self._caches, empty)


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
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


def _max_tokens(samples: int, language: str) -> int:
    """Return the most tokens that the text of audio of this length can have."""
    tokens_per_s = MAX_TOKENS_PER_S_IN.get(language, MAX_TOKENS_PER_S)
    return max(MIN_TOKENS, int(samples / SAMPLE_RATE_HZ * tokens_per_s))


def _loop_tokens(tokens: list[int]) -> int:
    """Return how many tokens at the end are one phrase that repeats itself; 0 for no loop."""
    for size in range(1, min(MAX_LOOP_TOKENS, len(tokens) // LOOP_REPEATS) + 1):
        phrase = tokens[-size:]
        if tokens[-size * LOOP_REPEATS :] == phrase * LOOP_REPEATS:
            return size * LOOP_REPEATS
    return 0


def _sum(scores: Sequence[tuple[float, int]]) -> tuple[float, int]:
    """Return the log probability of all writings together, and the tokens of the likeliest one."""
    return float(np.logaddexp.reduce([score[0] for score in scores])), max(scores)[1]


def _log_softmax(logits: _Floats) -> _Floats:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    logs: _Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs
