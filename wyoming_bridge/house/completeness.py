"""Decides whether a text is a whole command, the beginning of one, or neither.

hassil, Home Assistant's library for sentence templates, says whether a text is a whole sentence,
but not whether a sentence begins with it. So this module reads a text character by character. After
each character it knows all states that the text so far can have reached in the automaton of the
parsed templates. It caches these states, because many texts begin alike.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from .command_templates import command_templates
from .grammar import Grammar
from .house import House
from .language_templates import particles_of
from .libraries import intents_of
from .lookahead import Lookahead
from .states import State
from .trie import CJK_SPACE, folded
from .verdict import Completeness

__all__ = ["CommandMatcher"]

_MAX_CACHED: Final = 4_000
"""The largest number of text beginnings whose states are cached. Each beginning has a few hundred
states at most. When this number or ``_MAX_STATES`` is exceeded, the cache is emptied."""
_MAX_STATES: Final = 300_000
_MAX_TEXT: Final = 300
"""The most characters of a command. A longer text is not read: its completeness is unknown."""
_WITH_TIMER_NAMES: Final = frozenset(
    {
        "HassCancelTimer",
        "HassDecreaseTimer",
        "HassIncreaseTimer",
        "HassPauseTimer",
        "HassStartTimer",
        "HassTimerStatus",
        "HassUnpauseTimer",
    }
)
"""The intents whose wildcard is the name of a timer. Few people pause between it and "timer", and
without this rule, "stop it" would be the beginning of "stop it timer"."""
_PUNCTUATION: Final = re.compile(
    r"[.,?!;:\u2026\u00bf\u00a1\u3002\uff0c\uff1f\uff01\"\u201c\u201d]+(?=\s|$)|^[\u00bf\u00a1\"]"
)


@dataclass(slots=True, eq=False)
class _Reached:
    """The states that a beginning of a text reaches."""

    states: tuple[State, ...]
    next: dict[str, "_Reached"] = field(default_factory=dict)
    verdict: Completeness | None = None


class CommandMatcher:
    """Decides how complete a text is, from the sentences of Home Assistant and of the house."""

    def __init__(self, house: House) -> None:
        from hassil.intents import Intents

        intents = intents_of(house.language)
        self.is_available = intents is not None
        """Whether Home Assistant has sentences in the language."""
        intents = intents or Intents(language=house.language, intents={})
        particles = particles_of(house.language)
        self._particles = particles or frozenset()
        self._skipped = _pattern_of({*intents.skip_words, *house.skip_words})
        self._grammar = Grammar(house.language, joins_words=intents.settings.ignore_whitespace)
        self._lookahead = Lookahead(self._grammar, particles=particles)
        self._templates = [*command_templates(house, intents, grammar=self._grammar)]
        self._cached = 0
        self._start = self._begin()

    def _begin(self) -> _Reached:
        self._grammar.forget()
        self._cached = 0
        states = dict.fromkeys(self._grammar.closure(self._templates, after_space=True))
        # If a template could begin with a wildcard, any speech would be an unfinished command.
        return _Reached(tuple(each for each in states if not each.wildcard))

    def completeness(self, text: str) -> Completeness:
        """Return whether a text is a whole command, the beginning of one, or neither."""
        reached = self._walk(text)
        if reached is None:
            return Completeness.UNKNOWN
        if reached.verdict is None:
            *_, last_word = _folded(text).split()
            reached.verdict = self._judge(reached, ends_verb=last_word in self._particles)
        return reached.verdict

    def understands(self, text: str) -> bool:
        """Return whether a text is a whole command.

        A text that fits only a template with a wildcard at its end does not count as a command.
        Otherwise every French text that begins with "mets" would be a request for music.
        """
        return self.completeness(text) in {Completeness.COMPLETE, Completeness.EXTENDABLE}

    def may_be_misheard(self, text: str) -> bool:
        """Return whether a text is neither a command nor certainly the beginning of one.

        "Cancel oil timers" may be the beginning of "cancel oil timers timer", because a wildcard of
        a template stands for any words. So it is not certain, and the text may be misheard.
        """
        completeness = self.completeness(text)
        if completeness is not Completeness.UNFINISHED:
            return completeness is Completeness.UNKNOWN
        reached = self._walk(text)
        return reached is not None and any(state.wildcard for state in reached.states)

    def _walk(self, text: str) -> _Reached | None:
        if len(text) > _MAX_TEXT:
            return None
        with_skipped = _folded(text)
        for attempt in dict.fromkeys((self._without_skipped(with_skipped), with_skipped)):
            if attempt and (reached := self._follow(attempt)) is not None:
                return reached
        return None

    def _without_skipped(self, text: str) -> str:
        return " ".join(self._skipped.sub(" ", text).split()) if self._skipped else text

    def _follow(self, text: str) -> _Reached | None:
        if self._grammar.joins_words:
            text = CJK_SPACE.sub("", text)
        if self._cached > _MAX_CACHED or self._grammar.size > _MAX_STATES:
            self._start = self._begin()
        reached = self._start
        for character in text:
            following = reached.next.get(character)
            if following is None:
                following = _Reached(self._grammar.step(reached.states, character))
                reached.next[character] = following
                self._cached += 1
            if not following.states:
                return None
            reached = following
        return reached

    def _judge(self, reached: _Reached, *, ends_verb: bool) -> Completeness:
        """Return the completeness of a text.

        ``ends_verb`` says whether its last word is a particle. Such a text is not expected to go
        on, even if a wildcard could: "zet de kachel aan" is not the beginning of "zet de kachel aan
        op mijn lijst".
        """
        goes_on = inside = open_end = False
        meanings: set[object] = set()
        for state in reached.states:
            if state.wildcard:
                is_open = self._lookahead.can_end(state)
                open_end |= is_open
                inside |= not (is_open or ends_verb or _has_timer_name(state))
            elif self._lookahead.can_end(state):
                meanings.add(state.continuation.meaning)
                goes_on |= not state.is_end and self._lookahead.continues(state)
            else:
                goes_on |= self._lookahead.continues(state)
        if meanings:
            is_extendable = goes_on and self._lookahead.changes_meaning(reached.states, meanings)
            return Completeness.EXTENDABLE if is_extendable else Completeness.COMPLETE
        if goes_on or (inside and not open_end):
            return Completeness.UNFINISHED
        return Completeness.UNKNOWN


def _folded(text: str) -> str:
    return " ".join(folded(_PUNCTUATION.sub(" ", text)).split())


def _pattern_of(skip_words: AbstractSet[str]) -> re.Pattern[str] | None:
    """Return a pattern that matches words that add nothing; None if there are none."""
    if not skip_words:
        return None
    words = sorted((folded(each) for each in skip_words), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")


def _has_timer_name(state: State) -> bool:
    meaning = state.continuation.meaning
    return isinstance(meaning, tuple) and meaning[0] in _WITH_TIMER_NAMES
