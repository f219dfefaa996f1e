"""Decides what can follow the states that a text reaches: an end, more words, another meaning."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from .grammar import Grammar
from .states import State

__all__ = ["Lookahead"]


class Lookahead:
    """Says what can follow the states of a grammar."""

    def __init__(self, grammar: Grammar, *, particles: frozenset[str] | None) -> None:
        """Take the fixed words that can change what a command means.

        If ``particles`` is None, every fixed word may do so.
        """
        self._grammar = grammar
        self._particles = particles

    def can_end(self, state: State) -> bool:
        """Return whether the sentence may end at a state, perhaps after spaces."""
        if state.is_end:
            return True
        if not state.wildcard and (not state.literal or state.literal.strip(" ")):
            return False
        following = self._grammar.closure((state.continuation,), after_space=True)
        return any(each.is_end for each in following)

    def continues(self, state: State) -> bool:
        """Return whether a new word can follow a state, and not only more letters of a word."""
        if self._grammar.joins_words:
            return bool(state.literal or state.trie)
        return any(not each.is_end for each in self._grammar.step((state,), " "))

    def changes_meaning(self, states: Iterable[State], meanings: AbstractSet[object]) -> bool:
        """Return whether words that can follow a command can change what it means.

        ``states`` are those that the command reaches, and ``meanings`` what it can mean. Words
        change the meaning if they add a value, such as an area, or if the longer sentence has
        another meaning. For example, "what is the thermostat" asks for the state of the thermostat,
        and "what is the thermostat temperature" asks for something else.

        One case is ignored: "turn the radio on" is also the beginning of "turn the radio on the
        ground floor off". Few people say this, and many say "turn the radio on".
        """
        going_on = [state for state in states if not state.wildcard and self.continues(state)]
        before_areas = {
            state.continuation.meaning for state in going_on if self._precedes_known_area(state)
        }
        has_other_meaning = any(
            state.continuation.meaning not in meanings
            and state.continuation.meaning not in before_areas
            for state in going_on
        )
        return has_other_meaning or self._adds_meaning(going_on)

    def _precedes_known_area(self, state: State) -> bool:
        """Return whether the next word can be an area or a floor that adds no meaning."""
        return any(each.adds_nothing for each in self._grammar.step((state,), " "))

    def _adds_meaning(self, states: Iterable[State]) -> bool:
        """Return whether words that can follow at one of the states can change the meaning.

        The text so far is a whole command.

        A value of a list, such as an area, can change it, unless ``adds_nothing`` is set. Fixed
        words cannot, such as "please", or "light" after "turn on the standing". There are two
        exceptions: "percent" or "degrees" after a number, and particles. "Schließe die Haustür"
        closes the door, but "schließe die Haustür auf" unlocks it.
        """
        waiting = [(state, state.after_number) for state in states]
        known = set(waiting)  # n optional parts have 2^n combinations
        while waiting:
            each, after_number = waiting.pop()
            if not each.literal:
                if not each.is_end and not each.adds_nothing:
                    return True
                continue
            word = each.literal.split(maxsplit=1)[0] if each.literal.strip() else ""
            if word and (self._particles is None or word in self._particles):
                return True
            after_space = each.literal.endswith(" ")
            following = tuple(self._grammar.closure((each.continuation,), after_space=after_space))
            ends_here = bool(word) and any(self.can_end(then) for then in following)
            if after_number and ends_here:
                return True
            new = {(then, after_number or then.after_number) for then in following} - known
            known |= new
            waiting.extend(new)
        return False
