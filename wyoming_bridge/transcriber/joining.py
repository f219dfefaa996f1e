"""Whether a space belongs between two texts that follow one another.

The properties are Unicode's, as the standard library has them: the category, the East Asian width
and the name, which begins with the script. ADR 0023 says why no other library is used.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

__all__ = ["is_unspaced", "joined"]

_COMPLEX_SCRIPTS: Final = (
    *("THAI ", "LAO ", "KHMER ", "MYANMAR ", "TAI LE ", "NEW TAI LUE ", "TAI THAM ", "TAI VIET "),
    "AHOM ",
)
"""The scripts of line-breaking class SA in UAX #14: there are no spaces between their words."""

_SPACED_WIDE_SCRIPT: Final = "HANGUL"
"""The only script with wide letters that has spaces between words."""

_CLOSING: Final = frozenset(".,;:!?…%‰\"'،؛؟।॥။၊")
"""Punctuation that ends a text, beside closing brackets and quotation marks. The straight and the
curved quotation marks can also open one."""

_QUOTES: Final = frozenset({"Pi", "Pf"})
"""Curved quotation marks. Languages differ in which of them opens: German closes with U+201C."""

_STRAIGHT_QUOTES: Final = frozenset("\"'")


@lru_cache(maxsize=4096)
def is_unspaced(character: str) -> bool:
    """Return whether text can go on after a character, or before it, without a space.

    True for letters of scripts without spaces between words, and for their wide punctuation.
    """
    if character < "\u0e00":
        return False
    name = unicodedata.name(character, "")
    if unicodedata.east_asian_width(character) not in {"W", "F", "H"}:
        return name.startswith(_COMPLEX_SCRIPTS)
    # Symbols do not count: the wide ones are emoji, which any script uses. A wide character that
    # Python's tables do not have yet is an ideograph.
    kind = unicodedata.category(character)
    return _SPACED_WIDE_SCRIPT not in name and (kind[0] in "LMNP" or kind == "Cn")


def joined(text: str, more: str) -> str:
    """Return two texts as one, with a space between them if their scripts have one there."""
    more = more.strip()
    if not text or not more:
        return text or more
    return f"{text}{'' if _touch(text, more) else ' '}{more}"


def _touch(text: str, more: str) -> bool:
    last, first = text[-1], more[0]
    if unicodedata.category(first)[0] == "M" or _closes(more) or _opens(text):
        return True
    if last.isdecimal() and first.isdecimal():  # together they would be another number
        return False
    if any(is_unspaced(each) and _is_punctuation(each) for each in (last, first)):
        return True
    # Digits, emoji and quotation marks belong to any script: the nearest letters tell which.
    letters = [_letter(reversed(text)), _letter(more)]
    known = [each for each in letters if each is not None]
    return bool(known) and all(is_unspaced(each) for each in known)


def _letter(characters: Iterable[str]) -> str | None:
    return next((each for each in characters if unicodedata.category(each)[0] == "L"), None)


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] == "P"


def _closes(text: str) -> bool:
    """Return whether a text begins with closing punctuation."""
    if unicodedata.category(text[0]) == "Pe":
        return True
    for character in text:
        kind = unicodedata.category(character)
        if not (kind == "Pe" or kind in _QUOTES or character in _CLOSING):
            return character.isspace()
    return True


def _opens(text: str) -> bool:
    """Return whether a text ends with an opening bracket or quotation mark."""
    last, before = text[-1], text[-2:-1]
    if unicodedata.category(last) == "Ps":
        return True
    is_quote = unicodedata.category(last) in _QUOTES or last in _STRAIGHT_QUOTES
    return is_quote and (not before or before.isspace())
