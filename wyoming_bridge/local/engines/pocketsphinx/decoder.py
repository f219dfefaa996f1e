"""Loads a decoder with the library's own language model, or with one of learned sentences.

Besides pocketsphinx, this module imports only the standard library, and modules with the same
restriction.
"""

import re
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from ....audio import PCM_16K_MONO
from .library import Decoder, LanguageModel
from .pronunciation import pronounce
from .trigram import Trigram

__all__ = ["SAMPLE_RATE_HZ", "SENTENCES", "Learned", "general_decoder", "learned_decoder"]

SAMPLE_RATE_HZ: Final = PCM_16K_MONO.sample_rate_hz
"""The sample rate that the acoustic model requires."""

SENTENCES: Final = "sentences.txt"
"""The file with one sentence per line, in the folder that the server names when it starts the
decoding process."""

GENERAL_WORDS: Final = 5_000
"""How many of the most common English words are recognised besides the learned sentences.

Without them, free speech consists of the words of commands ("close the weather to seven" for "go
somewhere and do something"). With them the result is "go somewhere do something", the recorded
commands are recognised as well as before, and decoding takes 0.09 instead of 0.05 of a core. 2,000
words take 0.08.
"""

GENERAL_SHARE: Final = 0.1
"""The total probability of the common English words as the next word, if no learned sentence
contains the words before it. With 0.5, one more of 16 recorded commands is missed."""

_LEARNED: Final = "learned"
"""The name of the decoder's search with the learned sentences."""


_WORD: Final = re.compile(r"[a-z']+")
"""A word of the dictionary that is neither an abbreviation nor a variant such as ``and(2)``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The words of a decoder that has learned sentences."""

    sentence_words: frozenset[str]
    """The words of the sentences."""
    words: int
    """The number of all words in its language model."""
    model: LanguageModel
    """A second copy of the language model, for a search with more words.

    The model of a search cannot be used for another search: decoding then took twice as long, and
    two more of 16 recorded commands were missed.
    """


def general_decoder() -> Decoder:
    """Load the decoder with the library's own language model."""
    import pocketsphinx

    decoder: Decoder = pocketsphinx.Decoder(samprate=SAMPLE_RATE_HZ, loglevel="FATAL")
    return decoder


def learned_decoder(folder: Path) -> tuple[Decoder, Learned]:
    """Load the decoder with a language model of the sentences in a folder.

    This writes a temporary file to the folder, because the library reads a model only from a file.

    Raises:
        ValueError: The sentences have no words.
    """
    import pocketsphinx

    decoder: Decoder = pocketsphinx.Decoder(samprate=SAMPLE_RATE_HZ, loglevel="FATAL", lm=None)
    config = pocketsphinx.Config()
    general = pocketsphinx.NGramModel(
        config, decoder.logmath, pocketsphinx.get_model_path("en-us/en-us.lm.bin")
    )
    dictionary = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
    with (folder / SENTENCES).open(encoding="utf-8") as sentences:
        model = Trigram(
            sentences,
            general=_common_words(decoder, general, dictionary),
            general_share=GENERAL_SHARE,
        )
    for word in sorted(model.sentence_words):
        if decoder.lookup_word(word) is None and (phones := pronounce(word)):
            decoder.add_word(word, phones, False)
    with NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".arpa") as file:
        file.writelines(model.arpa())
        file.flush()
        first, second = (
            pocketsphinx.NGramModel(config, decoder.logmath, file.name) for _ in range(2)
        )
    decoder.add_lm(_LEARNED, first)
    decoder.activate_search(_LEARNED)
    return decoder, Learned(
        sentence_words=model.sentence_words, words=len(model.words), model=second
    )


def _common_words(decoder: Decoder, general: LanguageModel, dictionary: Path) -> dict[str, float]:
    """Return the most common words of the dictionary with their probabilities."""
    with dictionary.open(encoding="utf-8") as lines:
        words = (line.partition(" ")[0] for line in lines)
        logs = {word: general.prob([word]) for word in words if _WORD.fullmatch(word)}
    common = nlargest(GENERAL_WORDS, logs, key=logs.__getitem__)
    return {word: decoder.logmath.exp(logs[word]) for word in common}
