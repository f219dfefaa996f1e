"""Decides which command of the house was misheard as a transcript, if any.

The candidates are the commands that sound most like the transcript. If the recogniser can score how
well a sentence fits the audio, its scores decide among the candidates. Otherwise only the sound
decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from .libraries import load
from .phones import Phones, distance
from .search import most_similar
from .sentences import Sentences
from .verdict import Repair, RepairMode, Score
from .words import Words

__all__ = ["TUNING", "Candidate", "Repairer", "Tuning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The limits and weights that decide about a repair.

    Distances are between 0 and 1, and log probabilities are natural logarithms. Values without a
    reason were chosen on 31 recorded commands and 73 recordings of free speech.
    """

    scored_distance: float = 0.35
    """Largest distance of a command that the recogniser's score supports."""
    careful_distance: float = 0.20
    """Largest distance of a command that is used in mode ``careful`` without a score."""
    loose_distance: float = 0.27
    """Largest distance of a command that is used in mode ``on`` although no score supports it. It
    is between the two values above. With 0.35 and without scores, 18 of 132 commands were replaced
    by other commands."""
    guarded_distance: float = 0.10
    """Largest distance of a guarded command: about one sound in ten."""
    distance_weight: float = 4.0
    """How much a distance of 1 lowers the score of a candidate, in nats."""
    token_loss: float = 1.5
    """How much less likely than the heard text a command may be, in nats per token."""
    opposite_margin: float = 1.0
    """How much more likely than its opposite a command must be, in nats."""
    opposite_distance: float = 0.02
    """How much nearer than its opposite a command must be without a score: half a sound in a text
    of 25 sounds."""
    longest_speech_s: float = 12.0
    """Longer speech is not repaired, because commands are shorter."""
    most_words: int = 20
    """A text with more words is not repaired, because commands have fewer."""


TUNING: Final = Tuning()

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
    """The command. Its numbers are written as in the transcript: in digits or in words."""
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


