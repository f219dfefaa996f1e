"""Text from speech, with the networks of a model of Moonshine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ....audio import PCM_16K_MONO
from .files import MergedFiles, ModelFiles
from .networks import Encoded, Floats, MergedNetworks, Networks
from .streaming import StreamingNetworks
from .tokenizer import BOS, EOS, Tokenizer, without_sounds
from .written import END_MARKS, writings

__all__ = ["Decoded", "Model"]

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
zeros, the text of a command that was cut 0.1 s after its last word ends in invented words."""

MAX_LOOP_TOKENS: Final = 12
"""The longest phrase whose repetition is detected."""

LOOP_REPEATS: Final = 4
"""A phrase that follows itself this often is a loop of the decoder. People repeat less often."""

ROWS_AT_ONCE: Final = 8
"""How many sentences are scored in one run. The result takes 0.13 MB per token of each sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The text of one piece of audio, and what it was decoded from."""

    text: str
    certainty: float
    """The probability of the first token, 0 to 1. The probability of a later token depends on the
    text before it, and is also high in an invented text."""
    encoded: Encoded


class Model:
    """One copy of the model for all threads."""

    def __init__(self, files: ModelFiles, *, threads: int, language: str = "en") -> None:
        """Load the model, and decode once so that the first real audio is not slower.

        ``threads`` is the number of threads that compute one step together. ``language`` is the
        model's, ISO 639.

        Raises:
            OSError: A file cannot be read.
            ValueError: A file does not belong to a model of Moonshine.
        """
        self._language = language
        self.tokenizer = Tokenizer(files.tokenizer.read_bytes())
        self._networks: Networks = (
            MergedNetworks(files, threads=threads)
            if isinstance(files, MergedFiles)
            else StreamingNetworks(files, threads=threads)
        )
        self._end_marks = [self.tokenizer.tokens_of(f"a{mark}")[-1] for mark in END_MARKS]
        self.decode(self.encode(bytes(2 * SAMPLE_RATE_HZ)))

    def encode(self, pcm: bytes) -> Encoded:
        """Encode audio in ``PCM_16K_MONO``."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        zeros = max(TRAILING_SAMPLES, MIN_SAMPLES - samples.size)
        return self._networks.encode(np.pad(samples, (0, zeros)))

    def decode(self, encoded: Encoded) -> Decoded:
        """Return the most likely text, without names of sounds ("[music]") and without a loop."""
        limit = _max_tokens(encoded.samples, self._language)
        step = self._networks.decoding(encoded)
        tokens: list[int] = []
        token, certainty = BOS, 0.0
        while len(tokens) < limit:
            logits = step(token)
            token = int(logits.argmax())
            if not tokens:
                certainty = float(np.exp(_log_softmax(logits)[token]))
            if token == EOS:
                break
            tokens.append(token)
            if loop := _loop_tokens(tokens):
                del tokens[-loop:]
                break
        text = without_sounds(self.tokenizer.text_of(tokens))
        return Decoded(text=text, certainty=certainty, encoded=encoded)

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
        logits = self._networks.logits(encoded, ids)
        return [
            (self._log_probability(_log_softmax(each[: len(row) + 2]), row), max(1, len(row)))
            for each, row in zip(logits, rows, strict=True)
        ]

    def _log_probability(self, logs: Floats, row: list[int]) -> float:
        """Return the log probability of a row of tokens.

        ``logs`` has the log probability of each token of the vocabulary at each place of the row.
        """
        text = float(sum(logs[at, token] for at, token in enumerate(row)))
        end = logs[len(row)]
        # The probability of an end was computed only after "."; after "?" and "!" it is assumed to
        # be the same.
        marked = np.logaddexp.reduce(end[self._end_marks]) + logs[len(row) + 1, EOS]
        return text + float(np.logaddexp(end[EOS], marked))


def _max_tokens(samples: int, language: str) -> int:
    """Return the most tokens that the text of this much audio can have."""
    tokens_per_s = MAX_TOKENS_PER_S_IN.get(language, MAX_TOKENS_PER_S)
    return max(MIN_TOKENS, int(samples / SAMPLE_RATE_HZ * tokens_per_s))


def _loop_tokens(tokens: list[int]) -> int:
    """Return how many tokens at the end are repetitions of one phrase; 0 if there is no loop."""
    for size in range(1, min(MAX_LOOP_TOKENS, len(tokens) // LOOP_REPEATS) + 1):
        phrase = tokens[-size:]
        if tokens[-size * LOOP_REPEATS :] == phrase * LOOP_REPEATS:
            return size * LOOP_REPEATS
    return 0


def _sum(scores: Sequence[tuple[float, int]]) -> tuple[float, int]:
    """Return the log probability of all writings together, and the tokens of the likeliest one."""
    return float(np.logaddexp.reduce([score[0] for score in scores])), max(scores)[1]


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    logs: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs
