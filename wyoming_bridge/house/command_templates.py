"""Prepares the sentences of Home Assistant and of the house for the automaton that reads texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .grammar import Grammar
from .house import House
from .list_tries import Scope
from .own_templates import own_templates
from .parts import HouseEntity, names_of
from .states import Continuation
from .trie import Trie, folded

if TYPE_CHECKING:
    from hassil import Intents

__all__ = ["command_templates"]


def command_templates(
    house: House, intents: "Intents", *, grammar: Grammar
) -> Iterator[Continuation]:
    """Yield the templates of Home Assistant's sentences, and then those of the house's own.

    Raises:
        SentencesError: Some of the house's own sentences are not templates. All others were yielded
            before.
    """
    from hassil.intents import TextSlotList

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
    ends: dict[object, Continuation] = {}
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
                meaning = _meaning(intent.name, block, has_name=has_name)
                end = ends.setdefault(meaning, Continuation.end(meaning))
                yield Continuation.template(
                    sentence.expression, of_a_name if has_name else scope, end=end
                )
    own = Scope(lists=lists, rules=intents.expansion_rules, names=named(house.entities))
    yield from own_templates(house.sentences, own, grammar=grammar)


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
