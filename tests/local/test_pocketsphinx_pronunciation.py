"""Pronunciations of words that the dictionary does not have."""

import pocketsphinx
import pytest

from wyoming_bridge.house.english_sounds import ENGLISH_WORDS
from wyoming_bridge.local.engines.pocketsphinx.pronunciation import pronounce


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("ecobee", "EH K AA B IY"),
        ("unmute", "AH N M Y UW T"),
        ("door", "D AO R"),
        ("café", "K EY F"),
        ("2000", None),
        ("кухня", None),
        ("<s>", None),
        ("and(2)", None),
        ("", None),
    ],
)
def test_a_word_has_phones_unless_it_cannot_be_pronounced(word: str, phones: str | None) -> None:
    assert pronounce(word) == phones


def test_all_sounds_of_english_are_phones_of_the_library() -> None:
    decoder = pocketsphinx.Decoder(samprate=16000, loglevel="FATAL", lm=None)
    for number, word in enumerate(ENGLISH_WORDS):
        phones = pronounce(word)
        assert phones is not None
        decoder.add_word(f"new{number}", phones, False)
        assert decoder.lookup_word(f"new{number}") == phones