class Repairer:
    """Finds the commands that sound like a text, and decides about a repair."""

    def __init__(
        self,
        sentences: Sentences,
        *,
        words: Words,
        phones: Phones,
        understands: Callable[[str], bool],
        tuning: Tuning = TUNING,
    ) -> None:
        self._sentences = sentences
        self._words = words
        self._phones = phones
        self._understands = understands
        self._tuning = tuning
        load("rapidfuzz")
        self._single_words = [
            index
            for index in range(len(sentences))
            if " " not in sentences.text(index) and not sentences.is_guarded(index)
        ][:_SINGLE_WORDS]
        self._opposites: dict[str, set[str]] = {}
        for first, second in sentences.opposites:
            self._opposites.setdefault(first, set()).add(second)
            self._opposites.setdefault(second, set()).add(first)

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
                text=self._words.spelled(command) if in_words else command,
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
            Candidate(text=self._sentences.beginnings[index], distance=how_far, guarded=False)
            for how_far, index in similar
            if how_far <= self._tuning.scored_distance
        )

    def best_beginning(
        self,
        commands: Sequence[Candidate],
        beginnings: Sequence[Candidate],
        scores: Sequence[Score],
    ) -> str | None:
        """Return the beginning that fits the audio better than all commands; None if there is none.

        ``commands`` are those of `nearest`, and ``beginnings`` are those of `beginnings`, for the
        same text. ``scores`` has the score of the text, of the commands and of the beginnings, in
        this order.
        """
        heard, *others = scores
        ranked = self._ranked((*commands, *beginnings), others)
        best, score = ranked[0]
        return best.text if best in beginnings and self._supports(score, heard) else None

    def _ranked(
        self, candidates: Sequence[Candidate], scores: Sequence[Score]
    ) -> list[tuple[Candidate, Score]]:
        """Return the candidates with their scores. The best by score and distance is the first."""
        weight = self._tuning.distance_weight
        return sorted(
            zip(candidates, scores, strict=True),
            key=lambda pair: pair[1].log_probability - weight * pair[0].distance,
            reverse=True,
        )

    def _supports(self, score: Score, heard: Score) -> bool:
        """Return whether a candidate fits the audio nearly as well as the heard text does."""
        loss = heard.log_probability - score.log_probability
        return loss <= self._tuning.token_loss * max(1, score.tokens)

    def decide(
        self,
        text: str,
        candidates: Sequence[Candidate],
        scores: Sequence[Score] | None,
        mode: RepairMode,
        *,
        speech_s: float | None = None,
    ) -> Repair | None:
        """Return the command that replaces a final transcript, or None if the transcript stays.

        ``candidates`` are those of `nearest`. ``scores`` has the score of the text itself and then
        the score of each candidate; it is None if the recogniser has no scores. ``speech_s`` is the
        length of the speech in seconds; None if it is unknown.

        Raises:
            ValueError: ``scores`` does not have exactly one score more than there are candidates.
        """
        if scores is not None and len(scores) != len(candidates) + 1:
            raise ValueError(
                f"must have {len(candidates) + 1} scores, the first for the text, got {len(scores)}"
            )
        if mode is RepairMode.OFF or not candidates:
            return None
        if speech_s is not None and speech_s > self._tuning.longest_speech_s:
            return None
        if self._understands(text):
            return None
        usable = scores is not None and all(isfinite(each.log_probability) for each in scores)
        best = (
            self._by_score(text, candidates, scores, mode)
            if scores is not None and usable
            else self._by_sound(text, candidates, mode)
        )
        if best is None or (best.guarded and best.distance > self._tuning.guarded_distance):
            return None
        if self._words.of(best.text) == self._words.of(text):
            return None
        return Repair(text=best.text, reason=f"sounds like a command, distance {best.distance:.2f}")

    def _by_score(
        self,
        text: str,
        candidates: Sequence[Candidate],
        scores: Sequence[Score],
        mode: RepairMode,
    ) -> Candidate | None:
        heard, *others = scores
        ranked = self._ranked(candidates, others)
        best, score = ranked[0]
        if best.distance > self._tuning.scored_distance and not best.is_single_word:
            return None
        if not self._supports(score, heard) and not self._sounds_enough(text, best, mode):
            return None
        for other, its_score in ranked[1:]:
            margin = score.log_probability - its_score.log_probability
            if margin < self._tuning.opposite_margin and self._contradicts(best.text, other.text):
                return None
        return best

    def _by_sound(
        self, text: str, candidates: Sequence[Candidate], mode: RepairMode
    ) -> Candidate | None:
        best, *others = candidates
        largest = self._tuning.careful_distance
        if best.distance > largest and not self._sounds_enough(text, best, mode):
            return None
        if best.distance > 0 and self._reverses(text, best.text):
            return None
        for other in others:
            margin = other.distance - best.distance
            if margin < self._tuning.opposite_distance and self._contradicts(best.text, other.text):
                return None
        return best

    def _sounds_enough(self, text: str, command: Candidate, mode: RepairMode) -> bool:
        """Return whether the sound alone is enough for the command.

        This is possible only in mode ``on``.
        """
        return (
            mode is RepairMode.ON
            and command.distance <= self._tuning.loose_distance
            and not self._reverses(text, command.text)
        )

    def _contradicts(self, first: str, second: str) -> bool:
        """Return whether two commands differ only in opposite words, or only in numbers."""
        one = [each for each in self._marked(first) if each]
        two = [each for each in self._marked(second) if each]
        return (
            len(one) == len(two)
            and one != two
            and all(
                a == b or b in self._opposites.get(a, ()) for a, b in zip(one, two, strict=True)
            )
        ) or self._without_numbers(first, second)

    def _without_numbers(self, first: str, second: str) -> bool:
        one, two = self._words.of(first), self._words.of(second)
        return one != two and self._words.without_numbers(one) == self._words.without_numbers(two)

    def _marked(self, text: str) -> list[str]:
        return self._words.of(text).split()

    def _reverses(self, heard: str, command: str) -> bool:
        """Return whether the command has the opposite of a heard word, or different numbers.

        Only a score can justify such a command, because the heard word fits the sound better.
        """
        heard_words, command_words = self._words.of(heard), self._words.of(command)
        numbers = self._words.numbers_of(heard_words)
        if numbers and numbers != self._words.numbers_of(command_words):
            return True
        said, would_say = set(heard_words.split()), set(command_words.split())
        return any(self._opposites.get(word, set()) & would_say - said for word in said - would_say)
