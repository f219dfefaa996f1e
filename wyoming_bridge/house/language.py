"""Judges and repairs transcripts by the commands of one house."""

import logging
import random
from collections.abc import Callable, Sequence

from .candidates import Candidate, CandidateFinder
from .changes import Changes
from .completeness import CommandMatcher
from .house import House
from .kept_words import KeptWords
from .language_templates import LANGUAGES, Templates
from .libraries import family_of
from .mentions import Mentions
from .opposites import Opposites
from .phones import Phones
from .repair import Repairer
from .sentences import Sentences
from .verdict import Completeness, Repair, RepairMode, Score
from .words import Words

__all__ = ["HouseLanguage"]

_log = logging.getLogger(__name__)


class HouseLanguage:
    """Judges and repairs transcripts by the names and the commands of one house.

    The constructor takes up to 5 s, and a method up to 0.1 s, so call both in a thread. Only one
    thread at a time may call a method. To end the constructor early, let ``is_wanted`` return
    False.

    Raises:
        UnwantedError: ``is_wanted`` has returned False.
        DependencyError: A library of the extra ``house`` is not installed.
        SentencesError: Some of the house's own sentences are not hassil templates.
    """

    def __init__(self, house: House, *, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self.house = house
        self._matcher = CommandMatcher(house)
        if not self._matcher.is_available:
            _log.info(
                "Home Assistant has no sentences in the language %r, so only the house's own "
                "sentences count as commands",
                house.language,
            )
        self._words = Words(house.language)
        self._sentences: Sentences | None = None
        self._finder: CandidateFinder | None = None
        self._repairer: Repairer | None = None
        if family_of(house.language) in LANGUAGES:
            templates, words = Templates.of(house.language), self._words
            phones = Phones(family_of(house.language))
            self._sentences = Sentences(
                house, words=self._words, phones=phones, is_wanted=is_wanted
            )
            self._finder = CandidateFinder(self._sentences, words=self._words, phones=phones)
            self._repairer = Repairer(
                opposites=Opposites(
                    [tuple(map(words.of, pair)) for pair in templates.opposites], words=words
                ),
                kept_words=KeptWords(
                    anywhere=templates.negations, first=templates.openings, words=words
                ),
                changes=Changes(words=words, phones=phones),
                mentions=Mentions(house, words=words),
                understands=self._matcher.understands,
            )

    @property
    def can_repair(self) -> bool:
        """Whether the house's language has templates for repair. Otherwise nothing is repaired."""
        return self._repairer is not None

    @property
    def knows_completeness(self) -> bool:
        """Whether Home Assistant has sentences in the language.

        Otherwise the completeness of a text is unknown, unless the text is one of the house's own
        sentences.
        """
        return self._matcher.is_available

    def completeness(self, text: str) -> Completeness:
        """Return whether a text is a command of the house, the beginning of one, or neither."""
        return self._matcher.completeness(text)

    def may_be_misheard(self, text: str) -> bool:
        """Return whether a text is neither a command nor certainly the beginning of one."""
        return self._matcher.may_be_misheard(text)

    def nearest(self, text: str) -> tuple[Candidate, ...]:
        """Return at most 12 commands that may have been heard as a text, the nearest first."""
        return () if self._finder is None else self._finder.nearest(text)

    def beginnings(self, text: str) -> tuple[Candidate, ...]:
        """Return at most 4 beginnings of commands that sound like a text, the nearest first."""
        return () if self._finder is None else self._finder.beginnings(text)

    def best_beginning(
        self,
        commands: Sequence[Candidate],
        beginnings: Sequence[Candidate],
        scores: Sequence[Score],
    ) -> str | None:
        """Return the beginning that fits the audio better than all commands; None if there is none.

        ``commands`` are those of `nearest`, and ``beginnings`` are those of `beginnings`, for the
        same text. There must be at least one. ``scores`` has the score of the text, of the commands
        and of the beginnings, in this order.
        """
        if self._repairer is None:
            return None
        return self._repairer.best_beginning(commands, beginnings, scores)

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
        if self._repairer is None:
            return None
        return self._repairer.decide(text, candidates, scores, mode, speech_s=speech_s)

    def repair(
        self,
        text: str,
        scorer: Callable[[Sequence[str]], list[Score]] | None,
        mode: RepairMode,
        *,
        speech_s: float | None = None,
    ) -> Repair | None:
        """Return the result of `decide` for the candidates of `nearest`.

        A text that is a command, or certainly the beginning of one, is not repaired.

        ``scorer`` gets ``text``, followed by the texts of the candidates, and returns a score for
        each of them. It is called only if there are candidates.
        """
        if mode is RepairMode.OFF or not self.may_be_misheard(text):
            return None
        candidates = self.nearest(text)
        scores = None
        if scorer is not None and candidates:
            scores = scorer([text, *(each.spoken for each in candidates)])
        return self.decide(text, candidates, scores, mode, speech_s=speech_s)

    def terms(self) -> tuple[str, ...]:
        """Return the names of the house, to bias a recogniser."""
        return self.house.terms()

    def sentences(self, *, limit: int, seed: int = 0) -> list[str]:
        """Return commands in lower-case words, to train a language model.

        If there are more than ``limit`` commands, return a random sample of them. The same ``seed``
        gives the same sample. Return nothing if the house's language has no templates for repair.
        """
        if self._sentences is None:
            return []
        chosen: Sequence[int] = range(len(self._sentences))
        if limit < len(chosen):
            chosen = random.Random(seed).sample(chosen, limit)  # noqa: S311 - no secret
        return [self._words.written(self._sentences.text(index)) for index in chosen]
