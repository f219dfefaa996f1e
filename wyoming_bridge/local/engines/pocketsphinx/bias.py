"""Makes the words of bias terms more likely in the decoder of one voice.

The library cannot change the weight of a word. So each word gets a *twin* with the same phones and
a higher weight, which is shown as the original word.

Besides pocketsphinx, this module imports only the standard library, and modules with the same
restriction.
"""

import re
from itertools import count
from typing import Final

from .decoder import Learned
from .library import Decoder

__all__ = ["bias", "original_of"]

_WORD: Final = re.compile(r"[a-z'.-]+")
"""Matches the words of the dictionary, but not the variants and the entries for silence."""

_TWIN: Final = "^"
"""The suffix of a twin."""

_TWIN_WEIGHT: Final = 100.0
"""The weight of a twin, relative to the average word of the language model. With this weight, the
model expects a twin once in 700 words. Twins do not make words more likely that are more common
than that, so function words in a term have no effect.

The value was chosen with terms for the sample recordings. With weights of 1 and 10, names and rare
words are recognised ("dashwood", "prudently"). With 100, "be ill disposed" is recognised too, and
no other recording changes. With 1000, terms that were not spoken are recognised ("to and meters"
instead of "ten years").
"""

_TWIN_SHARE: Final = 1 / 700
"""The probability that a twin with ``_TWIN_WEIGHT`` has in the library's own model. In the model of
learned sentences, a twin gets the same probability."""

_BIASED: Final = "biased"
"""The name of the decoder's search with the twins."""


def bias(decoder: Decoder, terms: str, *, learned: Learned | None = None) -> None:
    """Make the words of the terms more likely. ``terms`` has white space between the words.

    Words that are not in the dictionary are ignored, because their phones are unknown.

    ``learned`` describes the decoder's model if the decoder has learned sentences. Words of these
    sentences get no twin: after the earlier words of a sentence, the model expects the word itself,
    and not its twin.

    On a desktop this takes 0.26 s and 30 MiB, for any number of terms up to a hundred.
    """
    if not terms:
        return
    model = learned.model if learned else decoder.get_lm(decoder.current_search())
    has_twins = False
    weight = learned.words * _TWIN_SHARE if learned else _TWIN_WEIGHT
    words = set(terms.lower().split()) - (learned.sentence_words if learned else frozenset())
    for word in sorted(words):
        phones = decoder.lookup_word(word) if _WORD.fullmatch(word) else None
        if phones is None:
            continue
        has_twins = True
        model.add_word(f"{word}{_TWIN}", weight)
        variant = ""
        for number in count(2):
            decoder.add_word(f"{word}{_TWIN}{variant}", phones, False)
            variant = f"({number})"
            phones = decoder.lookup_word(f"{word}{variant}")
            if phones is None:
                break
    if has_twins:
        decoder.add_lm(_BIASED, model)
        decoder.activate_search(_BIASED)


def original_of(word: str) -> str:
    """Return the word that a twin stands for; any other word is returned unchanged."""
    return word.removesuffix(_TWIN)
