"""Converts Scriptix's results to events."""

from ...events import FinalText, PartialText, Word
from .messages import FinalResult, OlderPartial, OlderResult, PartialResult, ResultWord

__all__ = ["final_of", "partial_of"]


def partial_of(result: PartialResult | OlderPartial) -> PartialText:
    """Return the event for a partial text."""
    if isinstance(result, OlderPartial):
        return PartialText(text=result.text)
    stability = _probability(result.stability)
    return PartialText(text=result.text, stability=stability, start_ms=result.offset_ms)


def final_of(result: FinalResult | OlderResult, *, absolute_times: bool, is_new: bool) -> FinalText:
    """Return the event for a final text.

    ``absolute_times`` says that the times of the words are counted from the start of the session,
    as they always are in an ``OlderResult``. Otherwise they are counted from the result's offset,
    and without an offset they are unusable and left out.
    """
    offset_ms = result.offset_ms if isinstance(result, FinalResult) else None
    counted_from_ms = 0 if absolute_times or isinstance(result, OlderResult) else offset_ms
    words = tuple(
        _word(word, counted_from_ms=counted_from_ms, speaker=result.speaker)
        for word in result.words
    )
    starts = (word.start_ms for word in words if word.start_ms is not None)
    return FinalText(
        text=result.text,
        words=words,
        start_ms=next(starts, offset_ms),
        end_ms=words[-1].end_ms if words else None,
        speaker=result.speaker,
        is_new=is_new,
    )


def _word(word: ResultWord, *, counted_from_ms: int | None, speaker: str | None) -> Word:
    return Word(
        text=word.text.strip(),
        start_ms=_shifted(word.start_ms, counted_from_ms),
        end_ms=_shifted(word.end_ms, counted_from_ms),
        confidence=_probability(word.confidence),
        speaker=speaker,
    )


def _shifted(time_ms: int | None, counted_from_ms: int | None) -> int | None:
    return None if time_ms is None or counted_from_ms is None else counted_from_ms + time_ms


def _probability(value: float | None) -> float | None:
    """Limit a number to the range 0 to 1. None stays None."""
    return None if value is None else min(max(value, 0.0), 1.0)
