"""Makes tokens, with their probabilities, from the words of final texts."""

from collections.abc import Iterable
from math import log
from typing import Final

from ....events import FinalText
from ..transcripts import Token

__all__ = ["tokens_of"]

_LEAST_PROBABILITY: Final = 1e-9
"""Used in place of a probability of 0, because JSON cannot contain the logarithm of 0."""


def tokens_of(finals: Iterable[FinalText]) -> tuple[Token, ...]:
    """Return a token for each word. Joined, the tokens are the text of all finals.

    A word without a confidence counts as certain. An engine that does not report words has no
    tokens.
    """
    words = [word for final in finals for word in final.words]
    return tuple(
        Token(text=f"{' ' if index else ''}{word.text}", logprob=_logprob(word.confidence))
        for index, word in enumerate(words)
    )


def _logprob(probability: float | None) -> float:
    return log(max(1.0 if probability is None else probability, _LEAST_PROBABILITY))
