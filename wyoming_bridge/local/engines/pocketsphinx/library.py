"""Types of the parts of pocketsphinx that are used here. The library has no type hints."""

from collections.abc import Iterable, Sequence
from typing import Protocol

__all__ = ["Decoder", "LanguageModel", "LogMath", "Segment"]


class Segment(Protocol):
    """A dictionary entry in the recognised text, with its position in the audio."""

    word: str
    start_frame: int
    end_frame: int
    """The last frame of the entry."""
    prob: float
    """The posterior probability, once ``get_prob`` was called. Rounding can make it exceed 1."""


class LanguageModel(Protocol):
    """The part of ``pocketsphinx.NGramModel`` that is used here."""

    def add_word(self, word: str, weight: float) -> object:
        """Add a word that can follow any word. An average word has a ``weight`` of 1."""

    def prob(self, words: Sequence[str]) -> int:
        """Return the log probability of ``words[0]`` after the other words, the last one first."""


class LogMath(Protocol):
    """The part of ``pocketsphinx.LogMath`` that is used here."""

    def exp(self, log_value: int) -> float:
        """Return the number whose logarithm, in the library's own base, is ``log_value``."""


class Decoder(Protocol):
    """The part of ``pocketsphinx.Decoder`` that is used here."""

    logmath: LogMath

    def lookup_word(self, word: str) -> str | None:
        """Return the phones of a word; None if it is not in the dictionary."""

    def add_word(self, word: str, phones: str, update: bool) -> object:  # noqa: FBT001 - the decoder's own signature
        """Add a word to the dictionary."""

    def current_search(self) -> str:
        """Return the name of the active search."""

    def get_lm(self, name: str) -> LanguageModel:
        """Return the language model of a search."""

    def add_lm(self, name: str, lm: LanguageModel) -> object:
        """Add a search with a language model."""

    def activate_search(self, name: str) -> object:
        """Make a search the active one."""

    def start_utt(self) -> None:
        """Begin an utterance. Frames count from 0 again."""

    def process_raw(self, data: bytes, no_search: bool, full_utt: bool) -> object:  # noqa: FBT001 - the decoder's own signature
        """Decode more audio, which is 16-bit mono at the rate of ``samprate``."""

    def end_utt(self) -> None:
        """End the utterance with a last search, which takes 0.05 s per second of speech."""

    def n_frames(self) -> int:
        """Return the number of frames of the utterance."""

    def get_cmn(self, update: bool) -> str:  # noqa: FBT001 - the decoder's own signature
        """Return the mean of the features, as numbers with commas between them."""

    def set_cmn(self, cmn: str) -> None:
        """Set the mean of the features."""

    def get_prob(self) -> float:
        """Compute the posteriors, including those of the segments."""

    def seg(self) -> Iterable[Segment] | None:
        """Return the entries of the best path; None if there is no path."""
