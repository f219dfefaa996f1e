"""Converts the texts, tokens and words of a server to events."""

import math
from collections.abc import Iterator, Sequence

from ....events import FinalText, Word
from ..transcripts import Completed, Token

__all__ = ["final_of"]


def final_of(completed: Completed) -> FinalText:
    """Return the event for the whole text of an item."""
    languages = completed.languages
    return FinalText(
        text=completed.transcript.strip(),
        words=tuple(_words_of(completed.transcript, completed.tokens)),
        language=languages[0] if languages else None,
    )


def _words_of(transcript: str, tokens: Sequence[Token]) -> Iterator[Word]:
    """Yield the words of a transcript with their probabilities.

    The probability of a word is the geometric mean of its tokens' probabilities, so that words of
    many tokens do not count as unlikely. If the tokens, joined, differ from the transcript, yield
    nothing.
    """
    if "".join(token.text for token in tokens).split() != transcript.split():
        return
    text, logprobs = "", list[float]()
    for token in tokens:
        if text.strip() and token.text[:1].isspace():
            yield from _spoken(text, logprobs)
            text, logprobs = "", []
        text += token.text
        logprobs.append(min(token.logprob, 0.0))
    yield from _spoken(text, logprobs)


def _spoken(text: str, logprobs: Sequence[float]) -> Iterator[Word]:
    """Yield the word that the tokens form, or several words if a token contains a space."""
    for word in text.split():
        yield Word(text=word, confidence=math.exp(sum(logprobs) / len(logprobs)))
