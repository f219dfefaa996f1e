"""Computes the places in hassil's templates that a text can reach, and what can follow them.

A template is not expanded to all its texts. A place refers to the expressions that follow it, and
`Grammar` computes the next places when a text gets there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .list_tries import ListTries, Scope
from .trie import CJK_SPACE, Trie, folded

if TYPE_CHECKING:
    from hassil.expression import Expression

__all__ = ["Grammar", "Place", "Rest"]


@dataclass(slots=True, eq=False)
class Rest:
    """The rest of a template: the next expression, and what follows it."""

    expression: "Expression | None"
    """None at the end of the sentence."""
    scope: Scope
    next: "Rest | None"
    """None at the end of the sentence."""
    meaning: object
    """What the sentence asks for, apart from the values of its lists. It can be compared with that
    of other sentences."""

    @classmethod
    def template(cls, expression: "Expression", scope: Scope, *, end: "Rest") -> "Rest":
        """Return a whole template. ``end`` is what ``Rest.end`` returned."""
        return cls(expression, scope, end, end.meaning)

    @classmethod
    def end(cls, meaning: object) -> "Rest":
        """Return the end of all sentences with the same meaning."""
        return cls(None, Scope(lists={}, rules={}, names=Trie()), None, meaning)


@dataclass(slots=True, eq=False)
class Place:
    """A place in a template that a text can reach.

    Exactly one of ``literal``, ``trie``, ``wildcard`` and ``is_end`` is set. It says what comes
    next: these characters, a text of the trie, any words, or the end.
    """

    rest: Rest
    literal: str = ""
    trie: Trie | None = None
    wildcard: bool = False
    is_end: bool = False
    adds_nothing: bool = False
    """Whether the list of ``trie`` cannot change what the command means."""
    after_number: bool = False
    """Whether the place is directly after a number."""


class Grammar:
    """The places of all templates of one language. There is only one object for equal places."""

    def __init__(
        self, language: str, *, joins_words: bool, particles: frozenset[str] | None = None
    ) -> None:
        """Begin without templates.

        ``particles`` are the fixed words that can change what a command means. If it is None,
        every fixed word may do so.
        """
        self._tries = ListTries(language)
        self._particles = particles
        self.joins_words = joins_words
        """Whether the language is written without spaces."""
        self._interned: dict[tuple[object, ...], Any] = {}

    @property
    def size(self) -> int:
        """The number of objects that are kept: places, rests, and orders of permutations."""
        return len(self._interned)

    def forget(self) -> None:
        """Forget all places. Those that a caller still has must not be used any more."""
        self._interned.clear()

    def step(self, places: Sequence[Place], character: str) -> tuple[Place, ...]:
        """Return the places after a character."""
        found: dict[Place, None] = {}
        after_space = character in " '"
        for place in places:
            if place.wildcard:
                found[place] = None
                if character == " " and place.rest.expression is not None:
                    found.update(dict.fromkeys(self.enter(place.rest, after_space=True)))
            elif place.literal and place.literal[0] == character:
                found.update(
                    dict.fromkeys(
                        self._literal(place.literal[1:], place.rest, after_space=after_space)
                    )
                )
            elif place.trie is not None and (node := place.trie.next.get(character)):
                found.update(dict.fromkeys(self._listed(node, place.rest, after_space=after_space)))
        return tuple(found)

    def continues(self, place: Place) -> bool:
        """Return whether a new word can follow a place, and not only more letters of a word."""
        if self.joins_words:
            return bool(place.literal or place.trie)
        return any(not each.is_end for each in self.step((place,), " "))

    def precedes_known_area(self, place: Place) -> bool:
        """Return whether the next word can be an area or a floor that adds no meaning."""
        return any(each.adds_nothing for each in self.step((place,), " "))

    def adds_meaning(self, place: Place, *, after_number: bool = False) -> bool:
        """Return whether the words that can follow can change what a whole command means.

        A value of a list, such as an area, can do so, unless ``adds_nothing`` is set. Fixed words
        cannot, such as "please", or "light" after "turn on the standing". There are two exceptions:
        "percent" or "degrees" after a number, and particles. "Schließe die Haustür"
        closes the door, but with "auf" it opens it.
        """
        after_number = after_number or place.after_number
        if place.literal:
            word = place.literal.split(maxsplit=1)[0] if place.literal.strip() else ""
            if word and (self._particles is None or word in self._particles):
                return True
            following = tuple(self.enter(place.rest, after_space=place.literal.endswith(" ")))
            ends_here = any(self.can_end(each) for each in following) and bool(
                place.literal.strip(" ")
            )
            return (after_number and ends_here) or any(
                self.adds_meaning(each, after_number=after_number) for each in following
            )
        return not place.is_end and not place.adds_nothing

    def can_end(self, place: Place) -> bool:
        """Return whether the sentence may end at a place, perhaps after spaces."""
        if place.is_end:
            return True
        if place.wildcard:
            return any(each.is_end for each in self.enter(place.rest, after_space=True))
        if not place.literal or place.literal.strip(" "):
            return False
        return any(each.is_end for each in self.enter(place.rest, after_space=True))

    def enter(  # noqa: C901, PLR0912 - one case per kind of expression
        self, rest: Rest, *, after_space: bool
    ) -> Iterator[Place]:
        """Yield the places at which a rest of a template can begin."""
        from hassil.expression import (
            Alternative,
            ListReference,
            Permutation,
            RuleReference,
            TextChunk,
        )
        from hassil.expression import (
            Sequence as Parts,
        )

        expression, scope, following = rest.expression, rest.scope, rest.next
        if expression is None or following is None:
            yield self._place(rest, is_end=True)
            return
        match expression:
            case TextChunk():
                text = _literal_of(expression.text, joins_words=self.joins_words)
                yield from self._literal(text, following, after_space=after_space)
            case Alternative():
                for item in expression.items:
                    yield from self.enter(
                        self._rest(item, scope, following), after_space=after_space
                    )
            case Permutation():
                for item, others in self._orders(expression):
                    then = self._rest(others, scope, following) if others.items else following
                    yield from self.enter(self._rest(item, scope, then), after_space=after_space)
            case Parts():
                then = following
                for item in reversed(expression.items):
                    then = self._rest(item, scope, then)
                yield from self.enter(then, after_space=after_space)
            case RuleReference():
                rule = scope.rules[expression.rule_name].expression
                yield from self.enter(self._rest(rule, scope, following), after_space=after_space)
            case ListReference():
                trie = self._tries.of(expression, scope)
                if trie is None:
                    yield self._place(following, wildcard=True)
                elif trie.next:
                    is_area = expression.list_name in {"area", "floor"}
                    adds_nothing = is_area and scope.areas_are_known
                    yield self._place(following, trie=trie, adds_nothing=adds_nothing)
            case _:
                raise TypeError(f"unknown expression {expression!r}")

    def _literal(self, text: str, rest: Rest, *, after_space: bool) -> Iterator[Place]:
        if after_space:
            text = text.lstrip(" ")
        if text:
            yield self._place(rest, literal=text)
        else:
            yield from self.enter(rest, after_space=after_space)

    def _listed(self, node: Trie, rest: Rest, *, after_space: bool) -> Iterator[Place]:
        if node.next:
            yield self._place(rest, trie=node)
        if node.ends_number:
            yield self._place(rest, literal=" ", after_number=True)
        if node.ends:
            yield from self.enter(rest, after_space=after_space)

    # Equal rests, places and orders are one object, so that a place that is reached in two ways
    # counts once.

    def _rest(self, expression: "Expression", scope: Scope, following: Rest) -> Rest:
        key = (id(expression), id(scope), id(following))
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = Rest(expression, scope, following, following.meaning)
        return found

    def _place(
        self,
        rest: Rest,
        *,
        literal: str = "",
        trie: Trie | None = None,
        wildcard: bool = False,
        is_end: bool = False,
        adds_nothing: bool = False,
        after_number: bool = False,
    ) -> Place:
        key = (id(rest), literal, id(trie), wildcard, is_end, adds_nothing, after_number)
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = Place(
                rest, literal, trie, wildcard, is_end, adds_nothing, after_number
            )
        return found

    def _orders(self, permutation: Any) -> list[tuple[Any, Any]]:
        key = ("orders", id(permutation))
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = list(permutation.iterate_permutations())
        return found


@lru_cache(maxsize=20_000)
def _literal_of(text: str, *, joins_words: bool) -> str:
    """Return fixed words of a template in the form in which texts are compared.

    The results are cached, because each text is compared with the same templates. Without the
    cache, this conversion would be a third of the time of a comparison.
    """
    text = re.sub(r"\s+", " ", folded(text))
    return CJK_SPACE.sub("", text) if joins_words else text
