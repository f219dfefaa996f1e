"""Parses the values of tags in HLS playlists: attributes, byte ranges and numbers.

Each function raises ``PlaylistError`` for a text that is not such a value.
"""

import math
from typing import Final

__all__ = [
    "MAX_TARGET_S",
    "MIN_TARGET_S",
    "ByteRange",
    "ByteRanges",
    "PlaylistError",
    "attributes_of",
    "byte_range",
    "target_duration",
    "whole_number",
]

MIN_TARGET_S: Final = 1.0
"""The shortest target duration that is used. A live playlist is loaded again after the target
duration, or after half of it if there were no new segments. So two requests are at least 0.5 s
apart."""

MAX_TARGET_S: Final = 60.0
"""The longest target duration that is used: a live playlist is loaded at least once a minute."""

_MAX_DIGITS: Final = 15
"""The most digits of a number: enough for a byte offset in a petabyte."""

ByteRange = tuple[int, int]
"""The first byte, and the number of bytes."""


class PlaylistError(ValueError):
    """The text is not a valid playlist; the message says why."""


def attributes_of(text: str) -> dict[str, str]:
    """Parse attributes: names and values, which may be quoted, separated by commas."""
    found: dict[str, str] = {}
    at = 0
    while (equals := text.find("=", at)) >= 0:
        name = text[at:equals].strip()
        if text.startswith('"', equals + 1):
            end = text.find('"', equals + 2)
            if end < 0:
                raise PlaylistError(f"the value of {name[:40]} has no closing quote")
            found[name] = text[equals + 2 : end]
            comma = text.find(",", end)
        else:
            comma = text.find(",", equals)
            found[name] = text[equals + 1 : comma if comma >= 0 else None].strip()
        if comma < 0:
            break
        at = comma + 1
    return found


def byte_range(text: str, continued: int) -> ByteRange:
    """Parse ``count@first``; without ``@first``, the range begins at the byte ``continued``."""
    count, at, first = text.strip().partition("@")
    size = whole_number(count, "byte range")
    if not size:
        raise PlaylistError("a byte range must have at least 1 byte, got 0")
    return (whole_number(first, "byte range") if at else continued), size


class ByteRanges:
    """Parses the byte ranges of segments. One without ``@first`` continues the one before."""

    def __init__(self) -> None:
        self._uri = ""
        self._end = 0

    def parse(self, text: str, uri: str) -> ByteRange:
        """Parse the byte range of the next segment, which is a part of ``uri``."""
        first, size = byte_range(text, self._end if uri == self._uri else 0)
        self._uri, self._end = uri, first + size
        return first, size


def whole_number(text: str, name: str) -> int:
    """Parse a whole number. ``name`` is what the error calls it."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise PlaylistError(
            f"{name} must be a whole number of at most {_MAX_DIGITS} digits, got {text[:40]!r}"
        )
    return int(text)


def target_duration(text: str) -> float:
    """Parse a target duration, and limit it to ``MIN_TARGET_S`` and ``MAX_TARGET_S``."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise PlaylistError(f"#EXT-X-TARGETDURATION must be a number, got {text[:40]!r}")
    return min(max(value, MIN_TARGET_S), MAX_TARGET_S)
