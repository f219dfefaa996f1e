"""Decides which command of the house was misheard as a transcript, if any.

The candidates are the commands that sound most like the transcript. If the recogniser can score how
well a sentence fits the audio, its scores decide among the candidates. Otherwise only the sound
decides.
"""

from collections.abc import Callable, Sequence
from math import isfinite

from .candidates import Candidate
from .changes import Changes
from .kept_words import KeptWords
from .mentions import Mentions
from .opposites import Opposites
from .tuning import TUNING, Tuning
from .verdict import Repair, RepairMode, Score

__all__ = ["Repairer"]


class Repairer:
    """Decides whether a candidate replaces a text."""

    def __init__(
        self,
        *,
        opposites: Opposites,
        kept_words: KeptWords,
        changes: Changes,
        mentions: Mentions,
        understands: Callable[[str], bool],
        tuning: Tuning = TUNING,
    ) -> None:
        """Take ``understands``, which returns whether a text is a command already."""
        self._opposites = opposites
        self._kept_words = kept_words
        self._changes = changes
        self._mentions = mentions
        self._understands = understands
        self._tuning = tuning

    def best_beginning(
        self,
        commands: Sequence[Candidate],
        beginnings: Sequence[Candidate],
        scores: Sequence[Score],
    ) -> str | None:
        """Return the beginning that fits the audio better than all commands; None if there is none.

        ``commands`` are those of `CandidateFinder.nearest`, and ``beginnings`` are those of
        `CandidateFinder.beginnings`, for the same text. ``scores`` has the score of the text, of
        the commands and of the beginnings, in this order.
        """
        heard, *others = scores
        ranked = self._ranked((*commands, *beginnings), others)
        best, score = ranked[0]
        return best.text if best in beginnings and self._supports(score, heard) else None

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

        ``candidates`` are those of `CandidateFinder.nearest`. ``scores`` has the score of the text
        itself and then the score of each candidate; it is None if the recogniser has no scores.
        ``speech_s`` is the length of the speech in seconds; None if it is unknown.

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
        best = self._as_heard(text, candidates)
        if best is None:
            usable = scores is not None and all(isfinite(each.log_probability) for each in scores)
            best = (
                self._by_score(text, candidates, scores, mode)
                if scores is not None and usable
                else self._by_sound(text, candidates, mode)
            )
        if best is None or not self._may_replace(text, best):
            return None
        return Repair(text=best.text, reason=f"sounds like a command, distance {best.distance:.2f}")

    def _as_heard(self, text: str, candidates: Sequence[Candidate]) -> Candidate | None:
        """Return the candidate that has the words of the text, only written differently."""
        return next((each for each in candidates if self._changes.are_none(text, each.text)), None)

    def _may_replace(self, text: str, command: Candidate) -> bool:
        """Return whether the command, which sounds or fits best, may replace the text at all."""
        if command.guarded and command.distance > self._tuning.guarded_distance:
            return False
        return not self._kept_words.loses(text, command.text)

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
        """Return whether a candidate fits the audio, and nearly as well as the heard text does."""
        loss = heard.log_probability - score.log_probability
        tokens = max(1, score.tokens)
        return (
            score.log_probability >= self._tuning.least_log_probability * tokens
            and loss <= self._tuning.token_loss * tokens
        )

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
        if self._changes.invents(text, best.text, most_sounds=self._tuning.invented_sounds):
            return None
        if not self._supports(score, heard) and not self._sounds_enough(text, best, mode):
            return None
        opposites = [
            its_score
            for other, its_score in ranked[1:]
            if self._opposites.contradicts(best.text, other.text)
        ]
        # If no command of the house has the heard word, as for "stop Rosie", the text is compared.
        if not opposites and self._opposites.opposes(text, best.text):
            opposites = [heard]
        clearest = score.log_probability - self._tuning.opposite_margin
        return None if any(each.log_probability > clearest for each in opposites) else best

    def _by_sound(
        self, text: str, candidates: Sequence[Candidate], mode: RepairMode
    ) -> Candidate | None:
        best, *others = candidates
        if not self._sounds_alike(text, best, mode):
            return None
        if best.distance > 0 and self._opposites.reverses(text, best.text):
            return None
        for other in others:
            margin = other.distance - best.distance
            if margin < self._tuning.opposite_distance and (
                self._opposites.contradicts(best.text, other.text)
                or self._mentions.differ(best.text, other.text)
            ):
                return None
        return best

    def _sounds_enough(self, text: str, command: Candidate, mode: RepairMode) -> bool:
        """Return whether the sound alone is enough for a command that the scores do not support.

        This is possible only in mode ``on``.
        """
        return (
            mode is RepairMode.ON
            and self._sounds_alike(text, command, mode)
            and not self._opposites.reverses(text, command.text)
        )

    def _sounds_alike(self, text: str, command: Candidate, mode: RepairMode) -> bool:
        """Return whether the command sounds like the text, as a whole and in each changed word."""
        tuning = self._tuning
        is_loose = mode is RepairMode.ON
        largest = tuning.loose_distance if is_loose else tuning.careful_distance
        if command.is_single_word:
            largest = tuning.guarded_distance
        return command.distance <= largest and self._changes.are_small(
            text,
            command.text,
            replaced=tuning.loose_change if is_loose else tuning.careful_change,
            added=tuning.added_change,
        )
