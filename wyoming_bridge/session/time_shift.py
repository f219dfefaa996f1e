"""Shifts the times of a session that begins later than its utterance, such as after a reconnect."""

from dataclasses import replace

from ..events import FinalEnriched, FinalText, PartialText, SessionEvent, Word

__all__ = ["shift_times"]


def shift_times(event: SessionEvent, *, by_ms: int) -> SessionEvent:
    """Return the event with ``by_ms`` added to all its times."""
    if not by_ms:
        return event
    match event:
        case PartialText(start_ms=start_ms, end_ms=end_ms):
            return replace(event, start_ms=_later(start_ms, by_ms), end_ms=_later(end_ms, by_ms))
        case FinalText():
            return replace(
                event,
                start_ms=_later(event.start_ms, by_ms),
                end_ms=_later(event.end_ms, by_ms),
                words=_words_later(event.words, by_ms),
            )
        case FinalEnriched(words=words):
            return replace(event, words=_words_later(words, by_ms))
        case _:
            return event


def _words_later(words: tuple[Word, ...], by_ms: int) -> tuple[Word, ...]:
    return tuple(
        replace(word, start_ms=_later(word.start_ms, by_ms), end_ms=_later(word.end_ms, by_ms))
        for word in words
    )


def _later(time_ms: int | None, by_ms: int) -> int | None:
    return None if time_ms is None else time_ms + by_ms
