"""Finds the commands of the house that sound like a transcript."""

from dataclasses import dataclass
from typing import Final

from .libraries import load
from .phones import Phones, distance
from .search import most_similar
from .sentences import Sentences
from .tuning import TUNING, Tuning
from .words import Words

__all__ = ["Candidate", "CandidateFinder"]

_RANKED: Final = 8
"""How many commands become candidates because they sound like the text. The limit saves time,
because it takes 10 ms or more to score a candidate."""

_SINGLE_WORDS: Final = 4
"""The most commands of one word that become candidates, whatever they sound like. English has
three."""

_BEGINNINGS: Final = 4
"""How many beginnings of commands become candidates. In pauses inside 60 commands, the spoken
beginning was among the three that sounded most like the text."""

_SHORT_TEXT: Final = 2
"""The most words of a text that may be a misheard command of one word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A command of the house that sounds like a transcript."""

    text: str
    """The command. Its numbers are written as in the transcript: in digits or in words. But those
    of a name or of the user's own sentence are written as the house writes them."""
    spoken: str
    """The command as a recogniser may write it, with all its numbers as in the transcript, so that
    the scores of the two texts can be compared."""
    distance: float
    """How different the command sounds from the transcript, 0 to 1."""
    guarded: bool
    """Whether a wrong repair to the command could open something, such as a lock."""

    @property
    def is_single_word(self) -> bool:
        """Whether the command is one word, such as "pause".

        One wrong sound of three or four is already a large distance. So the distance decides
        nothing about such a command if there is a score.
        """
        return " " not in self.text


class CandidateFinder:
    """Finds the commands, and the beginnings of commands, that sound like a text."""

    def __init__(
        self, sentences: Sentences, *, words: Words, phones: Phones, tuning: Tuning = TUNING
    ) -> None:
        self._sentences = sentences
        self._words = words
        self._phones = phones
        self._tuning = tuning
        load("rapidfuzz")
        self._single_words = [
            index
            for index in range(len(sentences))
            if " " not in sentences.text(index) and not sentences.is_guarded(index)
        ][:_SINGLE_WORDS]

    def nearest(self, text: str) -> tuple[Candidate, ...]:
        """Return the commands that may have been heard as a text, the nearest first.

        They sound similar. For a short text, the commands of one word are added. The call releases
        Python's global interpreter lock again and again, so other threads run.
        """
        words = self._words.of(text)
        count = len(words.split())
        if not 0 < count <= self._tuning.most_words:
            return ()
        sounds = self._phones.of(words)
        similar = most_similar(sounds, self._sentences.sounds, most=_RANKED)
        # Commands that sound more different are not worth a score.
        found = {
            index: how_far for how_far, index in similar if how_far <= self._tuning.scored_distance
        }
        if count <= _SHORT_TEXT:
            for index in self._single_words:
                found.setdefault(index, distance(sounds, self._sentences.sounds[index]))
        in_words = not any(each.isdigit() for each in text) and self._words.numbers_of(words)
        return tuple(
            Candidate(
                text=self._sentences.spelled(index) if in_words else command,
                spoken=self._words.spoken(self._words.spelled(command) if in_words else command),
                distance=found[index],
                guarded=self._sentences.is_guarded(index),
            )
            for index in sorted(found, key=lambda index: (found[index], index))
            for command in [self._sentences.text(index)]
        )

    def beginnings(self, text: str) -> tuple[Candidate, ...]:
        """Return the beginnings of commands that may have been heard as a text, the nearest first.

        Beginnings are misheard more often than whole commands, because the recogniser does not know
        what follows. For "what is", it writes "What it?".
        """
        words = self._words.of(text)
        if len(words.split()) > self._tuning.most_words:
            return ()
        sounds = self._sentences.sounds_of_beginnings
        similar = most_similar(self._phones.of(words), sounds, most=_BEGINNINGS)
        return tuple(
            Candidate(text=text, spoken=text, distance=how_far, guarded=False)
            for how_far, index in similar
            if how_far <= self._tuning.scored_distance
            for text in [self._sentences.beginnings[index]]
        )
