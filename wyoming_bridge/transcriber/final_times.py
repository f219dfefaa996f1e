"""The times of a final: its own, or else those of its words."""

from ..events import FinalText

__all__ = ["end_of", "start_of"]


def start_of(final: FinalText) -> int | None:
    """Return the start of a final in milliseconds; None if it has no times."""
    if final.start_ms is not None:
        return final.start_ms
    return next((word.start_ms for word in final.words if word.start_ms is not None), None)


def end_of(final: FinalText) -> int | None:
    """Return the end of a final in milliseconds; None if it has no times."""
    if final.end_ms is not None:
        return final.end_ms
    return next((word.end_ms for word in reversed(final.words) if word.end_ms is not None), None)
