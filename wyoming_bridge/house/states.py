"""The states of the automaton that `Grammar` makes of hassil's templates.

A template is not expanded to all its texts. A state refers to a continuation: the expressions that
follow it. `Grammar` computes the next states when a text gets there.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .list_tries import Scope
from .trie import Trie

if TYPE_CHECKING:
    from hassil.expression import Expression, Permutation

__all__ = ["Continuation", "State", "StatePool"]


@dataclass(slots=True, eq=False)
class Continuation:
    """What remains of a template: the next expression, and the continuation after it."""

    expression: "Expression | None"
    """None at the end of the sentence."""
    scope: Scope
    next: "Continuation | None"
    """None at the end of the sentence."""
    meaning: object
    """What the sentence asks for, apart from the values of its lists. It can be compared with that
    of other sentences."""

    @classmethod
    def template(
        cls, expression: "Expression", scope: Scope, *, end: "Continuation"
    ) -> "Continuation":
        """Return a whole template. ``end`` is what ``Continuation.end`` returned."""
        return cls(expression, scope, end, end.meaning)

    @classmethod
    def end(cls, meaning: object) -> "Continuation":
        """Return the end of all sentences with the same meaning."""
        return cls(None, Scope(lists={}, rules={}, names=Trie()), None, meaning)


@dataclass(slots=True, eq=False)
class State:
    """A state of the automaton: what comes next in a template, and what follows after that.

    Exactly one of ``literal``, ``trie``, ``wildcard`` and ``is_end`` is set. It says what comes
    next: these characters, a text of the trie, any words, or the end.
    """

    continuation: Continuation
    literal: str = ""
    trie: Trie | None = None
    wildcard: bool = False
    is_end: bool = False
    adds_nothing: bool = False
    """Whether the list of ``trie`` cannot change what the command means."""
    after_number: bool = False
    """Whether the state is directly after a number."""


class StatePool:
    """Keeps one object for equal states, so that a state that is reached in two ways counts once.

    The same holds for continuations, and for what is left of permutations.
    """

    def __init__(self) -> None:
        self._objects: dict[tuple[object, ...], Any] = {}

    def __len__(self) -> int:
        return len(self._objects)

    def clear(self) -> None:
        """Forget all objects."""
        self._objects.clear()

    def continuation(
        self, expression: "Expression", scope: Scope, following: Continuation
    ) -> Continuation:
        """Return the continuation of an expression, and of what follows it."""
        key = (id(expression), id(scope), id(following))
        found: Continuation | None = self._objects.get(key)
        if found is None:
            found = Continuation(expression, scope, following, following.meaning)
            self._objects[key] = found
        return found

    def state(
        self,
        continuation: Continuation,
        *,
        literal: str = "",
        trie: Trie | None = None,
        wildcard: bool = False,
        is_end: bool = False,
        adds_nothing: bool = False,
        after_number: bool = False,
    ) -> State:
        """Return the state with these fields."""
        key = (id(continuation), literal, id(trie), wildcard, is_end, adds_nothing, after_number)
        found: State | None = self._objects.get(key)
        if found is None:
            found = self._objects[key] = State(
                continuation, literal, trie, wildcard, is_end, adds_nothing, after_number
            )
        return found

    def orders(self, permutation: "Permutation") -> "list[tuple[Expression, Permutation]]":
        """Return each item of a permutation, and the permutation of the others.

        If the same items are left, they are one object, whatever the order of the items before
        them. So a permutation of n items has 2^n continuations, and not n! of them.
        """
        key = ("orders", id(permutation))
        found: list[tuple[Expression, Permutation]] | None = self._objects.get(key)
        if found is None:
            found = self._objects[key] = [
                (item, self._same(others)) for item, others in permutation.iterate_permutations()
            ]
        return found

    def _same(self, permutation: "Permutation") -> "Permutation":
        key = ("items", *map(id, permutation.items))
        found: Permutation = self._objects.setdefault(key, permutation)
        return found
