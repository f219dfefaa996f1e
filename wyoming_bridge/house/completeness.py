"""Whether a text is a whole command, the beginning of one, or neither.

hassil says whether a text is a sentence, but not whether one begins like it. So the parsed
templates are walked here, character by character, with all places at once that a text can have come
to. What follows a place is computed when a text gets there, and kept: texts begin alike.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from .house import House, HouseEntity
from .libraries import intents_of, load
from .verdict import Completeness

if TYPE_CHECKING:
    from hassil.expression import Expression

__all__ = ["CommandMatcher"]

_MAX_CACHED: Final = 4_000
"""Texts so far whose places are kept. Each has a few hundred places at most."""
_MAX_PLACES: Final = 300_000
_MAX_TEXT: Final = 300
"""Characters of a text. A longer one is not a command."""
_PUNCTUATION: Final = re.compile(
    r"[.,?!;:\u2026\u00bf\u00a1\u3002\uff0c\uff1f\uff01\"\u201c\u201d]+(?=\s|$)|^[\u00bf\u00a1\"]"
)
_CJK_SPACE: Final = re.compile(
    r"(?<=[\u3040-\u9fff\uac00-\ud7af])\s+(?=[\u3040-\u9fff\uac00-\ud7af])"
)


def _folded(text: str) -> str:
    """Return a text as it is compared: lower case, and with spaces for hyphens."""
    text = text.replace("\u2019", "'").translate({45: " ", 95: " "})
    return "".join(each.casefold() if len(each.casefold()) == 1 else each for each in text)


class _Trie:
    """Texts by their characters."""

    __slots__ = ("ends", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Trie] = {}
        self.ends = False

    def add(self, text: str) -> None:
        node = self
        for each in text:
            node = node.next.setdefault(each, _Trie())
        node.ends = True

    @classmethod
    def of(cls, texts: Sequence[str]) -> "_Trie":
        trie = cls()
        for text in texts:
            if folded := " ".join(_folded(text).split()):
                trie.add(folded)
        return trie


@dataclass(slots=True, eq=False)
class _Scope:
    """What the names of lists and rules mean in a block of templates."""

    lists: Mapping[str, Any]
    rules: Mapping[str, Any]
    names: _Trie
    tries: dict[str, "_Trie | None"] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Rest:
    """An expression that has to follow, and what follows it. None is the end of the sentence."""

    expression: "Expression"
    scope: _Scope
    next: "_Rest | None"


@dataclass(slots=True, eq=False)
class _Place:
    """A place in a sentence that a text can come to: the next character is known, or the end is.

    Exactly one of ``literal``, ``trie``, ``wildcard`` and ``is_end`` is set.
    """

    rest: _Rest | None
    literal: str = ""
    trie: _Trie | None = None
    wildcard: bool = False
    is_end: bool = False


@dataclass(slots=True, eq=False)
class _Reached:
    """All places that a beginning of a text comes to."""

    places: tuple[_Place, ...]
    next: dict[str, "_Reached"] = field(default_factory=dict)
    verdict: Completeness | None = None


class CommandMatcher:
    """Tells how complete texts are, by the sentences of Home Assistant and of the house."""

    def __init__(self, house: House) -> None:
        load("hassil")
        values = intents_of(house.language)
        self.is_available = values is not None
        """Whether Home Assistant has sentences in the language."""
        self._language = house.language
        self._interned: dict[tuple[object, ...], Any] = {}
        self._cached = 0
        self._number_tries: dict[tuple[object, ...], _Trie] = {}
        self._templates: list[_Rest] = []
        self._skipped: re.Pattern[str] | None = None
        self._joined = False
        self._load(house, values or {"language": house.language, "intents": {}})
        self._start = self._begin()

    def _load(self, house: House, values: dict[str, Any]) -> None:
        from hassil.intents import Intents, TextSlotList, WildcardSlotList
        from hassil.parse_expression import parse_sentence

        intents = Intents.from_dict(values)
        self._joined = intents.settings.ignore_whitespace
        if intents.skip_words:
            words = sorted((_folded(each) for each in intents.skip_words), key=len, reverse=True)
            self._skipped = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")

        def called(named: Sequence[Any]) -> Any:
            return TextSlotList.from_strings(
                [name for each in named for name in (each.name, *each.aliases)],
                allow_template=False,
            )

        lists = {**intents.slot_lists, "area": called(house.areas), "floor": called(house.floors)}
        tries: dict[tuple[HouseEntity, ...], _Trie] = {}

        def named(entities: tuple[HouseEntity, ...]) -> _Trie:
            if entities not in tries:
                tries[entities] = _Trie.of(
                    [name for each in entities for name in (each.name, *each.aliases)]
                )
            return tries[entities]

        for intent in intents.intents.values():
            for block in intent.data:
                scope = _Scope(
                    lists={**lists, **block.slot_lists},
                    rules={**intents.expansion_rules, **block.expansion_rules},
                    names=named(tuple(each for each in house.entities if _fits(each, block))),
                )
                self._templates += [
                    _Rest(sentence.expression, scope, None) for sentence in block.sentences
                ]
        own = _Scope(lists=lists, rules=intents.expansion_rules, names=named(house.entities))
        for i, text in enumerate(house.sentences):
            try:
                sentence = parse_sentence(text)
                unknown = {
                    name
                    for name in sentence.list_names(intents.expansion_rules)
                    if name not in lists and name != "name"
                }
                own.lists = {**own.lists, **{each: WildcardSlotList(each) for each in unknown}}
                rest = _Rest(sentence.expression, own, None)
                tuple(self._enter(rest, after_space=True))
            except Exception as err:  # hassil raises many kinds for a broken template
                raise ValueError(
                    f"sentences[{i}]: must be a hassil template, got {text!r}: {err}"
                ) from err
            self._templates.append(rest)

    def _begin(self) -> _Reached:
        self._interned.clear()
        self._cached = 0
        places = dict.fromkeys(
            place for rest in self._templates for place in self._enter(rest, after_space=True)
        )
        # A sentence that begins with any words at all would make all free speech a beginning.
        return _Reached(tuple(each for each in places if not each.wildcard))

    def completeness(self, text: str) -> Completeness:
        """Return whether a text is a whole command."""
        reached = self._walk(text)
        if reached is None:
            return Completeness.UNKNOWN
        if reached.verdict is None:
            reached.verdict = self._judge(reached)
        return reached.verdict

    def understands(self, text: str) -> bool:
        """Return whether a text is a command already.

        One that only fits a sentence with any words at its end is not: in French every text that
        begins with "mets" is a request for music.
        """
        return self.completeness(text) in {Completeness.COMPLETE, Completeness.EXTENDABLE}

    def _walk(self, text: str) -> _Reached | None:
        if len(text) > _MAX_TEXT:
            return None
        text = _PUNCTUATION.sub(" ", text)
        with_skipped = " ".join(_folded(text).split())
        for attempt in dict.fromkeys((self._without_skipped(with_skipped), with_skipped)):
            if attempt and (reached := self._follow(attempt)) is not None:
                return reached
        return None

    def _without_skipped(self, text: str) -> str:
        return " ".join(self._skipped.sub(" ", text).split()) if self._skipped else text

    def _follow(self, text: str) -> _Reached | None:
        if self._joined:
            text = _CJK_SPACE.sub("", text)
        if self._cached > _MAX_CACHED or len(self._interned) > _MAX_PLACES:
            self._start = self._begin()
        reached = self._start
        for character in text:
            following = reached.next.get(character)
            if following is None:
                places = self._step(reached.places, character)
                following = _Reached(places)
                reached.next[character] = following
                self._cached += 1
            if not following.places:
                return None
            reached = following
        return reached

    def _step(self, places: Sequence[_Place], character: str) -> tuple[_Place, ...]:
        found: dict[_Place, None] = {}
        after_space = character in " '"
        for place in places:
            if place.wildcard:
                found[place] = None
                if character == " " and place.rest is not None:
                    found.update(dict.fromkeys(self._enter(place.rest, after_space=True)))
            elif place.literal and place.literal[0] == character:
                found.update(
                    dict.fromkeys(
                        self._literal(place.literal[1:], place.rest, after_space=after_space)
                    )
                )
            elif place.trie is not None and (node := place.trie.next.get(character)):
                found.update(dict.fromkeys(self._listed(node, place.rest, after_space=after_space)))
        return tuple(found)

    def _judge(self, reached: _Reached) -> Completeness:
        complete = goes_on = inside = open_end = False
        for place in reached.places:
            if place.wildcard:
                open_end |= self._can_end(place)
                inside |= not self._can_end(place)
            elif self._can_end(place):
                complete = True
                goes_on |= not place.is_end and self._continues(place)
            else:
                goes_on |= self._continues(place)
        if complete:
            return Completeness.EXTENDABLE if goes_on else Completeness.COMPLETE
        if goes_on or (inside and not open_end):
            return Completeness.UNFINISHED
        return Completeness.UNKNOWN

    def _continues(self, place: _Place) -> bool:
        """Return whether another word can follow here, and not only more letters."""
        if self._joined:
            return bool(place.literal or place.trie)
        return any(not each.is_end for each in self._step((place,), " "))

    def _can_end(self, place: _Place) -> bool:
        """Return whether the sentence may be over here, apart from spaces."""
        if place.is_end:
            return True
        if place.wildcard:
            return place.rest is None or any(
                each.is_end for each in self._enter(place.rest, after_space=True)
            )
        if not place.literal or place.literal.strip(" "):
            return False
        return any(each.is_end for each in self._enter(place.rest, after_space=True))

    # What follows, without reading a character

    def _enter(  # noqa: C901, PLR0912 - one case per kind of expression
        self, rest: _Rest | None, *, after_space: bool
    ) -> Iterator[_Place]:
        """Yield the places that a rest begins with."""
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

        if rest is None:
            yield self._place(None, is_end=True)
            return
        expression, scope, following = rest.expression, rest.scope, rest.next
        match expression:
            case TextChunk():
                text = re.sub(r"\s+", " ", _folded(expression.text))
                if self._joined:
                    text = _CJK_SPACE.sub("", text)
                yield from self._literal(text, following, after_space=after_space)
            case Alternative():
                for item in expression.items:
                    yield from self._enter(
                        self._rest(item, scope, following), after_space=after_space
                    )
            case Permutation():
                for item, others in self._orders(expression):
                    then = self._rest(others, scope, following) if others.items else following
                    yield from self._enter(self._rest(item, scope, then), after_space=after_space)
            case Parts():
                then = following
                for item in reversed(expression.items):
                    then = self._rest(item, scope, then)
                yield from self._enter(then, after_space=after_space)
            case RuleReference():
                rule = scope.rules[expression.rule_name].expression
                yield from self._enter(self._rest(rule, scope, following), after_space=after_space)
            case ListReference():
                trie = self._list(expression, scope)
                if trie is None:
                    yield self._place(following, wildcard=True)
                elif trie.next:
                    yield self._place(following, trie=trie)
            case _:
                raise TypeError(f"unknown expression {expression!r}")

    def _literal(self, text: str, rest: _Rest | None, *, after_space: bool) -> Iterator[_Place]:
        if after_space:
            text = text.lstrip(" ")
        if text:
            yield self._place(rest, literal=text)
        else:
            yield from self._enter(rest, after_space=after_space)

    def _listed(self, node: _Trie, rest: _Rest | None, *, after_space: bool) -> Iterator[_Place]:
        if node.next:
            yield self._place(rest, trie=node)
        if node.ends:
            yield from self._enter(rest, after_space=after_space)

    def _list(self, reference: Any, scope: _Scope) -> _Trie | None:
        from hassil.intents import RangeSlotList, TextSlotList
        from hassil.sample import sample_expression

        name = reference.list_name
        if name == "name" and "name" not in scope.lists:
            return scope.names
        if name not in scope.tries:
            slots = scope.lists.get(name)
            key = ("list", name, id(slots))
            if isinstance(slots, TextSlotList):
                if key not in self._number_tries:
                    self._number_tries[key] = _Trie.of(
                        [
                            text
                            for value in slots.values
                            for text in sample_expression(
                                value.text_in,
                                dict(scope.lists),
                                dict(scope.rules),
                                language=self._language,
                            )
                        ]
                    )
                scope.tries[name] = self._number_tries[key]
            elif isinstance(slots, RangeSlotList):
                scope.tries[name] = self._numbers(
                    slots.start, slots.stop, slots.step, numbers=tuple(slots.get_numbers())
                )
            elif (span := reference.get_inline_range()) is not None:
                scope.tries[name] = self._numbers(
                    *span, numbers=tuple(range(span[0], span[1] + 1, span[2]))
                )
            else:
                scope.tries[name] = None
        return scope.tries[name]

    def _numbers(self, start: int, stop: int, step: int, *, numbers: Sequence[float]) -> _Trie:
        key = ("numbers", start, stop, step, len(numbers))
        if key not in self._number_tries:
            from hassil.numbers import get_rbnf_engine

            trie = _Trie.of([str(each) for each in numbers])
            try:
                engine = get_rbnf_engine(self._language)
            except ValueError:
                engine = None
            for each in numbers:
                trie.add(str(each).replace(".", ","))
                if engine is not None:
                    for text in set(engine.format_number(each).text_by_ruleset.values()):
                        folded = " ".join(_folded(text.replace("\u00ad", "")).split())
                        trie.add(folded)
                        trie.add(folded.replace("ß", "ss"))
            self._number_tries[key] = trie
        return self._number_tries[key]

    # Equal things are one object, so that places reached in two ways count once

    def _rest(self, expression: "Expression", scope: _Scope, following: _Rest | None) -> _Rest:
        key = (id(expression), id(scope), id(following))
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = _Rest(expression, scope, following)
        return found

    def _place(
        self,
        rest: _Rest | None,
        *,
        literal: str = "",
        trie: _Trie | None = None,
        wildcard: bool = False,
        is_end: bool = False,
    ) -> _Place:
        key = (id(rest), literal, id(trie), wildcard, is_end)
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = _Place(rest, literal, trie, wildcard, is_end)
        return found

    def _orders(self, permutation: Any) -> list[tuple[Any, Any]]:
        key = ("orders", id(permutation))
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = list(permutation.iterate_permutations())
        return found


def _fits(entity: HouseEntity, block: Any) -> bool:
    """Return whether a block of Home Assistant's sentences can be about the entity.

    An entity without a device class fits any: a person who writes a house seldom names it.
    """
    for key, value in (("domain", entity.domain), ("device_class", entity.device_class)):
        required = block.requires_context.get(key)
        if value is not None and required is not None and value not in _values(required):
            return False
        excluded = block.excludes_context.get(key)
        if value is not None and excluded is not None and value in _values(excluded):
            return False
    return True


def _values(condition: Any) -> Sequence[object]:
    if isinstance(condition, Mapping):
        condition = condition.get("value", ())
    return condition if isinstance(condition, list | tuple) else (condition,)
