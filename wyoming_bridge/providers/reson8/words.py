"""The words in the transcripts of the emulated Reson8."""

from collections.abc import Iterable

from ...events import Word
from .messages import Reson8Word
from .query import SessionQuery

__all__ = ["words_of"]


def words_of(words: Iterable[Word], query: SessionQuery) -> tuple[Reson8Word, ...]:
    """Return the engine's words with the fields that the client requested."""
    return tuple(_word(word, query) for word in words)


def _word(word: Word, query: SessionQuery) -> Reson8Word:
    start_ms = word.start_ms or 0
    timed = query.include_timestamps
    return Reson8Word(
        text=word.text,
        start_ms=start_ms if timed else None,
        duration_ms=max(0, (word.end_ms or start_ms) - start_ms) if timed else None,
        confidence=(1.0 if word.confidence is None else word.confidence)
        if query.include_confidence
        else None,
    )
