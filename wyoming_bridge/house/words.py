"""A text as lower-case words: without punctuation, and with numbers and signs in words.

A recogniser writes "50%", "50 percent" or "fifty percent" for the same sounds. This module returns
the same words for all three, and texts are compared by these words.
"""

import re
import unicodedata
from functools import cached_property
from typing import Final

from .libraries import number_words

__all__ = ["Words"]

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")
_NOT_A_WORD: Final = re.compile(r"[^\w'%°&+]+")
_NOT_SPOKEN: Final = re.compile(r"[^\w\s'\u2019%°&+.,:-]+|(?<!\w)-|-(?!\w)")
"""Signs that a recogniser does not write, such as brackets, emojis, and a dash between words."""
_SIGNS: Final[dict[str, dict[str, str]]] = {
    "en": {"%": "percent", "°": "degrees", "&": "and", "+": "plus"},
    "nl": {"%": "procent", "°": "graden", "&": "en", "+": "plus"},
    "de": {"%": "prozent", "°": "grad", "&": "und", "+": "plus"},
    "fr": {"%": "pourcent", "°": "degrés", "&": "et", "+": "plus"},
}
_LARGEST: Final = 1000
"""The largest number that is written in words. Larger numbers, which commands seldom contain, stay
in digits."""


class Words:
    """The words of texts in one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        family = language.partition("-")[0]
        signs = _SIGNS.get(family, {"%": "", "°": "", "&": "", "+": ""})
        self._signs = {ord(sign): f" {word} " for sign, word in signs.items()}
        self._elides = family == "fr"

    def of(self, text: str) -> str:
        """Return the words of a text, with single spaces."""
        text = unicodedata.normalize("NFC", text).replace("\u2019", "'").casefold()
        text = _NUMBER.sub(lambda match: f" {self._number(match[0])} ", text)
        text = _NOT_A_WORD.sub(" ", text).translate(self._signs)
        if self._elides:  # l'entree is two words
            text = text.replace("'", "' ")
        return " ".join(text.split())

    def spoken(self, text: str) -> str:
        """Return a text as a recogniser may write it: without signs that nothing is said for."""
        return " ".join(_NOT_SPOKEN.sub(" ", text).split())

    def written(self, text: str) -> str:
        """Return the words of a text as they are written: French "l'" has no space after it."""
        return self.of(text).replace("' ", "'") if self._elides else self.of(text)

    def _number(self, digits: str) -> str:
        number = float(digits.replace(",", "."))
        if number > _LARGEST:
            return digits
        return number_words(self._language, int(number) if number.is_integer() else number)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The numbers up to 100. A key is a number's words, with single spaces."""
        return {self.of(str(number)): number for number in range(101)}

    @cached_property
    def _number_words(self) -> re.Pattern[str]:
        longest_first = sorted(self.numbers, key=len, reverse=True)
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")

    def numbers_of(self, words: str) -> tuple[str, ...]:
        """Return the numbers up to 100 in ``words``, a result of `of`. The numbers are in words."""
        return tuple(self._number_words.findall(words))

    def without_numbers(self, words: str) -> str:
        """Return a result of `of` with ``#`` in place of each number up to 100."""
        return self._number_words.sub("#", words)

    def spelled(self, text: str) -> str:
        """Return a text with its numbers up to 1000 in words, and everything else unchanged."""
        return _NUMBER.sub(lambda match: self._number(match[0]), text)
