"""Pronunciations of English words that are not in the dictionary.

This module imports only the standard library, and modules with the same restriction.
"""

import re
from typing import Final

from ....house.phones import Phones

__all__ = ["pronounce"]

_WORD: Final = re.compile(r"(?:[^\W\d_]|['.-])+")
"""A word in any script. The dictionary's variants, such as ``and(2)``, do not match."""

_PHONES: Final = dict(
    pair.split(":")
    for pair in [
        "a:AE",
        "A:EY",
        "e:EH",
        "E:IY",
        "i:IH",
        "I:AY",
        "o:AA",
        "O:OW",
        "u:AH",
        "U:UW",
        "W:AW",
        "Y:OY",
        "R:ER",
        "b:B",
        "d:D",
        "f:F",
        "g:G",
        "h:HH",
        "j:Y",
        "k:K",
        "l:L",
        "m:M",
        "n:N",
        "p:P",
        "r:R",
        "s:S",
        "t:T",
        "v:V",
        "w:W",
        "z:Z",
        "T:TH",
        "S:SH",
        "Z:ZH",
        "C:CH",
        "J:JH",
        "N:NG",
    ]
)
"""The dictionary's phone for each letter with which ``house.english_sounds`` writes a sound."""

_BEFORE_R_OR_L: Final = re.compile(r"o(?=[rl])")
"""The vowel of "door" and "all". The module ``house.english_sounds`` also writes the vowel of "hot"
as "o", but the dictionary has a different phone for it."""

_ENGLISH: Final = Phones("en")


def pronounce(word: str) -> str | None:
    """Return the phones of a lower-case word, separated by spaces.

    They follow the rules of English spelling. Return None if the word has digits, or letters
    without a rule.
    """
    if not _WORD.fullmatch(word):
        return None
    sounds = _BEFORE_R_OR_L.sub("0", _ENGLISH.of(word))
    phones = [_PHONES.get(sound) or ("AO" if sound == "0" else "") for sound in sounds]
    return " ".join(phones) if phones and all(phones) else None
