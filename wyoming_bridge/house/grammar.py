"""Computes the places in hassil's templates that a text can reach, and what can follow them.

A template is not expanded to all its texts. A place refers to the expressions that follow it, and
`Grammar` computes the next places when a text gets there.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from .list_tries import ListTries, Scope
from .trie import CJK_SPACE, Trie, folded

if TYPE_CHECKING:
    from hassil.expression import Expression, Permutation, TextChunk

__all__ = ["Grammar", "Place", "Rest"]

_MAX_CACHED_LENGTH: Final = 100
"""The most characters of a text that is cached."""


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
        rests: dict[Rest, None] = {}  # of templates, after the character
        after_space = character in " '"
        for place in places:
            if place.wildcard:
                found[place] = None
                if character == " " and place.rest.expression is not None:
                    rests[place.rest] = None
            elif place.literal and place.literal[0] == character:
                text = place.literal[1:]
                if text := text.lstrip(" ") if after_space else text:
                    found[self._place(place.rest, literal=text)] = None
                else:
                    rests[place.rest] = None
            elif place.trie is not None and (node := place.trie.next.get(character)):
                found.update(dict.fromkeys(self._listed(node, place.rest)))
                if node.ends:
                    rests[place.rest] = None
        found.update(dict.fromkeys(self.enter(rests, after_space=after_space)))
        return tuple(found)

    def continues(self, place: Place) -> bool:
        """Return whether a new word can follow a place, and not only more letters of a word."""
        if self.joins_words:
            return bool(place.literal or place.trie)
        return any(not each.is_end for each in self.step((place,), " "))

    def precedes_known_area(self, place: Place) -> bool:
        """Return whether the next word can be an area or a floor that adds no meaning."""
        return any(each.adds_nothing for each in self.step((place,), " "))

    def adds_meaning(self, places: Iterable[Place]) -> bool:
        """Return whether words that can follow at one of the places can change the meaning.

        The text so far is a whole command.

        A value of a list, such as an area, can change it, unless ``adds_nothing`` is set. Fixed
        words cannot, such as "please", or "light" after "turn on the standing". There are two
        exceptions: "percent" or "degrees" after a number, and particles. "Schließe die Haustür"
        closes the door, but "schließe die Haustür auf" unlocks it.
        """
        waiting = [(place, place.after_number) for place in places]
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
            following = tuple(self.enter((each.rest,), after_space=each.literal.endswith(" ")))
            ends_here = bool(word) and any(self.can_end(then) for then in following)
            if after_number and ends_here:
                return True
            new = {(then, after_number or then.after_number) for then in following} - known
            known |= new
            waiting.extend(new)
        return False

    def can_end(self, place: Place) -> bool:
        """Return whether the sentence may end at a place, perhaps after spaces."""
        if place.is_end:
            return True
        if place.wildcard:
            return any(each.is_end for each in self.enter((place.rest,), after_space=True))
        if not place.literal or place.literal.strip(" "):
            return False
        return any(each.is_end for each in self.enter((place.rest,), after_space=True))

    def enter(self, rests: Iterable[Rest], *, after_space: bool) -> Iterator[Place]:
        """Yield the places at which the rests of several templates can begin.

        Each rest is entered only once. Otherwise it would be entered 2^n times after n parts that
        can be empty in two ways, such as ``([a]|[b])``.
        """
        waiting = [*rests]
        entered = set(waiting)
        waiting.reverse()
        while waiting:
            each = waiting.pop()
            if (place := self._place_at(each, after_space=after_space)) is not None:
                yield place
                continue
            following = [next_ for next_ in self._inside(each) if next_ not in entered]
            entered.update(following)
            waiting.extend(reversed(following))

    def _place_at(self, rest: Rest, *, after_space: bool) -> Place | None:
        """Return the place where a rest begins; None if it begins with a group of parts."""
        from hassil.expression import ListReference, TextChunk

        expression, following = rest.expression, rest.next
        if expression is None or following is None:
            return self._place(rest, is_end=True)
        if isinstance(expression, TextChunk):
            text = self._text_of(expression, after_space=after_space)
            return self._place(following, literal=text) if text else None
        if isinstance(expression, ListReference):
            trie = self._tries.of(expression, rest.scope)
            if trie is None:
                return self._place(following, wildcard=True)
            if trie.next:
                is_area = expression.list_name in {"area", "floor"}
                adds_nothing = is_area and rest.scope.areas_are_known
                return self._place(following, trie=trie, adds_nothing=adds_nothing)
        return None

    def _inside(self, rest: Rest) -> Sequence[Rest]:
        """Return the rests that a rest without a place stands for.

        There is one for each way in which its first part can be spoken.
        """
        from hassil.expression import (
            Alternative,
            ListReference,
            Permutation,
            RuleReference,
            TextChunk,
        )
        from hassil.expression import Sequence as Parts

        expression, scope, following = rest.expression, rest.scope, rest.next
        rests: Sequence[Rest] = ()
        if following is None:
            return rests
        match expression:
            case TextChunk():  # its text is empty
                rests = (following,)
            case Alternative():
                rests = [self._rest(item, scope, following) for item in expression.items]
            case Permutation():
                rests = [
                    self._rest(
                        item,
                        scope,
                        self._rest(others, scope, following) if others.items else following,
                    )
                    for item, others in self._orders(expression)
                ]
            case Parts():
                then = following
                for item in reversed(expression.items):
                    then = self._rest(item, scope, then)
                rests = (then,)
            case RuleReference():
                rule = scope.rules[expression.rule_name].expression
                rests = (self._rest(rule, scope, following),)
            case ListReference():
                pass  # the list is empty, so that nothing can follow
            case _:
                raise TypeError(f"unknown expression {expression!r}")
        return rests

    def _text_of(self, chunk: "TextChunk", *, after_space: bool) -> str:
        text = _literal_of(chunk.text, joins_words=self.joins_words)
        return text.lstrip(" ") if after_space else text

    def _listed(self, node: Trie, rest: Rest) -> Iterator[Place]:
        """Yield the places within the texts of a list."""
        if node.next:
            yield self._place(rest, trie=node)
        if node.ends_number:
            yield self._place(rest, literal=" ", after_number=True)

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

    def _orders(self, permutation: "Permutation") -> "list[tuple[Expression, Permutation]]":
        """Return each item of a permutation, and the permutation of the others.

        If the same items are left, they are one object, whatever the order of the items before
        them. So a permutation of n items has 2^n rests, and not n! of them.
        """
        key = ("orders", id(permutation))
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = [
                (item, self._same(others)) for item, others in permutation.iterate_permutations()
            ]
        return found

    def _same(self, permutation: "Permutation") -> "Permutation":
        key = ("items", *map(id, permutation.items))
        found: Permutation = self._interned.setdefault(key, permutation)
        return found


def _literal_of(text: str, *, joins_words: bool) -> str:
    """Return fixed words of a template in the form in which texts are compared.

    The results for short texts are cached, because each text is compared with the same templates.
    Without the cache, this conversion would be a third of the time of a comparison. Long texts,
    which are rare, would take too much memory.
    """
    convert = _cached if len(text) <= _MAX_CACHED_LENGTH else _converted
    return convert(text, joins_words=joins_words)


def _converted(text: str, *, joins_words: bool) -> str:
    text = re.sub(r"\s+", " ", folded(text))
    return CJK_SPACE.sub("", text) if joins_words else text


_cached = lru_cache(maxsize=20_000)(_converted)
