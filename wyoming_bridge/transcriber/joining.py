"""Decides whether a space belongs between two consecutive texts.

The decision uses Unicode properties from the standard library: the category, the East Asian width
and the name, which begins with the script. ADR 23 explains why no other library is used.
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
"""Punctuation that ends a text, in addition to closing brackets and quotation marks. Straight and
curved quotation marks can also open a quotation."""

_QUOTES: Final = frozenset({"Pi", "Pf"})
"""Categories of curved quotation marks. Languages differ in which mark opens: German closes with
U+201C."""

_STRAIGHT_QUOTES: Final = frozenset("\"'")


@lru_cache(maxsize=4096)
def is_unspaced(character: str) -> bool:
    """Return whether a character needs no space between itself and the text next to it.

    True for letters of scripts without spaces between words, and for their wide punctuation.
    """
    if character < "\u0e00":
        return False
    name = unicodedata.name(character, "")
    if unicodedata.east_asian_width(character) not in {"W", "F", "H"}:
        return name.startswith(_COMPLEX_SCRIPTS)
    # Symbols do not count, because wide symbols are emoji, which all scripts use. A wide character
    # that is missing in Python's tables is an ideograph.
    kind = unicodedata.category(character)
    return _SPACED_WIDE_SCRIPT not in name and (kind[0] in "LMNP" or kind == "Cn")


def joined(text: str, more: str) -> str:
    """Return two texts as one, with a space between them if their scripts need a space there."""
    more = more.strip()
    if not text or not more:
        return text or more
    return f"{text}{'' if _touch(text, more) else ' '}{more}"


def _touch(text: str, more: str) -> bool:
    last, first = text[-1], more[0]
    if unicodedata.category(first)[0] == "M" or _closes(more) or _opens(text):
        return True
    if last.isdecimal() and first.isdecimal():  # without a space, two numbers would become one
        return False
    if any(is_unspaced(each) and _is_punctuation(each) for each in (last, first)):
        return True
    # Digits, emoji and quotation marks belong to any script, so the nearest letters decide.
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
