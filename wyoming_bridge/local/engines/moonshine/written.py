"""How Moonshine writes a sentence: "Turn on the light.", "50%"."""

import re
from typing import Final

__all__ = ["END_MARKS", "as_written", "writings"]

END_MARKS: Final = ".?!"
"""The marks that the model writes at the end of a sentence, or leaves out."""

_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

_NUMBERS: Final = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **{
        f"{ten} {one}": 10 * tens + ones
        for tens, ten in enumerate(_TENS, 2)
        for ones, one in enumerate(_ONES[1:10], 1)
    },
    **dict.fromkeys(("hundred", "a hundred", "one hundred"), 100),
}

_PERCENT: Final = re.compile(
    r"\b(\d+|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r") percent\b"
)

_WORDS: Final = {str(number): word for word, number in _NUMBERS.items() if "hundred" not in word}

_DIGITS: Final = re.compile(r"\b\d+\b(?!%)")


def as_written(sentence: str) -> str:
    """Return the sentence with a capital at its start and no mark at its end.

    Percentages are written as ``50%``.
    """
    text = " ".join(sentence.split()).rstrip(END_MARKS)
    text = _PERCENT.sub(lambda match: f"{_NUMBERS.get(match[1], match[1])}%", text)
    return text[:1].upper() + text[1:]


def writings(sentence: str) -> tuple[str, ...]:
    """Return how the model may write a sentence.

    Names keep their capitals or are in lower case, and numbers are digits or words.
    """
    texts = as_written(sentence), as_written(sentence.lower())
    worded = (_DIGITS.sub(lambda match: _WORDS.get(match[0], match[0]), text) for text in texts)
    return tuple(dict.fromkeys((*texts, *worded)))
