"""Returns how words sound, one character per sound, and how different two texts sound.

Texts that recognisers write differently, such as "bed light" and "bedlight", have the same sounds.
This module uses only the tables of `english_sounds` and `merged_letters`, and no pronunciation
dictionary. A dictionary is not installed on every machine, but all machines must repair a
transcript in the same way.
"""

import re
import unicodedata
from functools import cached_property
from typing import Final

from .english_sounds import ENGLISH_RULES, ENGLISH_WORDS
from .merged_letters import MERGED_LETTERS

__all__ = ["Phones", "cost", "distance"]

_VOWELS: Final = frozenset("aAeEiIoOuUWYR")

_SIMILAR: Final = {
    frozenset(pair): cost
    for pairs, cost in (
        # Pairs of a voiced and a voiceless sound, and of nasals. They are confused most often.
        ("pb td kg fv sz SZ CJ mn nN Td Tt Tf", 0.4),
        # Consonants with a similar place or manner of articulation.
        ("sS zZ tC dJ SC ZJ Ts bv lr wv kx gx hx kh lw jE ji", 0.6),
        # Pairs of similar vowels. Every other pair of vowels costs 0.5.
        ("iE ei eA ae au uo oO uU ou iu eu RU RO Ru Wo WO EI AI Yo YI ao", 0.3),
    )
    for pair in pairs.split()
}
_OTHER_VOWEL: Final = 0.5
_OTHER_CONSONANT: Final = 1.0
_VOWEL_FOR_CONSONANT: Final = 1.0
_EXTRA: Final = dict.fromkeys((*_VOWELS, "h", "j", "w"), 0.5)
"""The cost of a sound that only one text has. Vowels and glides are often swallowed, so they cost
less than all other sounds, which cost 1."""

_MAX_CACHED_WORDS: Final = 20_000


class Phones:
    """The sounds of words in one language. They are cached, because many commands share words."""

    def __init__(self, language: str) -> None:
        self._language = language.partition("-")[0]
        self._words: dict[str, str] = {}

    def of(self, words: str) -> str:
        """Return the sounds of lower-case words, without spaces."""
        known = self._words
        found = []
        for word in words.split():
            sounds = known.get(word)
            if sounds is None:
                if len(known) >= _MAX_CACHED_WORDS:
                    known.clear()
                sounds = known[word] = self._word(word)
            found.append(sounds)
        return "".join(found)

    def _word(self, word: str) -> str:
        if self._language == "en":
            return _ENGLISH.word(word)
        letters = _plain(word, umlauts=self._language == "de")
        table = MERGED_LETTERS.get(self._language, MERGED_LETTERS[""])
        return _merged(letters, table) or letters


class _English:
    @cached_property
    def _rules(self) -> dict[str, list[tuple[str, re.Pattern[str], re.Pattern[str], str]]]:
        rules: dict[str, list[tuple[str, re.Pattern[str], re.Pattern[str], str]]] = {}
        for letters, after, before, sounds in ENGLISH_RULES:
            rule = (letters, _pattern(f"(?:{after})$"), _pattern(before), sounds)
            rules.setdefault(letters[0], []).append(rule)
        return rules

    def word(self, word: str) -> str:
        if (irregular := ENGLISH_WORDS.get(word)) is not None:
            return irregular
        word = _plain(word, doubled=True)
        if (irregular := ENGLISH_WORDS.get(word)) is not None:
            return irregular
        if word.endswith("s") and (singular := ENGLISH_WORDS.get(word[:-1])) is not None:
            return singular + ("s" if singular[-1] in "ptkfT" else "z")
        if word.endswith("ed") and len(word) > len("shed"):
            present = ENGLISH_WORDS.get(word[:-1]) or ENGLISH_WORDS.get(word[:-2])
            if present is not None:
                return present + ("id" if present[-1] in "td" else "d")
        sounds: list[str] = []
        at = 0
        while at < len(word):
            for letters, after, before, sound in self._rules.get(word[at], ()):
                end = at + len(letters)
                if (
                    word.startswith(letters, at)
                    and after.search(word[:at])
                    and before.match(word, end)
                ):
                    sounds.append(sound)
                    at = end
                    break
            else:
                if not (at and word[at - 1] == word[at]):  # doubled letters sound once
                    sounds.append(word[at])
                at += 1
        return "".join(sounds)


def _pattern(context: str) -> re.Pattern[str]:
    return re.compile(context.replace("V", "[aeiouy]").replace("K", "[^aeiouy]"))


_ENGLISH: Final = _English()


def _plain(word: str, *, umlauts: bool = False, doubled: bool = False) -> str:
    """Return the letters and digits of a word, without accents.

    Doubled letters become single, unless ``doubled`` is set. With ``umlauts``, the letters ä, ö and
    ü become letters with similar sounds.
    """
    if umlauts:
        word = word.translate({ord("ä"): "e", ord("ö"): "oe", ord("ü"): "ue"})
        word = word.replace("oe", "R").replace("ue", "u")
    decomposed = unicodedata.normalize("NFKD", word.replace("ß", "s"))
    letters = "".join(each for each in decomposed if each.isalnum())
    return letters if doubled else re.sub(r"(.)\1", r"\1", letters)


def _merged(letters: str, table: tuple[tuple[str, str], ...]) -> str:
    ended = f"{letters}$"
    sounds: list[str] = []
    at = 0
    while at < len(letters):
        fitting = [entry for entry in table if ended.startswith(entry[0], at)]
        if fitting:
            longest, sound = max(fitting, key=lambda entry: len(entry[0]))
            sounds.append(sound)
            at += len(longest.rstrip("$"))
        else:
            sounds.append(letters[at])
            at += 1
    return "".join(sounds)


def distance(first: str, second: str) -> float:
    """Return how different two texts of sounds are, from 0 for the same to 1.

    It is the `cost` of their difference, divided by the number of sounds of the longer one.
    """
    if first == second:
        return 0.0
    return min(1.0, cost(first, second) / max(len(first), len(second)))


def cost(first: str, second: str) -> float:
    """Return the least cost of the edits that turn one text of sounds into the other.

    A sound that is missing, or that is replaced by one that is not similar to it, costs up to 1.
    """
    while first and second and first[0] == second[0]:  # equal beginnings and ends cost nothing
        first, second = first[1:], second[1:]
    while first and second and first[-1] == second[-1]:
        first, second = first[:-1], second[:-1]
    previous = [0.0]
    for each in second:
        previous.append(previous[-1] + _EXTRA.get(each, 1.0))
    for one in first:
        extra = _EXTRA.get(one, 1.0)
        current = [previous[0] + extra]
        for i, other in enumerate(second):
            current.append(
                min(
                    previous[i] + _change(one, other),
                    previous[i + 1] + extra,
                    current[i] + _EXTRA.get(other, 1.0),
                )
            )
        previous = current
    return previous[-1]


def _change(one: str, other: str) -> float:
    if one == other:
        return 0.0
    found = _COSTS.get((one, other))
    if found is None:
        found = _COSTS[one, other] = _similarity(one, other)
    return found


def _similarity(one: str, other: str) -> float:
    if (cost := _SIMILAR.get(frozenset((one, other)))) is not None:
        return cost
    vowels = (one in _VOWELS) + (other in _VOWELS)
    return (_OTHER_CONSONANT, _VOWEL_FOR_CONSONANT, _OTHER_VOWEL)[vowels]


_COSTS: Final[dict[tuple[str, str], float]] = {}
"""A cache of the cost of changing one sound into another."""
