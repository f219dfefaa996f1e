"""Reads texts by hassil's templates: computes the states that follow a state of the automaton.

The automaton is nondeterministic, because most beginnings of texts fit many templates.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from .list_tries import ListTries
from .states import Continuation, State, StatePool
from .trie import CJK_SPACE, Trie, folded

if TYPE_CHECKING:
    from hassil.expression import TextChunk

__all__ = ["Grammar"]

_MAX_CACHED_LENGTH: Final = 100
"""The most characters of a text that is cached."""


class Grammar:
    """The transitions between the states of all templates of one language."""

    def __init__(self, language: str, *, joins_words: bool) -> None:
        self.joins_words = joins_words
        """Whether the language is written without spaces."""
        self._tries = ListTries(language)
        self._pool = StatePool()

    @property
    def size(self) -> int:
        """The number of objects in memory: states, continuations, and orders of permutations."""
        return len(self._pool)

    def forget(self) -> None:
        """Forget all states. Those that a caller still has must not be used any more."""
        self._pool.clear()

    def step(self, states: Sequence[State], character: str) -> tuple[State, ...]:
        """Return the states after a character."""
        found: dict[State, None] = {}
        begun: dict[Continuation, None] = {}  # those that begin after the character
        after_space = character in " '"
        for state in states:
            if state.wildcard:
                found[state] = None
                if character == " " and state.continuation.expression is not None:
                    begun[state.continuation] = None
            elif state.literal and state.literal[0] == character:
                text = state.literal[1:]
                if text := text.lstrip(" ") if after_space else text:
                    found[self._pool.state(state.continuation, literal=text)] = None
                else:
                    begun[state.continuation] = None
            elif state.trie is not None and (node := state.trie.next.get(character)):
                found.update(dict.fromkeys(self._listed(node, state.continuation)))
                if node.ends:
                    begun[state.continuation] = None
        found.update(dict.fromkeys(self.closure(begun, after_space=after_space)))
        return tuple(found)

    def closure(
        self, continuations: Iterable[Continuation], *, after_space: bool
    ) -> Iterator[State]:
        """Yield the states at which continuations can begin, before any further character.

        Each continuation is expanded only once. Otherwise it would be expanded 2^n times after n
        parts that can be empty in two ways, such as ``([a]|[b])``.
        """
        waiting = [*continuations]
        known = set(waiting)
        waiting.reverse()
        while waiting:
            each = waiting.pop()
            if (state := self._state_at(each, after_space=after_space)) is not None:
                yield state
                continue
            following = [next_ for next_ in self._expanded(each) if next_ not in known]
            known.update(following)
            waiting.extend(reversed(following))

    def _state_at(self, continuation: Continuation, *, after_space: bool) -> State | None:
        """Return the state of a continuation; None if it begins with a group of expressions."""
        from hassil.expression import ListReference, TextChunk

        expression, following = continuation.expression, continuation.next
        if expression is None or following is None:
            return self._pool.state(continuation, is_end=True)
        if isinstance(expression, TextChunk):
            text = self._text_of(expression, after_space=after_space)
            return self._pool.state(following, literal=text) if text else None
        if isinstance(expression, ListReference):
            trie = self._tries.of(expression, continuation.scope)
            if trie is None:
                return self._pool.state(following, wildcard=True)
            if trie.next:
                is_area = expression.list_name in {"area", "floor"}
                adds_nothing = is_area and continuation.scope.areas_are_known
                return self._pool.state(following, trie=trie, adds_nothing=adds_nothing)
        return None

    def _expanded(self, continuation: Continuation) -> Sequence[Continuation]:
        """Return the continuations that a continuation without a state stands for.

        There is one for each way in which its first expression can be spoken.
        """
        from hassil.expression import (
            Alternative,
            ListReference,
            Permutation,
            RuleReference,
            TextChunk,
        )
        from hassil.expression import Sequence as Parts

        expression, scope = continuation.expression, continuation.scope
        following, of = continuation.next, self._pool.continuation
        expanded: Sequence[Continuation] = ()
        if following is None:
            return expanded
        match expression:
            case TextChunk():  # its text is empty
                expanded = (following,)
            case Alternative():
                expanded = [of(item, scope, following) for item in expression.items]
            case Permutation():
                expanded = [
                    of(item, scope, of(others, scope, following) if others.items else following)
                    for item, others in self._pool.orders(expression)
                ]
            case Parts():
                then = following
                for item in reversed(expression.items):
                    then = of(item, scope, then)
                expanded = (then,)
            case RuleReference():
                expanded = (of(scope.rules[expression.rule_name].expression, scope, following),)
            case ListReference():
                pass  # the list is empty, so that nothing can follow
            case _:
                raise TypeError(f"unknown expression {expression!r}")
        return expanded

    def _text_of(self, chunk: "TextChunk", *, after_space: bool) -> str:
        text = _literal_of(chunk.text, joins_words=self.joins_words)
        return text.lstrip(" ") if after_space else text

    def _listed(self, node: Trie, continuation: Continuation) -> Iterator[State]:
        """Yield the states within the texts of a list."""
        if node.next:
            yield self._pool.state(continuation, trie=node)
        if node.ends_number:
            yield self._pool.state(continuation, literal=" ", after_number=True)


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
