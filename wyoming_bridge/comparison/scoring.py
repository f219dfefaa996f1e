"""Compares a transcript with what was said, and counts its errors."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import DependencyError
from ..house.words import Words

if TYPE_CHECKING:
    from ..house.understanding import Understanding

__all__ = ["Score", "Scorer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The errors of one transcript."""

    words: int
    """How many words were said."""
    substituted: int
    deleted: int
    inserted: int
    is_right: bool
    """Whether each word is right. Case, punctuation and the spelling of numbers do not matter."""
    is_intent_right: bool | None
    """Whether Home Assistant would do the same for the transcript as for what was said. None if no
    command was said, or if intents are not compared."""

    @property
    def errors(self) -> int:
        """How many words are wrong, missing or made up."""
        return self.substituted + self.deleted + self.inserted


class Scorer:
    """Compares transcripts with what was said, in one language."""

    def __init__(self, language: str, *, understanding: "Understanding | None" = None) -> None:
        """Create the scorer. Without ``understanding``, intents are not compared.

        Raises:
            DependencyError: A library of the extra ``compare`` is not installed.
        """
        try:
            import jiwer
        except ImportError as err:
            raise DependencyError(
                "comparing needs jiwer: pip install 'wyoming-bridge[compare]'", library="jiwer"
            ) from err
        self._align = jiwer.process_words
        self._words = Words(language)
        self._understanding = understanding

    def score(self, truth: str, text: str) -> Score:
        """Return the errors of a transcript."""
        said, heard = self._words.of(truth), self._words.of(text)
        if said:
            output = self._align(said, heard)
            counts = output.substitutions, output.deletions, output.insertions
        else:  # jiwer refuses an empty reference
            counts = 0, 0, len(heard.split())
        substituted, deleted, inserted = counts
        return Score(
            words=len(said.split()),
            substituted=substituted,
            deleted=deleted,
            inserted=inserted,
            is_right=said == heard,
            is_intent_right=self._is_intent_right(truth, text),
        )

    def _is_intent_right(self, truth: str, text: str) -> bool | None:
        if self._understanding is None or (wanted := self._understanding.of(truth)) is None:
            return None
        return self._understanding.of(text) == wanted
