"""Decides whether a text is a whole command, the beginning of one, or neither.

hassil, Home Assistant's library for sentence templates, says whether a text is a whole sentence,
but not whether a sentence begins with it. So this module reads a text character by character. After
each character it knows all places in the parsed templates that the text so far can have reached. It
caches these places, because many texts begin alike.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from .grammar import Grammar, Place, Rest
from .house import House, HouseEntity, names_of
from .language_templates import particles_of
from .libraries import intents_of
from .list_tries import Scope
from .own_templates import own_templates
from .trie import CJK_SPACE, Trie, folded
from .verdict import Completeness

if TYPE_CHECKING:
    from hassil import Intents

__all__ = ["CommandMatcher"]

_MAX_CACHED: Final = 4_000
"""The largest number of text beginnings whose places are cached. Each beginning has a few hundred
places at most. When this number or ``_MAX_PLACES`` is exceeded, the cache is emptied."""
_MAX_PLACES: Final = 300_000
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
    """The places in the templates that a beginning of a text reaches."""

    places: tuple[Place, ...]
    next: dict[str, "_Reached"] = field(default_factory=dict)
    verdict: Completeness | None = None


class CommandMatcher:
    """Decides how complete a text is, from the sentences of Home Assistant and of the house."""

    def __init__(self, house: House) -> None:
        intents = intents_of(house.language)
        self.is_available = intents is not None
        """Whether Home Assistant has sentences in the language."""
        self._cached = 0
        self._templates: list[Rest] = []
        self._skipped: re.Pattern[str] | None = None
        self._load(house, intents)
        self._start = self._begin()

    def _load(self, house: House, intents: "Intents | None") -> None:
        from hassil.intents import Intents, TextSlotList

        intents = intents or Intents(language=house.language, intents={})
        self._grammar = Grammar(
            house.language,
            joins_words=intents.settings.ignore_whitespace,
            particles=particles_of(house.language),
        )
        self._particles = particles_of(house.language) or frozenset()
        if skip_words := {*intents.skip_words, *house.skip_words}:
            words = sorted((folded(each) for each in skip_words), key=len, reverse=True)
            self._skipped = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")

        lists = {
            **intents.slot_lists,
            "area": TextSlotList.from_strings(names_of(house.areas), allow_template=False),
            "floor": TextSlotList.from_strings(names_of(house.floors), allow_template=False),
        }
        tries: dict[tuple[HouseEntity, ...], Trie] = {}

        def named(entities: tuple[HouseEntity, ...]) -> Trie:
            if entities not in tries:
                tries[entities] = Trie.of(names_of(entities))
            return tries[entities]

        areas_are_known = _has_unique_names(house)
        ends: dict[object, Rest] = {}
        for intent in intents.intents.values():
            for block in intent.data:
                scope = Scope(
                    lists={**lists, **block.slot_lists},
                    rules={**intents.expansion_rules, **block.expansion_rules},
                    names=named(tuple(each for each in house.entities if _fits(each, block))),
                )
                of_a_name = replace(scope, areas_are_known=areas_are_known)
                for sentence in block.sentences:
                    has_name = "name" in sentence.list_names(dict(scope.rules))
                    rest_scope = of_a_name if has_name else scope
                    meaning = _meaning(intent.name, block, has_name=has_name)
                    end = ends.setdefault(meaning, Rest.end(meaning))
                    self._templates.append(Rest.template(sentence.expression, rest_scope, end=end))
        own = Scope(lists=lists, rules=intents.expansion_rules, names=named(house.entities))
        self._templates += own_templates(house.sentences, own, grammar=self._grammar)

    def _begin(self) -> _Reached:
        self._grammar.forget()
        self._cached = 0
        places = dict.fromkeys(self._grammar.enter(self._templates, after_space=True))
        # If a template could begin with a wildcard, any speech would be an unfinished command.
        return _Reached(tuple(each for each in places if not each.wildcard))

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
        return reached is not None and any(place.wildcard for place in reached.places)

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
        if self._cached > _MAX_CACHED or self._grammar.size > _MAX_PLACES:
            self._start = self._begin()
        reached = self._start
        for character in text:
            following = reached.next.get(character)
            if following is None:
                places = self._grammar.step(reached.places, character)
                following = _Reached(places)
                reached.next[character] = following
                self._cached += 1
            if not following.places:
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
        for place in reached.places:
            if place.wildcard:
                is_open = self._grammar.can_end(place)
                open_end |= is_open
                inside |= not (is_open or ends_verb or _has_timer_name(place))
            elif self._grammar.can_end(place):
                meanings.add(place.rest.meaning)
                goes_on |= not place.is_end and self._grammar.continues(place)
            else:
                goes_on |= self._grammar.continues(place)
        if meanings:
            is_extendable = goes_on and self._changes(reached, meanings)
            return Completeness.EXTENDABLE if is_extendable else Completeness.COMPLETE
        if goes_on or (inside and not open_end):
            return Completeness.UNFINISHED
        return Completeness.UNKNOWN

    def _changes(self, reached: _Reached, meanings: AbstractSet[object]) -> bool:
        """Return whether words that can follow a command can change what it means.

        ``meanings`` are those of the command. Words change the meaning if they add a value, such as
        an area, or if the longer sentence has another meaning. For example, "what is the
        thermostat" asks for the state of the thermostat, and "what is the thermostat temperature"
        asks for something else.

        One case is ignored: "turn the radio on" is also the beginning of "turn the radio on the
        ground floor off". Few people say this, and many say "turn the radio on".
        """
        going_on = [
            place
            for place in reached.places
            if not place.wildcard and self._grammar.continues(place)
        ]
        before_areas = {
            place.rest.meaning for place in going_on if self._grammar.precedes_known_area(place)
        }
        has_other_meaning = any(
            place.rest.meaning not in meanings and place.rest.meaning not in before_areas
            for place in going_on
        )
        return has_other_meaning or self._grammar.adds_meaning(going_on)


def _folded(text: str) -> str:
    return " ".join(folded(_PUNCTUATION.sub(" ", text)).split())


def _has_timer_name(place: Place) -> bool:
    meaning = place.rest.meaning
    return isinstance(meaning, tuple) and meaning[0] in _WITH_TIMER_NAMES


def _has_unique_names(house: House) -> bool:
    """Return whether each name and alias belongs to only one entity."""
    names = [folded(name) for each in house.entities for name in {each.name, *each.aliases} if name]
    return len(names) == len(set(names))


def _meaning(intent: str, block: Any, *, has_name: bool) -> object:
    """Return what the sentences of a block mean: an intent, and slots with fixed values.

    The domain of an entity is left out, because the name of the entity has the same meaning.
    """
    slots = [
        (name, str(value))
        for name, value in block.slots.items()
        if not (has_name and name == "domain")
    ]
    return intent, tuple(sorted(slots))


def _fits(entity: HouseEntity, block: Any) -> bool:
    """Return whether a block of Home Assistant's sentences can be about the entity.

    An entity without a device class fits every block, because people who write the names of their
    house into a file seldom state the class.
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
