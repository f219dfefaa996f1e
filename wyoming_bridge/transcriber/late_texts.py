"""Recognises texts that a service sends late, or a second time."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from ..events import FinalText, PartialText
from .final_times import end_of

__all__ = ["begins_with", "is_late"]

_WORD: Final = re.compile(r"\w+")


def is_late(
    partial: PartialText, last: FinalText, *, session_finals: Iterable[FinalText]
) -> bool | None:
    """Return whether a partial belongs to the last final, and arrived after it.

    ``session_finals`` are the finals of the session. None if the times do not show it.
    """
    start_ms, end_ms = partial.start_ms, end_of(last)
    if start_ms is None or not _times_proceed(session_finals):
        return None
    if end_ms is not None:
        return start_ms < end_ms
    # The start of a segment is the same in its partials and its final.
    return start_ms <= last.start_ms if last.start_ms else None


def begins_with(final: FinalText, text: str) -> bool:
    """Return whether a final begins with the words of a text."""
    return _bare(final.text).startswith(_bare(text))


def _times_proceed(finals: Iterable[FinalText]) -> bool:
    """Return whether finals have credible times: each ends after the one before."""
    ends = [end_ms for final in finals if (end_ms := end_of(final)) is not None]
    return all(one < other for one, other in pairwise([0, *ends]))


def _bare(text: str) -> str:
    """Return a text without case and punctuation, which a service may change in its final."""
    return " ".join(_WORD.findall(text.casefold()))
